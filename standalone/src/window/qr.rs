//! QR code of the address of a page.

use eframe::egui::{Color32, Rect, Sense, Ui, Vec2, pos2, vec2};
use qrcode::{Color, QrCode};

/// Width of the quiet zone around a code, in modules.
const QUIET_ZONE: usize = 4;
/// Size of a module, in points.
const MODULE: f32 = 4.0;

/// Draws the code of `text`; nothing if the text is too long for a code.
pub(super) fn show(ui: &mut Ui, text: &str) {
    let Ok(code) = QrCode::new(text) else { return };
    let width = code.width();
    let side = (width + 2 * QUIET_ZONE) as f32 * MODULE;
    let (area, response) = ui.allocate_exact_size(vec2(side, side), Sense::hover());
    let painter = ui.painter();
    // Scanners need dark modules on a light ground, in every theme.
    painter.rect_filled(area, 0.0, Color32::WHITE);
    for (i, _) in code.to_colors().iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
        let (x, y) = ((i % width + QUIET_ZONE) as f32, (i / width + QUIET_ZONE) as f32);
        let corner = pos2(area.left() + x * MODULE, area.top() + y * MODULE);
        painter.rect_filled(Rect::from_min_size(corner, Vec2::splat(MODULE)), 0.0, Color32::BLACK);
    }
    response.on_hover_text(text);
}
