//! Rows of labels with bars. Lengths are animated; a row that changes its place fades in there.

use egui::accesskit::Role;
use egui::{Align2, Color32, Rect, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

use crate::animation::Eased;
use crate::theme;
use crate::widgets::{line, pin};
use crate::{frame_context::FrameContext, glossary};

/// Height of the rows and horizontal positions of their parts, in points from the left.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BarLayout {
    /// Maximum number of rows.
    pub(crate) rows: usize,
    /// Height of a row in points.
    pub(crate) row: f32,
    /// Left edge of the bar.
    pub(crate) bar: f32,
    /// Scale of type and distances.
    pub(crate) scale: f32,
}

impl BarLayout {
    /// Width of the pin, to the left of the name.
    pub(crate) const PIN_WIDTH: f32 = 18.0;
    const NUMBER_WIDTH: f32 = 44.0;
    const ROW: f32 = 25.0;

    /// Returns the layout for `labels` rows in an area of `size` points at a scale.
    pub(crate) fn new(size: Vec2, labels: usize, scale: f32) -> Self {
        let scale = scale.max(0.85);
        let bar = Self::PIN_WIDTH + (size.x * 0.285).clamp(88.0, 160.0 * scale);
        let rows = (size.y / (Self::ROW * scale)).max(1.0) as usize;
        let row = (size.y / rows.min(labels).max(1) as f32).min(34.0 * scale);
        Self { rows, row, bar, scale }
    }
}

/// Data of one row.
#[derive(Debug)]
pub(crate) struct BarRow<'a> {
    /// Index of the label.
    pub(crate) tag: usize,
    /// Label.
    pub(crate) name: &'a str,
    /// Labels that the pin of the row stands for, the displayed one first.
    pub(crate) pins: Vec<&'a str>,
    /// Name and parent category shown instead of the label, for labels that have parts.
    pub(crate) written: Option<(&'a str, &'a str)>,
    /// Value, 0 to 1.
    pub(crate) value: f32,
    /// Whether the label is active.
    pub(crate) active: bool,
    /// Colour of the bar.
    pub(crate) ink: Color32,
}

/// Rows with the state of their animations.
#[derive(Debug, Default)]
pub(crate) struct Bars {
    rows: Vec<RowState>,
}

/// State of the animations of a label.
#[derive(Debug, Clone)]
struct RowState {
    /// Length of the bar, 0 to 1.
    length: Eased,
    /// Place of the row; none while the label is not shown.
    rank: Option<usize>,
    /// Visibility, 0 to 1.
    visible: Eased,
}

impl Bars {
    /// Draws `rows` from top to bottom of `place`.
    pub(crate) fn show(
        &mut self,
        ui: &Ui,
        context: &mut FrameContext<'_>,
        place: Rect,
        plan: BarLayout,
        rows: &[BarRow<'_>],
        labels: usize,
    ) {
        if self.rows.len() != labels {
            let hidden = RowState { length: Eased::at(0.0), rank: None, visible: Eased::at(0.0) };
            self.rows = vec![hidden; labels];
        }
        for (tag, state) in self.rows.iter_mut().enumerate() {
            if state.rank.is_some() && !rows.iter().any(|row| row.tag == tag) {
                state.rank = None;
            }
        }
        let mut moving = false;
        for (rank, row) in rows.iter().enumerate() {
            let Some(state) = self.rows.get_mut(row.tag) else { continue };
            if state.rank != Some(rank) {
                (state.rank, state.visible) = (Some(rank), Eased::at(0.0));
            }
            moving |= state.length.towards(row.value, context.step_s, 0.002);
            moving |= state.visible.towards(1.0, context.step_s, 0.02);
            let at = pos2(place.left(), place.top() + rank as f32 * plan.row);
            let rect = Rect::from_min_size(at, vec2(place.width(), plan.row));
            self::row(ui, context, rect, plan, row, state.length.value(), state.visible.value());
        }
        if moving {
            FrameContext::request_repaint(ui);
        }
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
    let fade = |color: Color32| color.gamma_multiply(visible);
    let name_left = rect.left() + BarLayout::PIN_WIDTH;
    let number_width = BarLayout::NUMBER_WIDTH * plan.scale;
    let track = Rect::from_min_max(
        pos2(rect.left() + plan.bar, rect.center().y - plan.row * 0.18),
        pos2(rect.right() - number_width, rect.center().y + plan.row * 0.18),
    );
    let body = Rect::from_min_max(pos2(name_left, rect.top()), rect.max);
    let response = ui.interact(body, ui.scope_id().with(("bar", row.tag)), Sense::hover());
    let ink = fade(if row.active { palette.strong } else { palette.text });
    let size = theme::scaled(theme::BODY, plan.scale);
    let (name, small) = row.written.unwrap_or((row.name, ""));
    let (name_at, width) = (pos2(name_left, rect.center().y), plan.bar - BarLayout::PIN_WIDTH - 10.0);
    if small.is_empty() {
        line(ui, name_at, Align2::LEFT_CENTER, width, name, size, ink);
    } else {
        line(ui, name_at + vec2(0.0, 3.0), Align2::LEFT_BOTTOM, width, name, size, ink);
        let small_size = theme::scaled(theme::CAPTION, plan.scale);
        line(ui, name_at + vec2(0.0, 1.5), Align2::LEFT_TOP, width, small, small_size, fade(palette.weak));
    }
    ui.painter().rect_filled(track, 2.5, fade(palette.well));
    let filled = Rect::from_min_size(track.min, vec2((track.width() * length).max(2.0), track.height()));
    let bar = if row.active { row.ink } else { palette.well.lerp_to_gamma(row.ink, 0.5) };
    ui.painter().rect_filled(filled, 2.5, fade(bar));
    let number = format!("{:.0} %", row.value * 100.0);
    line(ui, rect.right_center(), Align2::RIGHT_CENTER, number_width, &number, size * 0.9, ink);
    let active = if row.active { ", on" } else { "" };
    response.widget_info(|| WidgetInfo {
        value: Some(f64::from(row.value)),
        ..WidgetInfo::labeled(Role::Meter, true, format!("{}: {number}{active}", accessible_text(row)))
    });
    let hovered = response.contains_pointer();
    response.on_hover_ui(|ui| {
        ui.label(egui::RichText::new(accessible_text(row)).size(theme::HEADING).color(palette.strong));
        ui.label(glossary::explain(name));
    });
    let pin_rect = Rect::from_min_size(rect.min, vec2(BarLayout::PIN_WIDTH - 2.0, plan.row)).shrink2(vec2(0.0, 3.0));
    let labels = row.pins.iter().copied();
    let is_pinned = context.layout.is_row_pinned(labels.clone());
    if pin(ui, pin_rect, (row.tag, &accessible_text(row)), is_pinned, hovered) {
        context.layout.toggle_row_pin(labels);
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
