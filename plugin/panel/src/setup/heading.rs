//! Heading of a group of settings.

use egui::{RichText, Ui};

use crate::scene::Scene;
use crate::theme;

/// Draws a heading with space above.
pub(super) fn heading(ui: &mut Ui, scene: &Scene<'_>, text: &str) {
    ui.add_space(10.0);
    ui.label(RichText::new(text).size(theme::HEADING).color(scene.palette.strong));
}
