//! Settings of the reports of offline renders: on or off, folder, hop and additional files.

use egui::{DragValue, Ui};

use super::heading;
use crate::scene::Scene;
use crate::text_field::{ValidatedTextField, Validation};
use crate::widgets::{attention, caption, choice, switch};
use crate::{Command, Controls, ReportHop, Reports};

/// Default of a custom hop, in frames.
const FRAMES: u16 = 31;

/// Group of settings with the text that is being edited.
#[derive(Debug, Default)]
pub(crate) struct ReportsPart {
    folder: ValidatedTextField,
}

impl ReportsPart {
    pub(crate) fn show(&mut self, ui: &mut Ui, scene: &mut Scene<'_>) {
        let Some(reports) = scene.controls.reports() else { return };
        heading(ui, scene, "Reports");
        // Set together: a click and the text field that it leaves may change in the same frame.
        let mut wanted = reports.clone();
        let help = "Write the results of an offline render to a file, in the format of `earmark tag`";
        if switch(ui, reports.save, "Save a report after each offline render", help) {
            wanted.save = !reports.save;
        }
        caption(ui, "Folder");
        let check = |folder: &str| self::check(scene.controls, folder);
        if let Some(folder) = self.folder.show(ui, "Folder for reports", "a full path", &reports.folder, check) {
            wanted.folder = folder;
        }
        if reports.save && reports.folder.is_empty() {
            attention(ui, "No folder is chosen: reports are not saved.");
        }
        if ui.button("Choose…").accessible_name("Choose the folder for reports").clicked() {
            // Discards edited text, so that the field shows the chosen folder.
            self.folder = ValidatedTextField::default();
            scene.send(Command::ChooseReportFolder);
        }
        caption(ui, "Analysis hop in renders");
        if let Some(hop) = hop(ui, reports.hop) {
            wanted.hop = hop;
        }
        let help = "A label track of active tags, and a table of all values with bar and beat";
        if switch(ui, reports.markers, "Label track and table", help) {
            wanted.markers = !reports.markers;
        }
        if wanted != reports {
            scene.controls.set_reports(wanted);
        }
    }

    pub(crate) fn leave(&mut self, scene: &mut Scene<'_>) {
        let folder = self.folder.leave(|folder| self::check(scene.controls, folder));
        if let Some((folder, reports)) = folder.zip(scene.controls.reports()) {
            scene.controls.set_reports(Reports { folder, ..reports });
        }
        *self = Self::default();
    }
}

/// Checks a folder. An empty text is valid.
fn check(controls: &dyn Controls, folder: &str) -> Validation {
    if folder.is_empty() { Ok(()) } else { controls.check_folder(folder) }
}

fn hop(ui: &mut Ui, now: ReportHop) -> Option<ReportHop> {
    let frames = if let ReportHop::Frames(frames) = now { frames } else { FRAMES };
    let hops = [
        (ReportHop::Files, "Same as files"),
        (ReportHop::Playing, "Same as playback"),
        (ReportHop::Frames(frames), "Custom"),
    ];
    let picked = choice(ui, now, &hops);
    let mut wanted = frames;
    if matches!(now, ReportHop::Frames(_)) {
        ui.add(DragValue::new(&mut wanted).range(1..=9999).suffix(" frames")).accessible_name("Hop in frames");
    }
    picked.or_else(|| (wanted != frames).then_some(ReportHop::Frames(wanted)))
}
