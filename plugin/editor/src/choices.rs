//! Conversion between the saved state of a session and the types of the panel.

use std::path::PathBuf;

use earmark_panel::{OscSettings, RenderHop, Reports};
use earmark_session::state::{OscConfig, ReportConfig, ReportHop, SharedState};

/// Access to the saved state of a session in the types of the panel. Locks: not for the audio thread.
pub(crate) trait PanelChoices {
    /// Returns the settings of the reports of offline renders.
    fn reports(&self) -> Reports;

    /// Sets the settings of the reports of offline renders.
    fn set_reports(&self, reports: Reports);

    /// Returns the settings of the OSC output.
    fn osc(&self) -> OscSettings;

    /// Sets the settings of the OSC output.
    fn set_osc(&self, osc: OscSettings);
}

impl PanelChoices for SharedState {
    fn reports(&self) -> Reports {
        let ReportConfig { save, folder, hop, markers } = &self.get().report;
        let hop = match *hop {
            ReportHop::Card => RenderHop::Files,
            ReportHop::Rate => RenderHop::Playing,
            ReportHop::Frames(frames) => RenderHop::Frames(frames),
        };
        Reports { save: *save, folder: folder.to_string_lossy().into_owned(), hop, markers: *markers }
    }

    fn set_reports(&self, Reports { save, folder, hop, markers }: Reports) {
        let hop = match hop {
            RenderHop::Files => ReportHop::Card,
            RenderHop::Playing => ReportHop::Rate,
            RenderHop::Frames(frames) => ReportHop::Frames(frames.max(1)),
        };
        self.change(|state| {
            // The panel shows a non-Unicode path with replacement characters; an unchanged path keeps its bytes.
            let same = state.report.folder.to_string_lossy() == folder;
            let folder = if same { state.report.folder.clone() } else { PathBuf::from(folder) };
            state.report = ReportConfig { save, folder, hop, markers };
        });
    }

    fn osc(&self) -> OscSettings {
        let OscConfig { on, address, prefix } = self.get().osc.clone();
        OscSettings { on, address, prefix }
    }

    fn set_osc(&self, OscSettings { on, address, prefix }: OscSettings) {
        self.change(|state| state.osc = OscConfig { on, address, prefix });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panel_settings_are_saved_and_read_back() {
        let cell = SharedState::default();
        assert_eq!((cell.reports(), cell.osc().on), (Reports::default(), false));
        for hop in [RenderHop::Files, RenderHop::Playing, RenderHop::Frames(31)] {
            let reports = Reports { save: true, folder: "/music".into(), hop, markers: true };
            cell.set_reports(reports.clone());
            assert_eq!(cell.reports(), reports);
        }
        cell.set_reports(Reports { hop: RenderHop::Frames(0), ..Reports::default() });
        assert_eq!(cell.get().report.hop, ReportHop::Frames(1));
        let osc = OscSettings { on: true, address: "10.0.0.7:57120".into(), prefix: "/stage".into() };
        cell.set_osc(osc.clone());
        assert_eq!(cell.osc(), osc);
        assert_eq!(cell.warning(), None);
    }
}
