//! Sounds that come and go: a row each, over the last half minute.

use std::collections::HashMap;

use egui::accesskit::Role;
use egui::{Align2, Mesh, Rect, Sense, Shape, Stroke, Ui, pos2, vec2};

use super::card::{spoken_excuse, value};
use super::trail::{FAINTEST, LONGEST_S, Trail};
use crate::ModelReading;
use crate::frame_context::FrameContext;
use crate::labels::DisplayLabel;
use crate::theme;
use crate::widgets::{describe, line};

/// Sounds that are shown at most.
const MOST: usize = 6;
const ROW: f32 = 22.0;
const AXIS: f32 = 18.0;
const NUMBER: f32 = 32.0;
/// What an answer speaks for at most, in seconds: beyond is a gap.
const LONGEST_STEP_S: f64 = 3.0;

/// Which sound has which row, so that none moves while it is heard.
#[derive(Debug, Default)]
pub(super) struct Rows {
    of: Vec<Option<usize>>,
}

impl Rows {
    /// Gives the loudest of the last half minute rows: those that had one keep it.
    fn follow(&mut self, trail: &Trail, reading: &ModelReading) {
        let mut scores: HashMap<usize, f32> = HashMap::new();
        for heard in trail.last(reading.end_s, LONGEST_S).flat_map(|point| &point.heard) {
            // Whatever was lit once goes before what never was.
            let score = heard.value + if heard.lit { 1.0 } else { 0.0 };
            let best = scores.entry(heard.label).or_default();
            *best = best.max(score);
        }
        let mut loudest: Vec<(usize, f32)> = scores.into_iter().collect();
        loudest.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        loudest.truncate(MOST);
        self.of.resize(MOST.min(reading.value.labels.len()), None);
        for row in &mut self.of {
            if row.is_some_and(|label| !loudest.iter().any(|(loud, _)| *loud == label)) {
                *row = None;
            }
        }
        for (label, _) in loudest {
            if !self.of.contains(&Some(label))
                && let Some(free) = self.of.iter_mut().find(|row| row.is_none())
            {
                *free = Some(label);
            }
        }
    }

    pub(super) fn show(&mut self, ui: &mut Ui, context: &FrameContext<'_>, reading: &ModelReading, trail: &Trail) {
        self.follow(trail, reading);
        let palette = context.palette;
        let size = vec2(ui.available_width(), ROW * self.of.len() as f32 + AXIS);
        let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
        let names = (size.x * 0.36).clamp(84.0, 150.0);
        let lane = Rect::from_min_max(rect.min + vec2(names, 0.0), pos2(rect.right() - NUMBER, rect.bottom() - AXIS));
        let window = Window { lane, end_s: reading.end_s };
        for (index, label) in self.of.iter().enumerate() {
            let row = Rect::from_min_size(rect.min + vec2(0.0, ROW * index as f32), vec2(size.x, ROW));
            let strip = Rect::from_x_y_ranges(lane.x_range(), row.top() + 2.0..=row.bottom() - 2.0);
            ui.painter().rect_filled(strip, 2.0, palette.ground);
            let Some((label, name)) = label.and_then(|label| Some((label, reading.value.labels.get(label)?))) else {
                continue;
            };
            let (name, now) = (DisplayLabel::of(name), value(reading, label));
            let lit = reading.value.active.get(label).copied().unwrap_or(false) && !reading.silent;
            let ink = if lit { palette.strong } else { palette.text };
            let at = row.left_center();
            line(ui, at, Align2::LEFT_CENTER, names - 10.0, &name.own, theme::BODY, ink);
            let number = format!("{now:.2}");
            line(ui, row.right_center(), Align2::RIGHT_CENTER, NUMBER, &number, theme::CAPTION, ink);
            ui.painter().add(window.blocks(context, trail, label, strip));
            let text = || {
                let lit = if lit { ", lit" } else { "" };
                format!("{}: {number}{lit}{}", name.written(), spoken_excuse(reading))
            };
            describe(ui, row, &format!("event {label}"), Role::Meter, text).on_hover_text(text());
        }
        if self.of.iter().all(Option::is_none) {
            let text = "Nothing stood out lately";
            line(ui, lane.center(), Align2::CENTER_CENTER, lane.width(), text, theme::CAPTION, palette.weak);
        }
        window.axis(ui, context);
    }
}

/// A lane and the time at its right edge.
struct Window {
    lane: Rect,
    end_s: f64,
}

impl Window {
    fn x(&self, at_s: f64) -> f32 {
        let back = ((self.end_s - at_s) / LONGEST_S) as f32;
        (self.lane.right() - back * self.lane.width()).max(self.lane.left())
    }

    /// High where it was lit, low where it was only heard.
    fn blocks(&self, context: &FrameContext<'_>, trail: &Trail, label: usize, strip: Rect) -> Shape {
        let mut mesh = Mesh::default();
        let mut from_s = None;
        for point in trail.last(self.end_s, LONGEST_S) {
            let began_s = from_s.unwrap_or(point.end_s - 0.5).max(point.end_s - LONGEST_STEP_S);
            from_s = Some(point.end_s);
            let Some(heard) = point.of(label).filter(|heard| heard.lit || heard.value >= FAINTEST) else { continue };
            let half = strip.height() * if heard.lit { 0.5 } else { 0.14 };
            let y = strip.center().y - half..=strip.center().y + half;
            let ink = if heard.lit { context.palette.ramp(heard.value.max(0.6)) } else { context.palette.accent_dim };
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
            line(ui, at + vec2(0.0, 4.0), anchor, 40.0, &text, theme::SMALL, ink);
        }
    }
}
