//! Tempo of an added model as a number.

use egui::accesskit::Role;
use egui::{Align2, Sense, Ui, pos2, vec2};

use super::card::{accessible_stale_reason, value};
use super::confidence;
use crate::frame_context::FrameContext;
use crate::widgets::{describe, line};
use crate::{ModelReading, theme};

const SIZE: f32 = 28.0;

pub(super) fn show(ui: &mut Ui, context: &FrameContext<'_>, reading: &ModelReading) {
    let palette = context.palette;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 40.0), Sense::hover());
    let (bpm, certainty) = (value(reading, 0), value(reading, 1));
    let at = rect.left_center();
    let text = if bpm > 0.0 {
        let number = line(ui, at, Align2::LEFT_CENTER, 90.0, &format!("{bpm:.0}"), SIZE, palette.strong);
        let unit = pos2(number.right() + 6.0, number.bottom() - SIZE * 0.2);
        line(ui, unit, Align2::LEFT_BOTTOM, 40.0, "BPM", theme::CAPTION, palette.weak);
        confidence::show(ui, context, pos2(rect.left() + 154.0, at.y), rect.right(), certainty);
        format!("{bpm:.0} BPM, confidence {:.0} %", certainty * 100.0)
    } else {
        line(ui, at, Align2::LEFT_CENTER, 90.0, "– –", SIZE * 0.6, palette.weak);
        "no tempo".into()
    };
    describe(ui, rect, "tempo", Role::Status, || {
        format!("{}: {text}{}", reading.value.name, accessible_stale_reason(reading))
    });
}
