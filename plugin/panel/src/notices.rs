//! Notices below the header, until they are dismissed.

use egui::{Align, Frame, Layout, RichText, Stroke, Ui};

use crate::Command;
use crate::frame_context::FrameContext;

/// Maximum number of notices shown at a time, oldest first.
const MAX_NOTICES: usize = 2;

/// Draws the oldest notices.
pub(crate) fn show(ui: &mut Ui, context: &mut FrameContext<'_>) {
    let palette = context.palette;
    for message in context.state.messages.iter().take(MAX_NOTICES) {
        let edge = if message.warning { palette.attention } else { palette.line };
        Frame::new().fill(palette.raised).stroke(Stroke::new(1.0, edge)).corner_radius(6.0).inner_margin(8.0).show(
            ui,
            |ui| {
                ui.set_width(ui.available_width());
                ui.with_layout(Layout::right_to_left(Align::TOP), |ui| {
                    let dismiss = ui.small_button("Dismiss").accessible_name(format!("Dismiss: {}", message.text));
                    if dismiss.clicked() {
                        context.commands.push(Command::DismissMessage(message.id));
                    }
                    ui.with_layout(Layout::top_down(Align::LEFT), |ui| {
                        ui.label(RichText::new(&message.text).small().color(palette.text));
                    });
                });
            },
        );
        ui.add_space(4.0);
    }
}
