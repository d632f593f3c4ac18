//! A class against its opposite: an arc that fills.

use egui::accesskit::Role;
use egui::{Align2, Pos2, Rect, Sense, Stroke, Ui, UiBuilder, Vec2, pos2, vec2};

use super::card::{FADED, excuse, is_fresh, spoken_excuse, value};
use crate::frame_context::FrameContext;
use crate::labels::DisplayLabel;
use crate::theme;
use crate::widgets::{describe, line};
use crate::{Look, ModelReading};

/// The least and the greatest width of a dial, and its height, in points.
const LEAST: f32 = 92.0;
const MOST: f32 = 150.0;
const HEIGHT: f32 = 122.0;
/// Radius of the arc, in points.
const RADIUS: f32 = 36.0;
/// Seconds in which an arc gets to a new value.
const GLIDE_S: f32 = 0.15;

/// What is asked about.
pub(super) struct Asked {
    pub(super) name: String,
    pub(super) opposite: String,
    /// 0 to 1.
    pub(super) share: f32,
    pub(super) lit: bool,
}

impl Asked {
    pub(super) fn of(reading: &ModelReading) -> Self {
        let class = if let Look::Dial { class } = reading.value.look { class } else { 0 };
        let name = |class: usize| {
            reading.value.labels.get(class).map(|label| DisplayLabel::of(label).written()).unwrap_or_default()
        };
        let others = (0..reading.value.labels.len()).filter(|&other| other != class).map(name);
        Self {
            name: name(class),
            opposite: others.collect::<Vec<_>>().join(", "),
            share: value(reading, class).clamp(0.0, 1.0),
            lit: reading.value.active.get(class).copied().unwrap_or(false),
        }
    }

    /// As it is read aloud.
    pub(super) fn spoken(&self) -> String {
        format!("{} {:.0} %{}", self.name, self.share * 100.0, if self.lit { ", lit" } else { "" })
    }

    /// The share on its way to where it should be.
    pub(super) fn gliding(&self, ui: &Ui, salt: impl egui::AsIdSalt) -> f32 {
        ui.ctx().animate_value_with_time(ui.scope_id().with(salt), self.share, GLIDE_S)
    }
}

/// Draws dials side by side, in as many rows as it takes, in the middle of a height if they need less.
pub(super) fn grid(ui: &mut Ui, context: &FrameContext<'_>, dials: &[&ModelReading], height: f32) {
    let width = ui.available_width();
    let columns = ((width / LEAST) as usize).clamp(1, dials.len().max(1));
    // As full as the rows can be: five in rows of three rather than four and a lonely one.
    let rows = dials.len().div_ceil(columns);
    let columns = dials.len().div_ceil(rows.max(1)).max(1);
    let cell = vec2((width / columns as f32).min(MOST), HEIGHT);
    let indent = (width - cell.x * columns as f32) / 2.0;
    let needed = HEIGHT * rows as f32;
    ui.add_space(((height - needed) / 2.0).max(0.0));
    let (place, _) = ui.allocate_exact_size(vec2(width, needed), Sense::hover());
    for (index, reading) in dials.iter().enumerate() {
        let at = Vec2::new((index % columns) as f32 * cell.x + indent, (index / columns) as f32 * HEIGHT);
        let rect = Rect::from_min_size(place.min + at, cell);
        let mut child = ui.new_child(UiBuilder::new().id_salt(&reading.model).max_rect(rect));
        if !is_fresh(context, reading) {
            child.multiply_opacity(FADED);
        }
        self::dial(&child, context, reading, rect);
    }
}

fn dial(ui: &Ui, context: &FrameContext<'_>, reading: &ModelReading, rect: Rect) {
    let palette = context.palette;
    let asked = Asked::of(reading);
    let share = asked.gliding(ui, "dial");
    let center = pos2(rect.center().x, rect.top() + RADIUS + 8.0);
    self::arc(ui, center, 1.0, Stroke::new(4.0, palette.well));
    // Lit is thick with a full dot, not lit thin with an empty one.
    let (ink, thick) = if asked.lit { (palette.accent, 7.0) } else { (palette.accent_dim, 4.0) };
    self::arc(ui, center, share, Stroke::new(thick, ink));
    let tip = on_arc(center, share);
    if asked.lit {
        ui.painter().circle(tip, 5.5, palette.strong, Stroke::new(2.0, palette.raised));
    } else {
        ui.painter().circle(tip, 4.5, palette.raised, Stroke::new(2.0, palette.weak));
    }
    let inner = RADIUS * 1.5;
    let number = format!("{:.0} %", asked.share * 100.0);
    let ink = if asked.lit { palette.strong } else { palette.text };
    line(ui, center, Align2::CENTER_CENTER, inner, &number, theme::HEADING, ink);
    let below = center + vec2(0.0, RADIUS * 0.72);
    let excuse = excuse(reading).unwrap_or_default();
    line(ui, below, Align2::CENTER_CENTER, inner, &excuse, theme::SMALL, palette.text);
    let width = rect.width() - 8.0;
    line(ui, below + vec2(0.0, 20.0), Align2::CENTER_CENTER, width, &asked.name, theme::BODY, ink);
    let opposite = if asked.opposite.is_empty() { String::new() } else { format!("or {}", asked.opposite) };
    line(ui, below + vec2(0.0, 36.0), Align2::CENTER_CENTER, width, &opposite, theme::CAPTION, palette.weak);
    let text = || {
        let opposite = if opposite.is_empty() { String::new() } else { format!(", {opposite}") };
        format!("{}{}{opposite}", asked.spoken(), spoken_excuse(reading))
    };
    describe(ui, rect, "dial", Role::Meter, text).on_hover_ui(|ui| {
        ui.label(egui::RichText::new(&*reading.value.name).color(palette.strong));
        ui.label(egui::RichText::new(text()).size(theme::CAPTION).color(palette.weak));
    });
}

/// A place on the arc, which is open at the bottom.
fn on_arc(center: Pos2, share: f32) -> Pos2 {
    let angle = (135.0 + 270.0 * share).to_radians();
    center + RADIUS * vec2(angle.cos(), angle.sin())
}

/// The arc from its beginning to a share of it.
fn arc(ui: &Ui, center: Pos2, share: f32, stroke: Stroke) {
    let steps = (share * 48.0).ceil() as usize;
    if steps > 0 {
        let points = (0..=steps).map(|step| on_arc(center, share * step as f32 / steps as f32));
        ui.painter().line(points.collect(), stroke);
    }
}
