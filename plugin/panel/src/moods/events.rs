//! Sound events of the last 30 s, one row per sound.

use std::collections::HashMap;

use egui::accesskit::Role;
use egui::{Align2, Mesh, Rect, Sense, Shape, Stroke, Ui, pos2, vec2};

use super::card::{accessible_stale_reason, value};
use super::recent_history::{HISTORY_S, MIN_VALUE, RecentHistory};
use crate::ModelReading;
use crate::frame_context::FrameContext;
use crate::labels::DisplayLabel;
use crate::theme;
use crate::widgets::{describe, line};

/// Maximum number of rows.
const MAX_ROWS: usize = 6;
const ROW: f32 = 22.0;
const AXIS: f32 = 18.0;
const NUMBER: f32 = 32.0;
/// Longest time before a result that belongs to the result, in seconds. A longer distance is a gap.
const MAX_STEP_S: f64 = 3.0;

/// Row of each sound. A sound keeps its row while its events are in the history.
#[derive(Debug, Default)]
pub(super) struct RowAssignment {
    of: Vec<Option<usize>>,
}

impl RowAssignment {
    /// Assigns rows to the strongest sounds of the history. Sounds that have a row keep it.
    fn update(&mut self, history: &RecentHistory, reading: &ModelReading) {
        let mut scores: HashMap<usize, f32> = HashMap::new();
        for value in history.last(reading.end_s, HISTORY_S).flat_map(|point| &point.values) {
            // Sounds that were active at least once come first.
            let score = value.value + if value.active { 1.0 } else { 0.0 };
            let best = scores.entry(value.label).or_default();
            *best = best.max(score);
        }
        let mut strongest: Vec<(usize, f32)> = scores.into_iter().collect();
        strongest.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        strongest.truncate(MAX_ROWS);
        self.of.resize(MAX_ROWS.min(reading.value.labels.len()), None);
        for row in &mut self.of {
            if row.is_some_and(|label| !strongest.iter().any(|(strong, _)| *strong == label)) {
                *row = None;
            }
        }
        for (label, _) in strongest {
            if !self.of.contains(&Some(label))
                && let Some(free) = self.of.iter_mut().find(|row| row.is_none())
            {
                *free = Some(label);
            }
        }
    }

    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        context: &FrameContext<'_>,
        reading: &ModelReading,
        history: &RecentHistory,
    ) {
        self.update(history, reading);
        let palette = context.palette;
        let size = vec2(ui.available_width(), ROW * self.of.len() as f32 + AXIS);
        let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
        let names = (size.x * 0.36).clamp(84.0, 150.0);
        let lane = Rect::from_min_max(rect.min + vec2(names, 0.0), pos2(rect.right() - NUMBER, rect.bottom() - AXIS));
        let view = EventsView { lane, end_s: reading.end_s };
        for (index, label) in self.of.iter().enumerate() {
            let row = Rect::from_min_size(rect.min + vec2(0.0, ROW * index as f32), vec2(size.x, ROW));
            let strip = Rect::from_x_y_ranges(lane.x_range(), row.top() + 2.0..=row.bottom() - 2.0);
            ui.painter().rect_filled(strip, 2.0, palette.ground);
            let Some((label, name)) = label.and_then(|label| Some((label, reading.value.labels.get(label)?))) else {
                continue;
            };
            let (name, now) = (DisplayLabel::of(name), value(reading, label));
            let active = reading.value.active.get(label).copied().unwrap_or(false) && !reading.silent;
            let ink = if active { palette.strong } else { palette.text };
            let at = row.left_center();
            line(ui, at, Align2::LEFT_CENTER, names - 10.0, &name.own, theme::BODY, ink);
            let number = format!("{now:.2}");
            line(ui, row.right_center(), Align2::RIGHT_CENTER, NUMBER, &number, theme::CAPTION, ink);
            ui.painter().add(view.blocks(context, history, label, strip));
            let text = || {
                let active = if active { ", on" } else { "" };
                format!("{}: {number}{active}{}", name.written(), accessible_stale_reason(reading))
            };
            describe(ui, row, &format!("event {label}"), Role::Meter, text).on_hover_text(text());
        }
        if self.of.iter().all(Option::is_none) {
            let text = "No sounds detected in the last 30 s";
            line(ui, lane.center(), Align2::CENTER_CENTER, lane.width(), text, theme::CAPTION, palette.weak);
        }
        view.axis(ui, context);
    }
}

/// Lane and source time at its right edge.
struct EventsView {
    lane: Rect,
    end_s: f64,
}

impl EventsView {
    fn x(&self, at_s: f64) -> f32 {
        let back = ((self.end_s - at_s) / HISTORY_S) as f32;
        (self.lane.right() - back * self.lane.width()).max(self.lane.left())
    }

    /// Returns the blocks of a row: high while the sound was active, low otherwise.
    fn blocks(&self, context: &FrameContext<'_>, history: &RecentHistory, label: usize, strip: Rect) -> Shape {
        let mut mesh = Mesh::default();
        let mut from_s = None;
        for point in history.last(self.end_s, HISTORY_S) {
            let began_s = from_s.unwrap_or(point.end_s - 0.5).max(point.end_s - MAX_STEP_S);
            from_s = Some(point.end_s);
            let Some(value) = point.of(label).filter(|value| value.active || value.value >= MIN_VALUE) else {
                continue;
            };
            let half = strip.height() * if value.active { 0.5 } else { 0.14 };
            let y = strip.center().y - half..=strip.center().y + half;
            let ink =
                if value.active { context.palette.ramp(value.value.max(0.6)) } else { context.palette.accent_dim };
            mesh.add_colored_rect(Rect::from_x_y_ranges(self.x(began_s)..=self.x(point.end_s), y), ink);
        }
        Shape::mesh(mesh)
    }

    fn axis(&self, ui: &Ui, context: &FrameContext<'_>) {
        let ink = context.palette.weak;
        for back_s in [0, 10, 20, 30] {
            let at = pos2(self.x(self.end_s - f64::from(back_s)), self.lane.bottom() + 1.0);
            ui.painter().vline(at.x, at.y..=at.y + 3.0, Stroke::new(1.0, ink));
            let anchor = match back_s {
                0 => Align2::RIGHT_TOP,
                30 => Align2::LEFT_TOP,
                _ => Align2::CENTER_TOP,
            };
            let text = if back_s == 0 { "now".into() } else { format!("-{back_s} s") };
            line(ui, at + vec2(0.0, 4.0), anchor, 40.0, &text, theme::CAPTION, ink);
        }
    }
}
