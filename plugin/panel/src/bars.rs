//! Rows of tags with bars. Lengths and positions are animated.

use egui::accesskit::Role;
use egui::{Align2, Color32, Rect, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2};

use crate::animation::Eased;
use crate::theme;
use crate::theme::Palette;
use crate::widgets::{line, pin};
use crate::{frame_context::FrameContext, glossary};

/// Height of the rows and horizontal positions of their parts, in points from the left.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BarLayout {
    /// Maximum number of rows.
    pub(crate) rows: usize,
    /// Height of a row in points.
    pub(crate) row: f32,
    /// Left edge of the name, to the right of the pin.
    pub(crate) name: f32,
    /// Left edge of the bar.
    pub(crate) bar: f32,
    /// Right edge of the number.
    pub(crate) number: f32,
    /// Left edge of the lane; none if the width is too small for it.
    pub(crate) lane: Option<f32>,
}

impl BarLayout {
    const PIN_WIDTH: f32 = 18.0;
    const NUMBER_WIDTH: f32 = 34.0;

    /// Returns the layout for `tags` rows in an area of `size` points. `axis` is the height of the time axis below the
    /// lane; none leaves out the lane.
    pub(crate) fn new(size: Vec2, axis: Option<f32>, tags: usize) -> Self {
        let width = size.x;
        let bar = Self::PIN_WIDTH + (width * 0.285).clamp(88.0, 160.0);
        // A narrow panel gives a larger share of its width to the bars.
        let share = egui::remap_clamp(width, 300.0..=700.0, 0.70..=0.54);
        let lane = (axis.is_some() && width > 300.0).then(|| (width * share).min(bar + 280.0 + Self::NUMBER_WIDTH));
        let height = size.y - if lane.is_some() { axis.unwrap_or(0.0) } else { 0.0 };
        let rows = (height / if height < 200.0 { 21.0 } else { 25.0 }).max(1.0) as usize;
        let row = (height / rows.min(tags).max(1) as f32).min(34.0);
        Self { rows, row, name: Self::PIN_WIDTH, bar, number: lane.map_or(width, |lane| lane - 14.0), lane }
    }
}

/// Data of one row.
#[derive(Debug)]
pub(crate) struct BarRow<'a> {
    /// Index of the tag among the labels.
    pub(crate) tag: usize,
    /// Label of the tag.
    pub(crate) name: &'a str,
    /// Name and parent category shown instead of the label, for labels that have parts.
    pub(crate) written: Option<(&'a str, &'a str)>,
    /// Value, 0 to 1.
    pub(crate) value: f32,
    /// Latest unsmoothed value, 0 to 1, if known.
    pub(crate) raw: Option<f32>,
    /// Whether the tag is active.
    pub(crate) active: bool,
    /// Threshold of the tag, 0 to 1, if known.
    pub(crate) threshold: Option<f32>,
    /// Whether the value describes the current input. Other rows are dimmed.
    pub(crate) fresh: bool,
}

/// Rows with the state of their animations.
#[derive(Debug, Default)]
pub(crate) struct Bars {
    /// Bar length (0 to 1), row and visibility (0 to 1) of each tag.
    eased: Vec<(Eased, Eased, Eased)>,
}

impl Bars {
    /// Draws `rows` from top to bottom of `place`. Returns the rectangle of each row at its animated position.
    pub(crate) fn show(
        &mut self,
        ui: &Ui,
        context: &mut FrameContext<'_>,
        place: Rect,
        plan: BarLayout,
        rows: &[BarRow<'_>],
        tags: usize,
    ) -> Vec<Rect> {
        if self.eased.len() != tags {
            self.eased = vec![(Eased::at(0.0), Eased::at(0.0), Eased::at(0.0)); tags];
        }
        let mut moving = false;
        for (tag, (_, _, visible)) in self.eased.iter_mut().enumerate() {
            if visible.value() > 0.0 && !rows.iter().any(|row| row.tag == tag) {
                *visible = Eased::at(0.0);
            }
        }
        let mut rects = Vec::with_capacity(rows.len());
        for (rank, row) in rows.iter().enumerate() {
            let Some((length, top, visible)) = self.eased.get_mut(row.tag) else { continue };
            if visible.value() == 0.0 {
                *top = Eased::at(rank as f32);
            }
            moving |= length.towards(row.value, context.step_s, 0.002);
            moving |= top.towards(rank as f32, context.step_s, 0.01);
            moving |= visible.towards(1.0, context.step_s, 0.02);
            let at = pos2(place.left(), place.top() + top.value() * plan.row);
            let rect = Rect::from_min_size(at, vec2(place.width(), plan.row));
            self::row(ui, context, rect, plan, row, length.value(), visible.value());
            rects.push(rect);
        }
        if moving {
            FrameContext::request_repaint(ui);
        }
        rects
    }
}

fn row(
    ui: &Ui,
    context: &mut FrameContext<'_>,
    rect: Rect,
    plan: BarLayout,
    row: &BarRow<'_>,
    length: f32,
    visible: f32,
) {
    let palette = context.palette;
    let fade = |color: Color32| color.gamma_multiply(visible * if row.fresh { 1.0 } else { 0.55 });
    let number_right = rect.left() + plan.number;
    let track = Rect::from_min_max(
        pos2(rect.left() + plan.bar, rect.center().y - plan.row * 0.18),
        pos2(number_right - BarLayout::NUMBER_WIDTH, rect.center().y + plan.row * 0.18),
    );
    let body = Rect::from_min_max(pos2(rect.left() + plan.name, rect.top()), pos2(number_right, rect.bottom()));
    let response = ui.interact(body, ui.scope_id().with(("bar", row.tag)), Sense::hover());
    let ink = fade(if row.active { palette.strong } else { palette.text });
    let (name, small) = row.written.unwrap_or((row.name, ""));
    let (name_at, width) = (pos2(rect.left() + plan.name, rect.center().y), plan.bar - plan.name - 10.0);
    if small.is_empty() {
        line(ui, name_at, Align2::LEFT_CENTER, width, name, theme::BODY, ink);
    } else {
        line(ui, name_at + vec2(0.0, 3.0), Align2::LEFT_BOTTOM, width, name, theme::BODY, ink);
        line(ui, name_at + vec2(0.0, 1.5), Align2::LEFT_TOP, width, small, theme::SMALL, fade(palette.weak));
    }
    ui.painter().rect_filled(track, 2.5, fade(palette.well));
    let filled = Rect::from_min_size(track.min, vec2((track.width() * length).max(2.0), track.height()));
    ui.painter().rect_filled(filled, 2.5, fade(bar_ink(palette, row.active)));
    if let Some(threshold) = row.threshold {
        let x = track.left() + threshold.clamp(0.0, 1.0) * track.width();
        ui.painter().vline(x, track.y_range(), Stroke::new(1.0, fade(palette.weak).gamma_multiply(0.6)));
    }
    if let Some(raw) = row.raw {
        let x = track.left() + raw.clamp(0.0, 1.0) * track.width();
        ui.painter().vline(x, track.top() - 1.5..=track.bottom() + 1.5, Stroke::new(1.2, fade(palette.strong)));
    }
    let number = format!("{:.2}", row.value);
    line(
        ui,
        pos2(number_right, rect.center().y),
        Align2::RIGHT_CENTER,
        BarLayout::NUMBER_WIDTH,
        &number,
        theme::CAPTION,
        ink,
    );
    let active = if row.active { ", on" } else { "" };
    response.widget_info(|| WidgetInfo {
        value: Some(f64::from(row.value)),
        ..WidgetInfo::labeled(Role::Meter, true, format!("{}: {number}{active}", accessible_text(row)))
    });
    let hovered = response.contains_pointer();
    response.on_hover_ui(|ui| {
        ui.label(egui::RichText::new(accessible_text(row)).size(theme::HEADING).color(palette.strong));
        ui.label(glossary::explain(name));
        let raw = row.raw.map(|raw| format!(" (latest {raw:.2})")).unwrap_or_default();
        ui.label(egui::RichText::new(format!("{:.2}{raw}", row.value)).size(theme::CAPTION).color(palette.weak));
    });
    let pin_rect = Rect::from_min_size(rect.min, vec2(BarLayout::PIN_WIDTH - 2.0, plan.row)).shrink2(vec2(0.0, 3.0));
    if pin(ui, pin_rect, (row.tag, &accessible_text(row)), context.layout.is_pinned(row.name), hovered) {
        context.layout.toggle_pin(row.name);
    }
}

/// Returns the whole name for the accessibility tree and the tooltip.
fn accessible_text(row: &BarRow<'_>) -> String {
    match row.written {
        Some((name, small)) if !small.is_empty() => format!("{name} ({small})"),
        Some((name, _)) => name.to_owned(),
        None => row.name.to_owned(),
    }
}

fn bar_ink(palette: &Palette, active: bool) -> Color32 {
    if active { palette.accent } else { palette.accent_dim }
}
