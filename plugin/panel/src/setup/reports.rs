//! Settings of the reports of offline renders: on or off, folder, hop and additional files.

use egui::{DragValue, Ui};

use super::heading;
use crate::frame_context::FrameContext;
use crate::text_field::{ValidatedTextField, Validation};
use crate::widgets::{attention, caption, choice, switch};
use crate::{Command, Controls, RenderHop, Reports};

/// Default of a custom hop, in frames.
const FRAMES: u16 = 31;

/// Group of settings with the text that is being edited.
#[derive(Debug, Default)]
pub(crate) struct ReportsPart {
    folder: ValidatedTextField,
}

impl ReportsPart {
    pub(crate) fn show(&mut self, ui: &mut Ui, context: &mut FrameContext<'_>) {
        let Some(reports) = context.controls.reports() else { return };
        heading(ui, context, "Reports");
        // Set together: a click and the text field that it leaves may change in the same frame.
        let mut wanted = reports.clone();
        let help = "Write the results of an offline render to a file, in the format of `earmark tag`";
        if switch(ui, reports.save, "Save a report after each offline render", help) {
            wanted.save = !reports.save;
        }
        caption(ui, "Folder");
        let check = |folder: &str| self::check(context.controls, folder);
        if let Some(folder) = self.folder.show(ui, "Folder for reports", "a full path", &reports.folder, check) {
            wanted.folder = folder;
        }
        if reports.save && reports.folder.is_empty() {
            attention(ui, "No folder is chosen: reports are not saved.");
        }
        if ui.button("Choose…").accessible_name("Choose the folder for reports").clicked() {
            // Discards edited text, so that the field shows the chosen folder.
            self.folder = ValidatedTextField::default();
            context.send(Command::ChooseReportFolder);
        }
        caption(ui, "Hop in offline renders");
        if let Some(hop) = hop(ui, reports.hop) {
            wanted.hop = hop;
        }
        let help = "A label track (.txt) of the tags that are on, and a table (.csv) of all values with bar and beat";
        if switch(ui, reports.markers, "Label track and table", help) {
            wanted.markers = !reports.markers;
        }
        if wanted != reports {
            context.controls.set_reports(wanted);
        }
    }

    pub(crate) fn leave(&mut self, context: &mut FrameContext<'_>) {
        let folder = self.folder.leave(|folder| self::check(context.controls, folder));
        if let Some((folder, reports)) = folder.zip(context.controls.reports()) {
            context.controls.set_reports(Reports { folder, ..reports });
        }
        *self = Self::default();
    }
}

/// Checks a folder. An empty text is valid.
fn check(controls: &dyn Controls, folder: &str) -> Validation {
    if folder.is_empty() { Ok(()) } else { controls.check_folder(folder) }
}

fn hop(ui: &mut Ui, now: RenderHop) -> Option<RenderHop> {
    let frames = if let RenderHop::Frames(frames) = now { frames } else { FRAMES };
    let hops = [
        (RenderHop::Files, "Same as files"),
        (RenderHop::Playing, "Same as playback"),
        (RenderHop::Frames(frames), "Custom"),
    ];
    let picked = choice(ui, now, &hops);
    let mut wanted = frames;
    if matches!(now, RenderHop::Frames(_)) {
        ui.add(DragValue::new(&mut wanted).range(1..=9999).suffix(" frames")).accessible_name("Hop in frames");
    }
    picked.or_else(|| (wanted != frames).then_some(RenderHop::Frames(wanted)))
}
