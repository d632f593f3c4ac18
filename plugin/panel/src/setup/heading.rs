//! Heading of a part of the setup.

use egui::{RichText, Ui};

use crate::frame_context::FrameContext;
use crate::theme;

/// Shows a heading with some space above.
pub(super) fn heading(ui: &mut Ui, context: &FrameContext<'_>, text: &str) {
    ui.add_space(10.0);
    ui.label(RichText::new(text).size(theme::HEADING).color(context.palette.strong));
}
