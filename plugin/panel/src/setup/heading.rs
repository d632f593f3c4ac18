//! Heading of a group of settings.

use egui::{RichText, Ui};

use crate::frame_context::FrameContext;

/// Draws a heading with space above.
pub(super) fn heading(ui: &mut Ui, context: &FrameContext<'_>, text: &str) {
    ui.add_space(10.0);
    ui.label(RichText::new(text).heading().color(context.palette.strong));
}
