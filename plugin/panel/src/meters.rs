//! Footer: level, silence gate, rate and counters.

use egui::accesskit::Role;
use egui::{Align2, Rect, RichText, Sense, Stroke, Ui, pos2, vec2};

use crate::animation::Eased;
use crate::frame_context::FrameContext;
use crate::theme;
use crate::widgets::{describe, line};

/// Lowest level on the scale, in dBFS.
const FLOOR_DBFS: f32 = -60.0;

/// Footer with an animated level meter.
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
    /// Draws level, gate, rate and counters in a row.
    pub(crate) fn show(&mut self, ui: &mut Ui, context: &FrameContext<'_>) {
        let state = context.state;
        if self.level.towards(share(state.input.rms_dbfs), context.step_s, 0.004) {
            FrameContext::request_repaint(ui);
        }
        let palette = context.palette;
        let wide = ui.available_width() > 420.0;
        let (rect, _) = ui.allocate_exact_size(vec2(if wide { 150.0 } else { 90.0 }, 20.0), Sense::hover());
        let track = Rect::from_center_size(rect.center(), vec2(rect.width(), 6.0));
        ui.painter().rect_filled(track, 2.0, palette.well);
        let clips = state.input.peak_dbfs > 0.0;
        let filled = Rect::from_min_size(track.min, vec2(track.width() * self.level.value(), track.height()));
        ui.painter().rect_filled(filled, 2.0, if clips { palette.attention } else { palette.accent });
        for mark_dbfs in [-40.0, -20.0] {
            let x = track.left() + share(mark_dbfs) * track.width();
            ui.painter().vline(x, track.y_range(), Stroke::new(1.0, palette.ground));
        }
        let peak = track.left() + share(state.input.peak_dbfs) * track.width();
        let peak_ink = if clips { palette.attention } else { palette.strong };
        ui.painter().vline(peak, track.top() - 2.0..=track.bottom() + 2.0, Stroke::new(1.5, peak_ink));
        let level = || {
            let clips = if clips { ", clips" } else { "" };
            format!("Input level {} dBFS, peak {} dBFS{clips}", dbfs(state.input.rms_dbfs), dbfs(state.input.peak_dbfs))
        };
        describe(ui, rect, "level", Role::Meter, level).on_hover_text(level());

        self::gate(ui, context);
        self::rate(ui, context);
        let counters = state.counters;
        let help = format!(
            "{} samples dropped, {} gaps, {} updates skipped because the analysis lagged, {} invalid samples set to 0",
            counters.dropped_samples, counters.gaps, counters.skipped_updates, counters.sanitized_samples
        );
        let text = format!("dropped {}  skipped {}", counters.dropped_samples, counters.skipped_updates);
        let ink = if counters.is_clean() { palette.weak } else { palette.attention };
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.add(egui::Label::new(RichText::new(text).size(theme::CAPTION).color(ink)).truncate())
                .on_hover_text(help);
        });
    }
}

fn gate(ui: &mut Ui, context: &FrameContext<'_>) {
    let palette = context.palette;
    let (text, help) = match (context.controls.gate(), context.state.gate_open) {
        (false, _) => ("gate off", "The silence gate is off"),
        (true, true) => ("gate open", "The input is above the silence gate"),
        (true, false) => ("gate closed", "The input is below the silence gate"),
    };
    let (rect, _) = ui.allocate_exact_size(vec2(74.0, 20.0), Sense::hover());
    let at = pos2(rect.left() + 6.0, rect.center().y);
    if context.controls.gate() && context.state.gate_open {
        ui.painter().circle_filled(at, 3.5, palette.accent);
    } else {
        ui.painter().circle_stroke(at, 3.2, Stroke::new(1.3, palette.weak));
    }
    line(ui, at + vec2(9.0, 0.0), Align2::LEFT_CENTER, 60.0, text, theme::CAPTION, palette.weak);
    describe(ui, rect, "gate", Role::Status, || text.into()).on_hover_text(help);
}

fn rate(ui: &mut Ui, context: &FrameContext<'_>) {
    let rate = &context.state.rate;
    let text = match &rate.reason {
        Some(reason) => format!("{reason}: {:.1} of {:.0} updates/s", rate.actual_hz, rate.requested_hz),
        None if rate.actual_hz > 0.0 => format!("{:.1} updates/s", rate.actual_hz),
        None => return,
    };
    let slow = rate.reason.is_some();
    // The reason is always shown, the usual rate only if there is room.
    if slow || ui.available_width() > 190.0 {
        let ink = if slow { context.palette.attention } else { context.palette.weak };
        let shown = RichText::new(&text).size(theme::CAPTION).color(ink);
        let width = (ui.available_width() - 108.0).max(40.0);
        ui.allocate_ui_with_layout(vec2(width, 20.0), egui::Layout::left_to_right(egui::Align::Center), |ui| {
            ui.add(egui::Label::new(shown).truncate()).on_hover_text(text);
        });
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
