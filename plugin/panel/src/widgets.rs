//! Widgets used by several sections.

use std::sync::Arc;

use egui::accesskit::Role;
use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{
    Align2, Color32, DragValue, Galley, Pos2, Rect, Response, RichText, Sense, Stroke, StrokeKind, TextStyle, Ui,
    WidgetInfo, pos2, vec2,
};

use crate::theme::{self, Palette};

/// Draws a small caption above or beside a value.
pub fn caption(ui: &mut Ui, text: &str) -> Response {
    ui.label(RichText::new(text).small().color(Palette::of(ui.visuals()).weak))
}

/// Returns an editor of a threshold, 0 to 1, in per cent.
pub(crate) fn threshold<'a>(value: &'a mut f32, prefix: &'a str) -> DragValue<'a> {
    let drag = DragValue::new(value).range(0.0..=1.0).speed(0.005).prefix(prefix).suffix(" %");
    let drag = drag.custom_formatter(|value, _| format!("{:.0}", value * 100.0));
    drag.custom_parser(|typed| {
        let percent: f64 = typed.trim_matches(|c: char| !c.is_ascii_digit() && c != '.').parse().ok()?;
        Some(percent / 100.0)
    })
}

/// Draws a warning.
pub fn attention(ui: &mut Ui, text: &str) {
    let ink = Palette::of(ui.visuals()).attention;
    ui.label(RichText::new(text).small().color(ink));
}

/// Returns text laid out on one line, truncated with an ellipsis at `width` points.
pub(crate) fn short(ui: &Ui, width: f32, text: &str, size: f32, color: Color32) -> Arc<Galley> {
    let mut job = LayoutJob::single_section(text.to_owned(), TextFormat::simple(theme::font(size), color));
    job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
    ui.painter().layout_job(job)
}

/// Draws text on one line, truncated with an ellipsis at `width` points. Returns its rectangle.
pub(crate) fn line(ui: &Ui, at: Pos2, anchor: Align2, width: f32, text: &str, size: f32, color: Color32) -> Rect {
    let galley = short(ui, width, text, size, color);
    let rect = anchor.anchor_size(at, galley.size());
    ui.painter().galley(rect.min, galley, color);
    rect
}

/// Draws text on one line with thicker strokes, otherwise as [`line`]. Returns its rectangle.
pub(crate) fn bold(ui: &Ui, at: Pos2, anchor: Align2, width: f32, text: &str, size: f32, color: Color32) -> Rect {
    // Copies that let each other shine through would show their edges, so the color is mixed with the ground instead.
    let share = ui.opacity() * f32::from(color.a()) / 255.0;
    let color = Palette::of(ui.visuals()).ground.lerp_to_gamma(color.to_opaque(), share);
    let mut painter = ui.painter().clone();
    painter.set_opacity(1.0);
    let galley = short(ui, width, text, size, color);
    let rect = anchor.anchor_size(at, galley.size());
    // The font has one weight. Copies at a fraction of the stroke make it bold.
    let step = size / 45.0;
    for offset in [-step, 0.0, step] {
        painter.galley(rect.min + vec2(offset, 0.0), Arc::clone(&galley), color);
    }
    rect
}

/// Returns the largest size, at least half of `size`, at which text fits into `width` points.
pub(crate) fn fitting(ui: &Ui, text: &str, size: f32, width: f32) -> f32 {
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::font(size), Color32::WHITE);
    size * (width / galley.size().x.max(1.0)).clamp(0.5, 1.0)
}

/// Adds a painted area to the accessibility tree.
pub(crate) fn describe(ui: &Ui, rect: Rect, salt: &str, role: Role, text: impl Fn() -> String) -> Response {
    let response = ui.interact(rect, ui.scope_id().with(salt), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(role, true, text()));
    response
}

/// Draws the focus ring of a widget.
pub(crate) fn focus_ring(ui: &Ui, response: &Response, rect: Rect) {
    if response.has_focus() {
        let stroke = Stroke::new(1.5, Palette::of(ui.visuals()).accent);
        ui.painter().rect_stroke(rect, 4.0, stroke, StrokeKind::Inside);
    }
}

/// Returns the width of a tab in points, with text of a size in points.
pub(crate) fn tab_width(ui: &Ui, text: &str, size: f32) -> f32 {
    let palette = Palette::of(ui.visuals());
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::font(size), palette.text);
    galley.size().x + 4.0
}

/// Draws a tab with text of a size in points; the selected one has a line below.
pub(crate) fn tab(ui: &mut Ui, chosen: bool, text: &str, size: f32) -> Response {
    let palette = Palette::of(ui.visuals());
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::font(size), palette.text);
    let extent = vec2(self::tab_width(ui, text, size), (size * 2.2).max(24.0));
    let (rect, response) = ui.allocate_exact_size(extent, Sense::click());
    let color = if chosen || response.hovered() { palette.strong } else { palette.weak };
    ui.painter().galley_with_override_text_color(
        Align2::CENTER_CENTER.anchor_size(rect.center(), galley.size()).min,
        galley,
        color,
    );
    if chosen {
        ui.painter().hline(rect.x_range(), rect.bottom() - 1.0, Stroke::new(2.0, palette.accent));
    }
    focus_ring(ui, &response, rect);
    response.widget_info(|| WidgetInfo::selected(Role::Tab, ui.is_enabled(), chosen, text));
    response
}

/// Draws a switch with its label, truncated if there is too little room. Returns true when it is clicked.
pub(crate) fn switch(ui: &mut Ui, on: bool, text: &str, help: &str) -> bool {
    let palette = Palette::of(ui.visuals());
    let font_size = TextStyle::Body.resolve(ui.style()).size;
    let unit = font_size / theme::BODY;
    let galley = short(ui, ui.available_width() - 42.0 * unit, text, font_size, palette.text);
    let size = vec2(42.0 * unit + galley.size().x, 24.0 * unit);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let track = Rect::from_center_size(pos2(rect.left() + 17.0 * unit, rect.center().y), vec2(30.0, 16.0) * unit);
    let place = ui.ctx().animate_bool(response.id, on);
    let fill = palette.well.lerp_to_gamma(palette.accent_dim, place);
    ui.painter().rect(track, 8.0 * unit, fill, Stroke::new(1.0, palette.line), StrokeKind::Inside);
    let knob = pos2(track.left() + (8.0 + place * 14.0) * unit, track.center().y);
    ui.painter().circle_filled(knob, 5.5 * unit, palette.weak.lerp_to_gamma(palette.strong, place));
    let text_at = pos2(rect.left() + 42.0 * unit, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(text_at, galley, palette.text);
    focus_ring(ui, &response, rect);
    response.widget_info(|| WidgetInfo::selected(Role::Switch, ui.is_enabled(), on, text));
    response.on_hover_text(help).clicked()
}

/// Draws a row of options. Returns the option that was clicked.
pub(crate) fn choice<T: Copy + PartialEq>(ui: &mut Ui, chosen: T, of: &[(T, &str)]) -> Option<T> {
    let mut picked = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for &(value, text) in of {
            let response = ui.selectable_label(value == chosen, text);
            if response.clicked() && value != chosen {
                picked = Some(value);
            }
        }
    });
    picked
}

/// Draws the pin of a tag, given by index and name. Returns true when it is clicked.
pub(crate) fn pin(ui: &Ui, rect: Rect, (index, tag): (usize, &str), pinned: bool, show: bool) -> bool {
    let palette = Palette::of(ui.visuals());
    let response = ui.interact(rect, ui.scope_id().with(("pin", index)), Sense::click());
    let visible = pinned || show || response.hovered() || response.has_focus();
    if visible {
        let at = rect.center();
        let color = if pinned || response.hovered() { palette.accent } else { palette.weak };
        if pinned {
            ui.painter().circle_filled(at - vec2(0.0, 2.0), 3.6, color);
        } else {
            ui.painter().circle_stroke(at - vec2(0.0, 2.0), 3.2, Stroke::new(1.2, color));
        }
        ui.painter().vline(at.x, at.y + 1.5..=at.y + 6.0, Stroke::new(1.4, color));
    } else {
        // Marks the place of the pin.
        ui.painter().circle_filled(rect.center(), 1.2, palette.line);
    }
    focus_ring(ui, &response, rect);
    response.widget_info(|| {
        let text = if pinned { format!("Unpin {tag}") } else { format!("Pin {tag}") };
        WidgetInfo::selected(Role::Button, ui.is_enabled(), pinned, text)
    });
    response.on_hover_text(if pinned { "Unpin" } else { "Pin on top" }).clicked()
}

/// Draws a button that has a frame only while it is hovered or selected.
pub(crate) fn quiet_button(ui: &mut Ui, text: &str, help: &str, selected: bool) -> Response {
    ui.add(egui::Button::selectable(selected, text)).on_hover_text(help)
}

/// Returns source time as minutes and seconds, optionally with tenths.
pub(crate) fn clock(seconds: f64, tenths: bool) -> String {
    let sign = if seconds < 0.0 { "-" } else { "" };
    let total = (seconds.abs() * 10.0).round() as u64;
    let (minutes, rest, tenth) = (total / 600, total / 10 % 60, total % 10);
    if tenths { format!("{sign}{minutes}:{rest:02}.{tenth}") } else { format!("{sign}{minutes}:{rest:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_formats_minutes_and_seconds() {
        for (seconds, tenths, expected) in
            [(0.0, false, "0:00"), (61.26, true, "1:01.3"), (59.99, true, "1:00.0"), (-3.5, true, "-0:03.5")]
        {
            assert_eq!(clock(seconds, tenths), expected);
        }
    }
}
