//! Radar chart of all dials: one axis per dial.

use std::f32::consts::TAU;

use egui::accesskit::Role;
use egui::{Align2, Mesh, Sense, Shape, Stroke, Ui, UiBuilder, Vec2, pos2, vec2};

use super::card::{STALE_ALPHA, is_fresh};
use super::dial::BinaryClass;
use crate::ModelReading;
use crate::frame_context::FrameContext;
use crate::theme;
use crate::widgets::{describe, line};

/// Minimum width of a card, in points, that has the chart beside the dials.
pub(super) const SIDE_BY_SIDE_WIDTH: f32 = 600.0;
/// Width of the chart beside the dials, in points.
pub(super) const WIDTH: f32 = 280.0;
/// Height of the chart in points.
pub(super) const HEIGHT: f32 = 190.0;
/// Space for the names above and below, and at the sides, in points.
const ABOVE: f32 = 22.0;
const ASIDE: f32 = 78.0;

/// Draws the chart centred in a width.
pub(super) fn show(ui: &mut Ui, context: &FrameContext<'_>, dials: &[&ModelReading], width: f32) {
    let palette = context.palette;
    let (rect, _) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::hover());
    let mut child = ui.new_child(UiBuilder::new().id_salt("web").max_rect(rect));
    if !dials.iter().any(|reading| is_fresh(context, reading)) {
        child.multiply_opacity(STALE_ALPHA);
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
    let classes: Vec<BinaryClass> = dials.iter().map(|reading| BinaryClass::of(reading)).collect();
    let tips: Vec<_> = classes
        .iter()
        .enumerate()
        .map(|(axis, class)| center + spoke(axis) * radius * class.animated_share(ui, ("web", axis)))
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
    // Drawn as separate segments: the mitred corners of one line would reach far beyond a narrow chart.
    for (axis, &tip) in tips.iter().enumerate() {
        painter.line_segment([tip, tips[(axis + 1) % tips.len()]], Stroke::new(1.5, palette.accent));
    }
    for (axis, (class, &tip)) in classes.iter().zip(&tips).enumerate() {
        let fresh = is_fresh(context, dials[axis]);
        if class.active && fresh {
            painter.circle(tip, 4.5, palette.strong, Stroke::new(1.5, palette.accent));
        } else {
            painter.circle(tip, 3.0, palette.raised, Stroke::new(1.5, palette.accent));
        }
        let direction = spoke(axis);
        let at = center + direction * (radius + 9.0);
        let (anchor, room) = match direction {
            Vec2 { x, .. } if x > 0.3 => (Align2::LEFT_CENTER, rect.right() - at.x),
            Vec2 { x, .. } if x < -0.3 => (Align2::RIGHT_CENTER, at.x - rect.left()),
            _ => (Align2::CENTER_CENTER, rect.width()),
        };
        let ink = if class.active && fresh { palette.strong } else { palette.weak };
        // Moves a name at the top or bottom away from the end of its axis.
        let nudge = if anchor == Align2::CENTER_CENTER { vec2(0.0, 2.0 * direction.y.signum()) } else { Vec2::ZERO };
        line(ui, pos2(at.x, at.y) + nudge, anchor, room, &class.name, theme::CAPTION, ink);
    }
    describe(ui, rect, "web", Role::Image, || {
        let all: Vec<String> = classes.iter().map(BinaryClass::accessible_text).collect();
        format!("All dials: {}", all.join("; "))
    });
}
