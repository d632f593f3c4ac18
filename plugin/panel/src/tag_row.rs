//! Row of a tag: family, name, history and value.

use egui::accesskit::Role;
use egui::{Align2, Rangef, Rect, RichText, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::family::Family;
use crate::frame_context::FrameContext;
use crate::widgets::{bold, line, pin};
use crate::{glossary, theme};

/// Height of a row at a scale of 1, in points.
const HEIGHT: f32 = 38.0;
/// Minimum height of a row, in points.
const MIN_HEIGHT: f32 = 22.0;
/// Left edge of the name, and width of the value, at a scale of 1, in points.
const NAME: f32 = 24.0;
const VALUE: f32 = 50.0;
/// Share of the height for the history.
const AREA_SHARE: f32 = 0.7;

/// Horizontal positions and the height of all rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowLayout {
    pub(crate) height: f32,
    pub(crate) lane: Rangef,
    name: f32,
}

impl RowLayout {
    /// Returns the layout within a horizontal range at a scale.
    pub(crate) fn new(x: Rangef, scale: f32) -> Self {
        let name = x.min + (NAME * scale).max(20.0);
        let width = (x.span() * 0.27).clamp(78.0, 150.0 * scale.max(1.0));
        let lane = Rangef::new(name + width, x.max - (VALUE * scale).max(38.0));
        Self { height: (HEIGHT * scale).max(MIN_HEIGHT), lane, name }
    }
}

/// Content and place of a row.
#[derive(Debug)]
pub(crate) struct TagRow<'a> {
    /// Index of the group, and its labels by index.
    pub(crate) group: usize,
    pub(crate) tags: &'a [usize],
    /// Displayed label.
    pub(crate) name: &'a str,
    pub(crate) family: Family,
    pub(crate) value: f32,
    pub(crate) active: bool,
    pub(crate) is_pinned: bool,
    /// Threshold, 0 to 1, if it can be changed.
    pub(crate) threshold: Option<f32>,
    pub(crate) rect: Rect,
    /// Visibility, 0 to 1.
    pub(crate) opacity: f32,
}

impl TagRow<'_> {
    /// Returns the rectangle of the history within a horizontal range.
    pub(crate) fn area(&self, x: Rangef) -> Rect {
        Rect::from_x_y_ranges(x, self.rect.center().y - self.half()..=self.rect.center().y + self.half())
    }

    fn half(&self) -> f32 {
        self.rect.height() * AREA_SHARE / 2.0
    }

    /// Draws all but the history.
    pub(crate) fn show(&self, ui: &Ui, context: &mut FrameContext<'_>, layout: RowLayout) {
        let (palette, rect) = (context.palette, self.rect);
        let strength = self.opacity * if self.active || self.is_pinned { 1.0 } else { 0.62 };
        let ink = if self.active { palette.strong } else { palette.text }.gamma_multiply(strength);
        let size = context.type_size(theme::ROW);
        let mark = Rect::from_min_size(
            pos2(rect.left(), rect.center().y - self.half() * 0.8),
            vec2((4.0 * context.scale).max(3.0), self.half() * 1.6),
        );
        ui.painter().rect_filled(mark, 1.5, palette.family(self.family).gamma_multiply(strength));
        let (name_at, width) = (pos2(layout.name, rect.center().y), layout.lane.min - layout.name - 8.0);
        let number = format!("{:.0} %", self.value * 100.0);
        let number_at = pos2(rect.right(), rect.center().y);
        let number_width = rect.right() - layout.lane.max;
        line(ui, number_at, Align2::RIGHT_CENTER, number_width, &number, size, ink);
        if self.active {
            bold(ui, name_at, Align2::LEFT_CENTER, width, self.name, size, ink);
        } else {
            line(ui, name_at, Align2::LEFT_CENTER, width, self.name, size, ink);
        }
        let body = Rect::from_x_y_ranges(layout.name..=layout.lane.min, rect.y_range());
        let response = ui.interact(body, ui.scope_id().with(("tag", self.group)), Sense::hover());
        let on = if self.active { ", on" } else { "" };
        response.widget_info(|| WidgetInfo {
            value: Some(f64::from(self.value)),
            ..WidgetInfo::labeled(Role::Meter, true, format!("{}: {number}{on}", self.name))
        });
        let hovered = response.contains_pointer();
        response.on_hover_ui(|ui| self.tooltip(ui, context));
        let left = mark.right() + 1.0;
        let pin_rect = Rect::from_x_y_ranges(left..=layout.name - 1.0, rect.y_range().shrink(3.0));
        if pin(ui, pin_rect, (self.group, self.name), self.is_pinned, hovered) {
            context.layout.toggle_row_pin(context.groups.labels_of(self.group));
        }
    }

    fn tooltip(&self, ui: &mut Ui, context: &FrameContext<'_>) {
        let palette = context.palette;
        ui.label(RichText::new(self.name).size(theme::HEADING).color(palette.strong));
        let others: Vec<&str> = context.groups.others(self.group).collect();
        if !others.is_empty() {
            let text = format!("with {}", others.join(", "));
            ui.label(RichText::new(text).size(theme::CAPTION).color(palette.weak));
        }
        ui.label(glossary::explain(self.name));
        let on = self.threshold.map_or_else(String::new, |threshold| {
            let state = if self.active { "on" } else { "off" };
            format!(", {state}: turns on above {:.0} %, the dotted line", threshold * 100.0)
        });
        let text = format!("{}{on}", self.family.name());
        ui.label(RichText::new(text).size(theme::CAPTION).color(palette.weak));
    }
}
