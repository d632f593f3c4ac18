//! Buttons with a drawn icon.

use egui::accesskit::Role;
use egui::{Align2, Rect, Response, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2};

use crate::theme::Palette;
use crate::widgets::{focus_ring, line};

/// Icon of a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Icon {
    Freeze,
    Resume,
    FullScreen,
    Help,
}

/// Draws a button with an icon. `name` is the accessible name, `on` whether the button is pressed.
pub(crate) fn button(ui: &mut Ui, icon: Icon, side: f32, name: &str, help: &str, on: bool) -> Response {
    let palette = Palette::of(ui.visuals());
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::click());
    let ink = match (on, response.hovered()) {
        (true, _) => palette.attention,
        (false, true) => palette.strong,
        (false, false) => palette.weak,
    };
    if response.hovered() {
        ui.painter().rect_filled(rect, 4.0, palette.well);
    }
    self::draw(ui, icon, rect.shrink(side * 0.28), ink);
    focus_ring(ui, &response, rect);
    response.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), on, name));
    response.on_hover_text(help)
}

fn draw(ui: &Ui, icon: Icon, rect: Rect, ink: egui::Color32) {
    let painter = ui.painter();
    let stroke = Stroke::new((rect.width() * 0.14).max(1.2), ink);
    match icon {
        Icon::Freeze => {
            for x in [0.25, 0.75] {
                let center = pos2(rect.left() + x * rect.width(), rect.center().y);
                painter.rect_filled(Rect::from_center_size(center, rect.size() * vec2(0.26, 0.95)), 1.0, ink);
            }
        }
        Icon::Resume => {
            let corners = vec![rect.left_top(), rect.right_center(), rect.left_bottom()];
            painter.add(egui::Shape::convex_polygon(corners, ink, Stroke::NONE));
        }
        Icon::FullScreen => {
            let arm = rect.width() * 0.36;
            for (corner, x, y) in [
                (rect.left_top(), 1.0, 1.0),
                (rect.right_top(), -1.0, 1.0),
                (rect.left_bottom(), 1.0, -1.0),
                (rect.right_bottom(), -1.0, -1.0),
            ] {
                painter.line(vec![corner + vec2(arm * x, 0.0), corner, corner + vec2(0.0, arm * y)], stroke);
            }
        }
        Icon::Help => {
            line(ui, rect.center(), Align2::CENTER_CENTER, rect.width() * 2.0, "?", rect.height() * 1.5, ink);
        }
    }
}
