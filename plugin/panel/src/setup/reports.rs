//! Reports of offline renders: whether, where to, how fine, and what lies beside them.

use egui::{DragValue, Ui};

use super::heading;
use crate::field::{Field, Verdict};
use crate::frame_context::FrameContext;
use crate::widgets::{attention, caption, choice, switch};
use crate::{Command, Controls, RenderHop, Reports};

/// The hop that is offered first when one is to be chosen, in frames.
const FRAMES: u16 = 31;

/// The part of the section, and the text that is being typed.
#[derive(Debug, Default)]
pub(crate) struct ReportsPart {
    folder: Field,
}

impl ReportsPart {
    pub(crate) fn show(&mut self, ui: &mut Ui, context: &mut FrameContext<'_>) {
        let Some(reports) = context.controls.reports() else { return };
        heading(ui, context, "Reports");
        // Set as a whole: what is clicked and the text that is left by it may come in one frame.
        let mut wanted = reports.clone();
        let help = "What was heard in a bounce, as a file that says it as `earmark tag` would";
        if switch(ui, reports.save, "Save a report after each offline render", help) {
            wanted.save = !reports.save;
        }
        caption(ui, "Folder");
        let check = |folder: &str| self::check(context.controls, folder);
        if let Some(folder) = self.folder.show(ui, "Folder for reports", "a full path", &reports.folder, check) {
            wanted.folder = folder;
        }
        if reports.save && reports.folder.is_empty() {
            attention(ui, "No folder is chosen, so nothing is saved.");
        }
        if ui.button("Choose…").accessible_name("Choose the folder for reports").clicked() {
            // What was chosen is what stands there then.
            self.folder = Field::default();
            context.ask(Command::ChooseReportFolder);
        }
        caption(ui, "How often the models are asked in a render");
        if let Some(hop) = hop(ui, reports.hop) {
            wanted.hop = hop;
        }
        let help = "A label track with the stretches in which tags are lit, and every value with bar and beat";
        if switch(ui, reports.markers, "Markers and a table beside it", help) {
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

/// That no folder is chosen is nothing wrong with the text.
fn check(controls: &dyn Controls, folder: &str) -> Verdict {
    if folder.is_empty() { Ok(()) } else { controls.check_folder(folder) }
}

fn hop(ui: &mut Ui, now: RenderHop) -> Option<RenderHop> {
    let frames = if let RenderHop::Frames(frames) = now { frames } else { FRAMES };
    let hops = [
        (RenderHop::Files, "As in files"),
        (RenderHop::Playing, "As while playing"),
        (RenderHop::Frames(frames), "Every so many frames"),
    ];
    let picked = choice(ui, now, &hops);
    let mut wanted = frames;
    if matches!(now, RenderHop::Frames(_)) {
        ui.add(DragValue::new(&mut wanted).range(1..=9999).suffix(" frames"))
            .accessible_name("Frames between two answers");
    }
    picked.or_else(|| (wanted != frames).then_some(RenderHop::Frames(wanted)))
}
