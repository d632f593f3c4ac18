//! Level of the input as a thin line at the lower edge.

use egui::accesskit::Role;
use egui::{Rect, Sense, Stroke, Ui, pos2, vec2};

use crate::animation::Eased;
use crate::frame_context::FrameContext;
use crate::widgets::describe;

/// Lowest level on the scale, in dBFS.
const FLOOR_DBFS: f32 = -60.0;
/// Height of the line at a scale of 1, in points.
const HEIGHT: f32 = 4.0;

/// Animated level line.
#[derive(Debug)]
pub(crate) struct Meters {
    level: Eased,
}

impl Default for Meters {
    fn default() -> Self {
        Self { level: Eased::at(0.0) }
    }
}

impl Meters {
    /// Draws the line over the whole width. It is dim while the input is below the silence gate.
    pub(crate) fn show(&mut self, ui: &mut Ui, context: &FrameContext<'_>) {
        let (state, palette) = (context.state, context.palette);
        if self.level.towards(share(state.input.rms_dbfs), context.step_s, 0.004) {
            FrameContext::request_repaint(ui);
        }
        let height = (HEIGHT * context.scale).max(3.0);
        let (track, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
        ui.painter().rect_filled(track, 0.0, palette.track());
        let clips = state.input.peak_dbfs > 0.0;
        let below_gate = context.controls.gate() && !state.gate_open;
        let ink = match (clips, below_gate) {
            (true, _) => palette.attention,
            (false, true) => palette.accent_dim,
            (false, false) => palette.accent,
        };
        let filled = Rect::from_min_size(track.min, vec2(track.width() * self.level.value(), height));
        ui.painter().rect_filled(filled, 0.0, ink);
        let peak = (track.left() + share(state.input.peak_dbfs) * track.width()).clamp(track.left(), track.right());
        if share(state.input.peak_dbfs) > 0.0 {
            let peak_ink = if clips { palette.attention } else { palette.strong };
            let at = [pos2(peak - 1.0, track.top()), pos2(peak - 1.0, track.bottom())];
            ui.painter().line_segment(at, Stroke::new(2.0, peak_ink));
        }
        let text = || {
            let [level, peak] = [state.input.rms_dbfs, state.input.peak_dbfs].map(dbfs);
            let clips = if clips { ", clips" } else { "" };
            let gate = if below_gate { ", below the silence gate" } else { "" };
            format!("Input level {level} dBFS, peak {peak} dBFS{clips}{gate}")
        };
        describe(ui, track, "level", Role::Meter, text).on_hover_text(text());
    }
}

/// Returns the position of a level on the scale, 0 to 1.
fn share(dbfs: f32) -> f32 {
    if dbfs.is_nan() { 0.0 } else { (1.0 - dbfs / FLOOR_DBFS).clamp(0.0, 1.0) }
}

fn dbfs(level: f32) -> String {
    if level.is_finite() { format!("{level:.0}") } else { "-inf".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn share_is_within_the_scale_for_every_level() {
        for (level, expected) in
            [(f32::NEG_INFINITY, 0.0), (-60.0, 0.0), (-30.0, 0.5), (0.0, 1.0), (6.0, 1.0), (f32::NAN, 0.0)]
        {
            assert_eq!(share(level), expected, "{level}");
        }
    }
}
