//! Saved choices of a session in the panel's types.

use std::path::PathBuf;

use earmark_panel::{OscSettings, RenderHop, Reports};
use earmark_session::state::{OscChoice, ReportChoice, ReportHop, StateCell};

/// Reads and changes the saved choices of a session in the panel's types. Locks: not for the audio thread.
pub(crate) trait PanelChoices {
    /// Returns what is written after an offline render.
    fn reports(&self) -> Reports;

    /// Sets what is written after an offline render.
    fn set_reports(&self, reports: Reports);

    /// Returns whether and where results are sent as OSC.
    fn osc(&self) -> OscSettings;

    /// Sets whether and where results are sent as OSC.
    fn set_osc(&self, osc: OscSettings);
}

impl PanelChoices for StateCell {
    fn reports(&self) -> Reports {
        let ReportChoice { save, folder, hop, markers } = &self.get().report;
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
            // A path that is not Unicode is kept, although the panel shows it with replacement characters.
            let same = state.report.folder.to_string_lossy() == folder;
            let folder = if same { state.report.folder.clone() } else { PathBuf::from(folder) };
            state.report = ReportChoice { save, folder, hop, markers };
        });
    }

    fn osc(&self) -> OscSettings {
        let OscChoice { on, address, prefix } = self.get().osc.clone();
        OscSettings { on, address, prefix }
    }

    fn set_osc(&self, OscSettings { on, address, prefix }: OscSettings) {
        self.change(|state| state.osc = OscChoice { on, address, prefix });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_chosen_in_the_panels_words_is_what_is_saved() {
        let cell = StateCell::default();
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
        assert_eq!(cell.complaint(), None);
    }
}
