//! Row with a name, a bar on a scale and a number.

use egui::accesskit::Role;
use egui::{Align2, Color32, Rangef, Rect, RichText, Sense, Stroke, Ui, pos2, vec2};

use crate::frame_context::FrameContext;
use crate::glossary::DescriptorTerm;
use crate::theme;
use crate::widgets::{describe, line};

/// Height of a row in points.
pub(super) const ROW: f32 = 26.0;
/// Width of the number with its unit, in points.
const NUMBER: f32 = 74.0;
/// Duration of the animation to a new value, in seconds.
const ANIMATION_S: f32 = 0.15;

/// Content of a row.
#[derive(Debug)]
pub(super) struct MeterRow {
    pub(super) term: DescriptorTerm,
    /// Value that has a name, between the term and the bar.
    pub(super) label: Option<String>,
    /// Number; empty if there is none.
    pub(super) number: String,
    pub(super) unit: &'static str,
    /// Position of the value, 0 to 1; none without a value.
    pub(super) share: Option<f32>,
    /// Position at which the bar begins, 0 to 1. If it is not 0, it is marked.
    pub(super) origin: f32,
    /// Height of the bar in points.
    pub(super) height: f32,
    /// Reason why the value is missing or not reliable.
    pub(super) doubt: Option<String>,
    /// End of the accessible text, such as the limits of the scale.
    pub(super) limits: String,
}

/// Returns the horizontal range of the bars in rows of a width.
pub(super) fn track(row: Rect) -> Rangef {
    let unit = row.height() / ROW;
    let name = (row.width() * 0.3).clamp(100.0, 150.0 * unit);
    Rangef::new(row.left() + name, row.right() - NUMBER * unit)
}

/// Draws a row in a new line.
pub(super) fn show(ui: &mut Ui, context: &FrameContext<'_>, row: &MeterRow) -> Rect {
    let palette = context.palette;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW * context.unit()), Sense::hover());
    let x = self::track(rect);
    let half = row.height * context.unit() / 2.0;
    let track = Rect::from_x_y_ranges(x, rect.center().y - half..=rect.center().y + half);
    let (is_known, is_sure) = (row.share.is_some(), row.doubt.is_none());
    let ink = if is_known && is_sure { palette.text } else { palette.weak };
    let name_width = x.min - rect.left() - 8.0;
    let term_size = if row.label.is_some() { theme::CAPTION } else { theme::BODY } * context.unit();
    let term = line(ui, rect.left_center(), Align2::LEFT_CENTER, name_width, row.term.name(), term_size, ink);
    if let Some(label) = &row.label {
        let at = pos2(term.right() + 6.0, rect.center().y);
        line(ui, at, Align2::LEFT_CENTER, x.min - at.x - 4.0, label, theme::BODY * context.unit(), palette.strong);
    }
    ui.painter().rect_filled(track, 2.5, palette.well);
    let at = |share: f32| x.min + share * x.span();
    if let Some(share) = row.share {
        let share = ui.ctx().animate_value_with_time(ui.scope_id().with(("row", row.term.name())), share, ANIMATION_S);
        let (low, high) = (at(share.min(row.origin)), at(share.max(row.origin)));
        let fill = if is_sure { palette.accent } else { palette.accent_dim };
        ui.painter().rect_filled(Rect::from_x_y_ranges(low..=high.max(low + 2.0), track.y_range()), 2.5, fill);
    }
    if row.origin > 0.0 {
        let y = track.top() - 3.0..=track.bottom() + 3.0;
        ui.painter().vline(at(row.origin), y, Stroke::new(1.0, palette.weak));
    }
    self::number(ui, context, rect, row, if is_sure { palette.strong } else { palette.weak });
    describe(ui, rect, row.term.name(), Role::Meter, || accessible_text(row)).on_hover_ui(|ui| {
        self::tooltip(ui, context, row.term, &accessible_value(row), row.doubt.as_deref());
    });
    rect
}

/// Draws the number at the right edge, the unit in a column of its own.
fn number(ui: &Ui, context: &FrameContext<'_>, rect: Rect, row: &MeterRow, ink: Color32) {
    let column = 30.0 * context.unit();
    let unit = if row.unit.is_empty() { 0.0 } else { column };
    let right = pos2(rect.right() - column, rect.center().y);
    let number = if row.share.is_some() { row.number.as_str() } else { "–" };
    let sure = if row.share.is_some() && row.doubt.is_some() { "~" } else { "" };
    line(
        ui,
        right,
        Align2::RIGHT_CENTER,
        NUMBER * context.unit() - column,
        &format!("{sure}{number}"),
        theme::BODY * context.unit(),
        ink,
    );
    if unit > 0.0 && row.share.is_some() {
        let at = right + vec2(4.0, 1.0);
        line(ui, at, Align2::LEFT_CENTER, unit - 4.0, row.unit, theme::CAPTION * context.unit(), context.palette.weak);
    }
}

/// Draws a tooltip: name, meaning, value, and the reason of a doubt.
pub(super) fn tooltip(ui: &mut Ui, context: &FrameContext<'_>, term: DescriptorTerm, value: &str, doubt: Option<&str>) {
    let palette = context.palette;
    ui.label(RichText::new(term.name()).size(theme::HEADING).color(palette.strong));
    ui.label(term.explain());
    if !value.is_empty() {
        ui.label(RichText::new(value).size(theme::CAPTION).color(palette.weak));
    }
    if let Some(doubt) = doubt {
        ui.label(RichText::new(doubt).size(theme::CAPTION).color(palette.attention));
    }
}

/// Returns number and unit, or a text without a value.
fn accessible_value(row: &MeterRow) -> String {
    let label = row.label.as_ref().map(|label| format!("{label}, ")).unwrap_or_default();
    match (row.share, row.unit) {
        (None, _) => "not known".into(),
        (Some(_), "") => format!("{label}{}{}", row.number, row.limits),
        (Some(_), unit) => format!("{label}{} {unit}{}", row.number, row.limits),
    }
}

fn accessible_text(row: &MeterRow) -> String {
    let doubt = match &row.doubt {
        None => String::new(),
        Some(doubt) if row.share.is_none() => format!(", {doubt}"),
        Some(doubt) => format!(", not reliable, {doubt}"),
    };
    format!("{}: {}{doubt}", row.term.name(), accessible_value(row))
}
