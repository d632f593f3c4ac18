//! The lane: tags over source time, the newest at the right edge, in the rows of the bars.

use egui::accesskit::Role;
use egui::{
    Align2, CursorIcon, EventFilter, Key, Mesh, Pos2, Rect, Response, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use crate::bars::{Plan, Shown};
use crate::frame_context::FrameContext;
use crate::history::{Cell, Columns};
use crate::theme;
use crate::widgets::{clock, focus_ring, line};

/// Height of the time axis in points.
pub(crate) const AXIS: f32 = 20.0;
/// Width of a column in points.
const COLUMN: f32 = 2.5;

/// The lane and where its reading cursor stands.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    /// Columns back from the newest, and the row; moved with the arrow keys.
    cursor: (usize, usize),
    /// Seconds that it is drawn back to look at what was, while it is frozen.
    back_s: f64,
}

/// A place on the panel that shows a stretch of the tape.
struct Window<'a> {
    place: Rect,
    /// Height of a row in points.
    row: f32,
    end_s: f64,
    length_s: f64,
    columns: Columns<'a>,
}

impl<'a> Window<'a> {
    fn new(context: &FrameContext<'a>, place: Rect, row: f32, back_s: f64) -> Self {
        let (end_s, length_s) = (context.tape_end_s - back_s, f64::from(context.layout.lane_s));
        let count = ((place.width() / COLUMN) as usize).max(1);
        Self { place, row, end_s, length_s, columns: context.history.columns(end_s, length_s, count) }
    }

    /// Where a place on the tape is drawn.
    fn x(&self, tape_s: f64) -> f32 {
        self.place.right() - ((self.end_s - tape_s) / self.length_s) as f32 * self.place.width()
    }

    /// The newest column that has begun: where the tape ends on an edge, the one behind it has not.
    fn newest(&self) -> usize {
        let begun = (self.end_s - self.columns.begins_s(0)) / self.columns.column_s();
        ((begun - 1e-6).max(0.0) as usize).min(self.columns.cells().len() - 1)
    }

    /// The column and the row under a place.
    fn at(&self, place: Pos2) -> (usize, usize) {
        let back_s = f64::from((self.place.right() - place.x) / self.place.width()) * self.length_s;
        let column = (self.end_s - back_s - self.columns.begins_s(0)) / self.columns.column_s();
        ((column as usize).min(self.newest()), ((place.y - self.place.top()) / self.row) as usize)
    }

    /// What was heard of a tag in a column, and when.
    fn reading(&self, context: &FrameContext<'_>, column: usize, row: &Shown<'_>) -> String {
        let tape_s = (self.columns.begins_s(column) + self.columns.column_s()).min(self.end_s);
        let time = context.history.source_s(tape_s).map(|source_s| format!(" at {}", clock(source_s, true)));
        let time = time.unwrap_or_default();
        match (&self.columns.cells()[column], self.columns.value(column, row.tag)) {
            (_, Some(value)) => format!("{} {value:.2}{time}", row.name),
            (Cell::Silence, _) => format!("silence{time}"),
            _ => format!("nothing heard{time}"),
        }
    }
}

impl Lane {
    /// Draws the lane of each row beside it, and the axis below the place.
    pub(crate) fn show(
        &mut self,
        ui: &Ui,
        context: &FrameContext<'_>,
        place: Rect,
        plan: Plan,
        rows: &[Shown<'_>],
        rects: &[Rect],
    ) {
        let id = ui.scope_id().with("lane");
        let response = ui.interact(place, id, Sense::click_and_drag());
        self.look_back(ui, context, &response);
        let window = Window::new(context, place, plan.row, self.back_s);
        let clip = ui.painter().with_clip_rect(place.intersect(ui.clip_rect()));
        for (row, rect) in rows.iter().zip(rects) {
            let strip = Rect::from_x_y_ranges(place.x_range(), rect.top() + 3.0..=rect.bottom() - 3.0);
            clip.rect_filled(strip, 2.0, context.palette.ramp(0.0));
            clip.add(self::strip(&window, context, row.tag, strip));
        }
        self::axis(ui, context, &window);
        self.read(ui, context, &window, rows, &response);
    }

    /// While frozen, the lane can be dragged back, or paged with the keyboard, as far as anything is kept.
    fn look_back(&mut self, ui: &Ui, context: &FrameContext<'_>, response: &Response) {
        if !context.controls.frozen() {
            self.back_s = 0.0;
            return;
        }
        let length_s = f64::from(context.layout.lane_s);
        if response.dragged() {
            self.back_s += f64::from(response.drag_delta().x / response.rect.width()) * length_s;
        }
        if response.has_focus() {
            let pages = |key| ui.input(|input| input.num_presses(key)) as f64;
            self.back_s += (pages(Key::PageUp) - pages(Key::PageDown)) * length_s / 2.0;
        }
        let most_s = context.tape_end_s - context.history.tape_begin_s() - length_s / 2.0;
        self.back_s = self.back_s.clamp(0.0, most_s.max(0.0));
        if response.hovered() {
            ui.ctx().set_cursor_icon(if response.dragged() { CursorIcon::Grabbing } else { CursorIcon::Grab });
        }
    }

    /// Reads value and time under the pointer, or under the cursor of the keyboard.
    fn read(
        &mut self,
        ui: &Ui,
        context: &FrameContext<'_>,
        window: &Window<'_>,
        rows: &[Shown<'_>],
        response: &Response,
    ) {
        focus_ring(ui, response, window.place.expand(2.0));
        if response.has_focus() {
            let arrows = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
            let (back, row) = &mut self.cursor;
            ui.input(|input| {
                *back += input.num_presses(Key::ArrowLeft);
                *back = back.saturating_sub(input.num_presses(Key::ArrowRight)).min(window.newest());
                *row += input.num_presses(Key::ArrowDown);
                *row = row.saturating_sub(input.num_presses(Key::ArrowUp)).min(rows.len().saturating_sub(1));
            });
        }
        let keyboard = response.has_focus().then(|| (window.newest().saturating_sub(self.cursor.0), self.cursor.1));
        let at = response.hover_pos().map(|pointer| window.at(pointer)).or(keyboard);
        let read = at.and_then(|(column, row)| Some((column, row, window.reading(context, column, rows.get(row)?))));
        let text = read.as_ref().map_or_else(String::new, |(.., text)| format!(": {text}"));
        response.widget_info(|| {
            let back = if self.back_s > 0.0 { format!(", {:.0} seconds back", self.back_s) } else { String::new() };
            let label = format!("Tags over the last {:.0} seconds{back}{text}", window.length_s);
            WidgetInfo::labeled(Role::Image, true, label)
        });
        let Some((column, row, text)) = read else { return };
        let ink = context.palette.strong;
        let middle = window.x(window.columns.begins_s(column) + window.columns.column_s() / 2.0);
        let at = pos2(
            middle.clamp(window.place.left(), window.place.right()),
            window.place.top() + (row as f32 + 0.5) * window.row,
        );
        ui.painter().vline(at.x, window.place.y_range(), Stroke::new(1.0, ink.gamma_multiply(0.6)));
        ui.painter().circle_stroke(at, 3.5, Stroke::new(1.5, ink));
        self::bubble(ui, context, window.place, at, &text);
    }
}

/// The reading in a small box beside its place, inside the lane.
fn bubble(ui: &Ui, context: &FrameContext<'_>, place: Rect, at: Pos2, text: &str) {
    let palette = context.palette;
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::font(theme::CAPTION), palette.strong);
    let size = galley.size() + vec2(12.0, 8.0);
    let left = if at.x - size.x - 10.0 > place.left() { at.x - size.x - 10.0 } else { at.x + 10.0 };
    let top = (at.y - size.y / 2.0).clamp(place.top(), (place.bottom() - size.y).max(place.top()));
    let rect = Rect::from_min_size(pos2(left, top), size);
    // Above everything else, and not cut off where the lane is narrow.
    let painter = ui.ctx().layer_painter(egui::LayerId::new(egui::Order::Tooltip, ui.scope_id().with("reading")));
    let stroke = Stroke::new(1.0, palette.line);
    painter.rect(rect, 4.0, palette.raised, stroke, egui::StrokeKind::Inside);
    painter.galley(rect.min + vec2(6.0, 4.0), galley, palette.strong);
}

/// One mesh a row: a rectangle a column, in the colour of its value.
fn strip(window: &Window<'_>, context: &FrameContext<'_>, tag: usize, rect: Rect) -> Shape {
    let mut mesh = Mesh::default();
    for (column, cell) in window.columns.cells().iter().enumerate() {
        let from = window.x(window.columns.begins_s(column)).max(rect.left());
        let until = window.x(window.columns.begins_s(column + 1)).min(rect.right());
        match (cell, window.columns.value(column, tag)) {
            (_, Some(value)) => {
                // The square root spreads the low values, where most tags live.
                let color = context.palette.ramp(value.sqrt());
                mesh.add_colored_rect(Rect::from_x_y_ranges(from..=until, rect.y_range()), color);
            }
            (Cell::Silence, _) => {
                let middle = rect.center().y - 0.5..=rect.center().y + 0.5;
                let color = context.palette.weak.gamma_multiply(0.6);
                mesh.add_colored_rect(Rect::from_x_y_ranges(from..=until, middle), color);
            }
            _ => {}
        }
    }
    Shape::mesh(mesh)
}

/// The time axis, in source time, and a line where the source jumped.
fn axis(ui: &Ui, context: &FrameContext<'_>, window: &Window<'_>) {
    let (palette, place) = (context.palette, window.place);
    let (begin_s, end_s) = (window.end_s - window.length_s, window.end_s);
    let wanted_s = window.length_s * 56.0 / f64::from(place.width().max(1.0));
    let steps = [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0];
    let step_s = steps.into_iter().find(|&step_s| step_s >= wanted_s).unwrap_or(600.0);
    let segments: Vec<_> = context.history.segments().collect();
    let y = place.bottom() + 4.0;
    let mut free_from = place.left();
    for (index, segment) in segments.iter().enumerate() {
        let until_s = segments.get(index + 1).map_or(end_s, |next| next.tape_s).min(end_s);
        let from_s = segment.tape_s.max(begin_s);
        if until_s <= from_s {
            continue;
        }
        if segment.tape_s > begin_s && index > 0 {
            ui.painter().vline(window.x(segment.tape_s), place.top()..=y + 3.0, Stroke::new(1.0, palette.attention));
        }
        let first = ((from_s - segment.offset_s) / step_s).ceil() as i64;
        let ticks = (first..).map(|tick| tick as f64 * step_s);
        for source_s in ticks.take_while(|source_s| source_s + segment.offset_s <= until_s).take(64) {
            let at = pos2(window.x(source_s + segment.offset_s), y);
            ui.painter().vline(at.x, at.y - 3.0..=at.y, Stroke::new(1.0, palette.weak));
            if at.x - 14.0 >= free_from && at.x + 14.0 <= place.right() + 6.0 {
                let (at, text) = (at + vec2(0.0, 2.0), clock(source_s, false));
                let label = line(ui, at, Align2::CENTER_TOP, 60.0, &text, theme::CAPTION, palette.weak);
                free_from = label.right() + 6.0;
            }
        }
    }
}
