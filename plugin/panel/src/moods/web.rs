//! All dials in one drawing: an axis each, further out where more was heard.

use std::f32::consts::TAU;

use egui::accesskit::Role;
use egui::{Align2, Mesh, Sense, Shape, Stroke, Ui, UiBuilder, Vec2, pos2, vec2};

use super::card::{FADED, is_fresh};
use super::dial::Asked;
use crate::ModelReading;
use crate::frame_context::FrameContext;
use crate::theme;
use crate::widgets::{describe, line};

/// From this width of a card on the web stands beside the dials, in points.
pub(super) const BESIDE_FROM: f32 = 600.0;
/// Its width then.
pub(super) const WIDTH: f32 = 280.0;
/// Its height, in points.
pub(super) const HEIGHT: f32 = 190.0;
/// Room for the names, above and below, and at the sides.
const ABOVE: f32 = 22.0;
const ASIDE: f32 = 78.0;

/// Draws the web in the middle of a width.
pub(super) fn show(ui: &mut Ui, context: &FrameContext<'_>, dials: &[&ModelReading], width: f32) {
    let palette = context.palette;
    let (rect, _) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::hover());
    let mut child = ui.new_child(UiBuilder::new().id_salt("web").max_rect(rect));
    if !dials.iter().any(|reading| is_fresh(context, reading)) {
        child.multiply_opacity(FADED);
    }
    let ui = &child;
    let radius = (HEIGHT / 2.0 - ABOVE).min(width / 2.0 - ASIDE).max(24.0);
    let center = rect.center();
    let spoke = |axis: usize| {
        let angle = TAU * axis as f32 / dials.len() as f32;
        vec2(angle.sin(), -angle.cos())
    };
    let painter = ui.painter();
    for ring in [0.5, 1.0] {
        let corners = (0..dials.len()).map(|axis| center + spoke(axis) * radius * ring).collect();
        painter.add(Shape::closed_line(corners, Stroke::new(1.0, palette.line)));
    }
    let asked: Vec<Asked> = dials.iter().map(|reading| Asked::of(reading)).collect();
    let tips: Vec<_> = asked
        .iter()
        .enumerate()
        .map(|(axis, asked)| center + spoke(axis) * radius * asked.gliding(ui, ("web", axis)))
        .collect();
    let mut fill = Mesh::default();
    let ink = palette.accent.gamma_multiply(0.22);
    fill.colored_vertex(center, ink);
    for (axis, &tip) in tips.iter().enumerate() {
        fill.colored_vertex(tip, ink);
        let (here, next) = (axis as u32 + 1, (axis as u32 + 1) % tips.len() as u32 + 1);
        fill.add_triangle(0, here, next);
    }
    for axis in 0..dials.len() {
        painter.line_segment([center, center + spoke(axis) * radius], Stroke::new(1.0, palette.line));
    }
    painter.add(Shape::mesh(fill));
    // Side by side, not as one line: its corners would reach far beyond a web that is all but a spoke.
    for (axis, &tip) in tips.iter().enumerate() {
        painter.line_segment([tip, tips[(axis + 1) % tips.len()]], Stroke::new(1.5, palette.accent));
    }
    for (axis, (asked, &tip)) in asked.iter().zip(&tips).enumerate() {
        let fresh = is_fresh(context, dials[axis]);
        if asked.lit && fresh {
            painter.circle(tip, 4.5, palette.strong, Stroke::new(1.5, palette.accent));
        } else {
            painter.circle(tip, 3.0, palette.raised, Stroke::new(1.5, palette.accent));
        }
        let toward = spoke(axis);
        let at = center + toward * (radius + 9.0);
        let (anchor, room) = match toward {
            Vec2 { x, .. } if x > 0.3 => (Align2::LEFT_CENTER, rect.right() - at.x),
            Vec2 { x, .. } if x < -0.3 => (Align2::RIGHT_CENTER, at.x - rect.left()),
            _ => (Align2::CENTER_CENTER, rect.width()),
        };
        let ink = if asked.lit && fresh { palette.strong } else { palette.weak };
        // A name in the middle stands above or below its end, not on it.
        let nudge = if anchor == Align2::CENTER_CENTER { vec2(0.0, 2.0 * toward.y.signum()) } else { Vec2::ZERO };
        line(ui, pos2(at.x, at.y) + nudge, anchor, room, &asked.name, theme::CAPTION, ink);
    }
    describe(ui, rect, "web", Role::Image, || {
        let all: Vec<String> = asked.iter().map(Asked::spoken).collect();
        format!("All dials: {}", all.join("; "))
    });
}
