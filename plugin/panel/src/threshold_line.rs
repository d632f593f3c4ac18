//! Dotted line of a threshold in the history of a tag, which can be dragged.

use egui::accesskit::Role;
use egui::{CursorIcon, EventFilter, Key, Rangef, Rect, Sense, Shape, Stroke, Ui, WidgetInfo, pos2};

use crate::frame_context::FrameContext;
use crate::tag_row::TagRow;
use crate::widgets::focus_ring;

/// Height of the area that can be grabbed, in points.
const GRAB: f32 = 10.0;
/// Step of the arrow keys.
const STEP: f32 = 0.01;

/// Draws the line of a row, and sets the threshold of all its tags while the line is dragged.
pub(crate) fn show(ui: &Ui, context: &mut FrameContext<'_>, row: &TagRow<'_>, x: Rangef) {
    let Some(now) = row.threshold else { return };
    let palette = context.palette;
    let area = row.area(x);
    let y = |threshold: f32| area.bottom() - threshold.clamp(0.0, 1.0) * area.height();
    let grab = Rect::from_x_y_ranges(x, y(now) - GRAB / 2.0..=y(now) + GRAB / 2.0);
    let response = ui.interact(grab, ui.scope_id().with(("threshold", row.group)), Sense::drag());
    let response = response.on_hover_and_drag_cursor(CursorIcon::ResizeVertical);
    let held = response.dragged() || response.hovered() || response.has_focus();
    let strength = match (held, row.active) {
        (true, _) => 1.0,
        (false, true) => 0.6,
        (false, false) => 0.35,
    };
    let ink = palette.strong.gamma_multiply(row.opacity * strength);
    let stroke = Stroke::new(if held { 1.6 } else { 1.0 }, ink);
    ui.painter().extend(Shape::dashed_line(&[pos2(x.min, y(now)), pos2(x.max, y(now))], stroke, 2.0, 3.0));
    let mut wanted = now;
    if response.dragged() {
        wanted -= response.drag_delta().y / area.height();
    }
    if response.has_focus() {
        let arrows = EventFilter { vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
        let presses = |key| ui.input(|input| input.num_presses(key)) as f32;
        wanted += (presses(Key::ArrowUp) - presses(Key::ArrowDown)) * STEP;
    }
    let wanted = wanted.clamp(0.0, 1.0);
    if (wanted - now).abs() > f32::EPSILON {
        for label in context.groups.labels_of(row.group) {
            context.set_threshold(label, wanted);
        }
    }
    focus_ring(ui, &response, grab);
    let text = format!("{} turns on above {:.0} %", row.name, wanted * 100.0);
    response.widget_info(|| WidgetInfo {
        value: Some(f64::from(wanted)),
        ..WidgetInfo::labeled(Role::Slider, true, format!("Threshold of {}", row.name))
    });
    response.on_hover_text(format!("{text} and off a third below. Drag the line to change this."));
}
