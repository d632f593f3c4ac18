//! Dial of a binary classifier: an arc with the probability of the positive class.

use egui::accesskit::Role;
use egui::{Align2, Pos2, Rect, Sense, Stroke, Ui, UiBuilder, Vec2, pos2, vec2};

use super::card::{STALE_ALPHA, accessible_stale_reason, is_fresh, stale_reason, value};
use crate::frame_context::FrameContext;
use crate::labels::DisplayLabel;
use crate::theme;
use crate::widgets::{describe, line};
use crate::{ModelReading, Presentation};

/// Minimum and maximum width of a dial and its height, in points.
const MIN_WIDTH: f32 = 92.0;
const MAX_WIDTH: f32 = 150.0;
const HEIGHT: f32 = 122.0;
/// Radius of the arc in points.
const RADIUS: f32 = 36.0;
/// Duration of the animation to a new value, in seconds.
const ANIMATION_S: f32 = 0.15;

/// Positive class of a binary classifier, with its value.
pub(super) struct BinaryClass {
    pub(super) name: String,
    pub(super) opposite: String,
    /// Probability, 0 to 1.
    pub(super) share: f32,
    pub(super) active: bool,
}

impl BinaryClass {
    pub(super) fn of(reading: &ModelReading) -> Self {
        let class = if let Presentation::Dial { class } = reading.value.presentation { class } else { 0 };
        let name = |class: usize| {
            reading.value.labels.get(class).map(|label| DisplayLabel::of(label).written()).unwrap_or_default()
        };
        let others = (0..reading.value.labels.len()).filter(|&other| other != class).map(name);
        Self {
            name: name(class),
            opposite: others.collect::<Vec<_>>().join(", "),
            share: value(reading, class).clamp(0.0, 1.0),
            active: reading.value.active.get(class).copied().unwrap_or(false),
        }
    }

    /// Returns name, value and state for the accessibility tree.
    pub(super) fn accessible_text(&self) -> String {
        format!("{} {:.0} %{}", self.name, self.share * 100.0, if self.active { ", on" } else { "" })
    }

    /// Returns the animated probability.
    pub(super) fn animated_share(&self, ui: &Ui, salt: impl egui::AsIdSalt) -> f32 {
        ui.ctx().animate_value_with_time(ui.scope_id().with(salt), self.share, ANIMATION_S)
    }
}

/// Draws dials in rows. A block of rows lower than `height` is centred vertically.
pub(super) fn grid(ui: &mut Ui, context: &FrameContext<'_>, dials: &[&ModelReading], height: f32) {
    let width = ui.available_width();
    let columns = ((width / MIN_WIDTH) as usize).clamp(1, dials.len().max(1));
    // Distributes the dials evenly: five as 3 + 2, not as 4 + 1.
    let rows = dials.len().div_ceil(columns);
    let columns = dials.len().div_ceil(rows.max(1)).max(1);
    let cell = vec2((width / columns as f32).min(MAX_WIDTH), HEIGHT);
    let indent = (width - cell.x * columns as f32) / 2.0;
    let needed = HEIGHT * rows as f32;
    ui.add_space(((height - needed) / 2.0).max(0.0));
    let (place, _) = ui.allocate_exact_size(vec2(width, needed), Sense::hover());
    for (index, reading) in dials.iter().enumerate() {
        let at = Vec2::new((index % columns) as f32 * cell.x + indent, (index / columns) as f32 * HEIGHT);
        let rect = Rect::from_min_size(place.min + at, cell);
        let mut child = ui.new_child(UiBuilder::new().id_salt(&reading.model).max_rect(rect));
        if !is_fresh(context, reading) {
            child.multiply_opacity(STALE_ALPHA);
        }
        self::dial(&child, context, reading, rect);
    }
}

fn dial(ui: &Ui, context: &FrameContext<'_>, reading: &ModelReading, rect: Rect) {
    let palette = context.palette;
    let class = BinaryClass::of(reading);
    let share = class.animated_share(ui, "dial");
    let center = pos2(rect.center().x, rect.top() + RADIUS + 8.0);
    self::arc(ui, center, 1.0, Stroke::new(4.0, palette.well));
    // Active: a thick arc with a filled dot; otherwise a thin arc with an empty dot.
    let (ink, width) = if class.active { (palette.accent, 7.0) } else { (palette.accent_dim, 4.0) };
    self::arc(ui, center, share, Stroke::new(width, ink));
    let tip = on_arc(center, share);
    if class.active {
        ui.painter().circle(tip, 5.5, palette.strong, Stroke::new(2.0, palette.raised));
    } else {
        ui.painter().circle(tip, 4.5, palette.raised, Stroke::new(2.0, palette.weak));
    }
    let inner = RADIUS * 1.5;
    let number = format!("{:.0} %", class.share * 100.0);
    let ink = if class.active { palette.strong } else { palette.text };
    line(ui, center, Align2::CENTER_CENTER, inner, &number, theme::HEADING, ink);
    let below = center + vec2(0.0, RADIUS * 0.72);
    let stale_reason = stale_reason(reading).unwrap_or_default();
    line(ui, below, Align2::CENTER_CENTER, inner, &stale_reason, theme::CAPTION, palette.text);
    let width = rect.width() - 8.0;
    line(ui, below + vec2(0.0, 20.0), Align2::CENTER_CENTER, width, &class.name, theme::BODY, ink);
    let opposite = if class.opposite.is_empty() { String::new() } else { format!("or {}", class.opposite) };
    line(ui, below + vec2(0.0, 36.0), Align2::CENTER_CENTER, width, &opposite, theme::CAPTION, palette.weak);
    let text = || {
        let opposite = if opposite.is_empty() { String::new() } else { format!(", {opposite}") };
        format!("{}{}{opposite}", class.accessible_text(), accessible_stale_reason(reading))
    };
    describe(ui, rect, "dial", Role::Meter, text).on_hover_ui(|ui| {
        ui.label(egui::RichText::new(&*reading.value.name).color(palette.strong));
        ui.label(egui::RichText::new(text()).size(theme::CAPTION).color(palette.weak));
    });
}

/// Returns a point on the arc, which is open at the bottom.
fn on_arc(center: Pos2, share: f32) -> Pos2 {
    let angle = (135.0 + 270.0 * share).to_radians();
    center + RADIUS * vec2(angle.cos(), angle.sin())
}

/// Draws the arc from its begin to a share of its length.
fn arc(ui: &Ui, center: Pos2, share: f32, stroke: Stroke) {
    let steps = (share * 48.0).ceil() as usize;
    if steps > 0 {
        let points = (0..=steps).map(|step| on_arc(center, share * step as f32 / steps as f32));
        ui.painter().line(points.collect(), stroke);
    }
}
