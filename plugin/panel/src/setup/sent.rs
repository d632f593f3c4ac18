//! States of the outputs, and a preview of their messages.

use egui::{RichText, ScrollArea, Ui};

use crate::OutputState;
use crate::frame_context::FrameContext;
use crate::widgets::{attention, caption};

/// Maximum height of the preview at a scale of 1, in points.
const MAX_HEIGHT: f32 = 132.0;

/// Draws a line for each failed output, and the newest messages.
pub(super) fn show(ui: &mut Ui, context: &FrameContext<'_>) {
    for badge in &context.state.outputs {
        if let OutputState::Failed(cause) = &badge.state {
            attention(ui, &format!("{}: {cause}", badge.name));
        }
    }
    caption(ui, "Sent now");
    if context.state.sent.is_empty() {
        let is_on = context.state.outputs.iter().any(|badge| badge.state == OutputState::On);
        let text = if is_on { "No message yet." } else { "Nothing: all outputs are off." };
        ui.label(RichText::new(text).small().color(context.palette.weak));
        return;
    }
    let height = MAX_HEIGHT * context.unit();
    ScrollArea::vertical().id_salt("sent").max_height(height).auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        for message in &context.state.sent {
            ui.horizontal(|ui| {
                ui.label(RichText::new(&*message.output).small().color(context.palette.weak));
                ui.add(egui::Label::new(RichText::new(&message.text).monospace()).truncate());
            });
        }
    });
}
