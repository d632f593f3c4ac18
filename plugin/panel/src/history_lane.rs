//! Tags over source time in their rows, newest at the right edge.

use egui::accesskit::Role;
use egui::{
    CursorIcon, EventFilter, Key, Mesh, Pos2, Rect, Response, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use crate::frame_context::FrameContext;
use crate::history::{Cell, Columns};
use crate::tag_row::TagRow;
use crate::theme;
use crate::widgets::{clock, focus_ring};

/// Width of a column in points.
const COLUMN: f32 = 2.5;

/// Lane with an area per row, and its cursor.
#[derive(Debug, Default)]
pub(crate) struct HistoryLane {
    /// Columns back from the newest one, and row; moved with the arrow keys.
    cursor: (usize, usize),
    /// Seconds by which the frozen lane is scrolled back.
    back_s: f64,
}

/// Area on the panel that shows a range of display time.
struct LaneView<'a> {
    place: Rect,
    /// Height of a row in points.
    row: f32,
    end_s: f64,
    length_s: f64,
    columns: Columns<'a>,
}

impl<'a> LaneView<'a> {
    fn new(context: &FrameContext<'a>, place: Rect, row: f32, back_s: f64) -> Self {
        let (end_s, length_s) = (context.display_end_s - back_s, f64::from(context.layout.lane_s));
        let count = ((place.width() / COLUMN) as usize).max(1);
        Self { place, row, end_s, length_s, columns: context.history.columns(end_s, length_s, count) }
    }

    /// Returns the x coordinate of a display time.
    fn x(&self, display_s: f64) -> f32 {
        self.place.right() - ((self.end_s - display_s) / self.length_s) as f32 * self.place.width()
    }

    /// Returns the index of the newest column that has begun. If display time ends at the edge of a column, the next
    /// column has not begun.
    fn newest(&self) -> usize {
        let begun = (self.end_s - self.columns.begins_s(0)) / self.columns.column_s();
        ((begun - 1e-6).max(0.0) as usize).min(self.columns.cells().len() - 1)
    }

    /// Returns the column and the row at a position.
    fn at(&self, place: Pos2) -> (usize, usize) {
        let back_s = f64::from((self.place.right() - place.x) / self.place.width()) * self.length_s;
        let column = (self.end_s - back_s - self.columns.begins_s(0)) / self.columns.column_s();
        ((column as usize).min(self.newest()), ((place.y - self.place.top()) / self.row) as usize)
    }

    /// Returns the value of a tag in a column, and the source time, as text.
    fn reading(&self, context: &FrameContext<'_>, column: usize, row: &TagRow<'_>) -> String {
        let display_s = (self.columns.begins_s(column) + self.columns.column_s()).min(self.end_s);
        let time = context.history.source_s(display_s).map(|source_s| format!(" at {}", clock(source_s, true)));
        let time = time.unwrap_or_default();
        match (&self.columns.cells()[column], self.value(column, row)) {
            (_, Some(value)) => format!("{} {:.0} %{time}", row.name, value * 100.0),
            (Cell::Silence, _) => format!("silence{time}"),
            _ => format!("no data{time}"),
        }
    }

    /// Returns the largest value of the tags of a row in a column.
    fn value(&self, column: usize, row: &TagRow<'_>) -> Option<f32> {
        row.tags.iter().filter_map(|&tag| self.columns.value(column, tag)).reduce(f32::max)
    }
}

impl HistoryLane {
    /// Draws the history of each row within the horizontal range of the lane.
    pub(crate) fn show(&mut self, ui: &Ui, context: &FrameContext<'_>, place: Rect, rows: &[TagRow<'_>]) {
        let id = ui.scope_id().with("lane");
        let response = ui.interact(place, id, Sense::click_and_drag());
        self.scroll_back(ui, context, &response);
        let height = rows.first().map_or(place.height(), |row| row.rect.height());
        let view = LaneView::new(context, place, height, self.back_s);
        let clip = ui.painter().with_clip_rect(place.intersect(ui.clip_rect()));
        for row in rows {
            let opacity = row.opacity * if row.active || row.is_pinned { 1.0 } else { 0.4 };
            let area = row.area(place.x_range());
            clip.rect_filled(area, 3.0, context.palette.track().gamma_multiply(opacity));
            clip.add(self::area(&view, context, row, area, opacity));
        }
        self::jumps(ui, context, &view);
        self.read(ui, context, &view, rows, &response);
    }

    /// Scrolls the frozen lane by dragging or with the page keys, at most to the oldest stored row.
    fn scroll_back(&mut self, ui: &Ui, context: &FrameContext<'_>, response: &Response) {
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
        let most_s = context.display_end_s - context.history.display_begin_s() - length_s / 2.0;
        self.back_s = self.back_s.clamp(0.0, most_s.max(0.0));
        if response.hovered() {
            ui.ctx().set_cursor_icon(if response.dragged() { CursorIcon::Grabbing } else { CursorIcon::Grab });
        }
    }

    /// Shows value and time at the pointer, or at the cursor of the keyboard.
    fn read(
        &mut self,
        ui: &Ui,
        context: &FrameContext<'_>,
        view: &LaneView<'_>,
        rows: &[TagRow<'_>],
        response: &Response,
    ) {
        focus_ring(ui, response, view.place.expand(2.0));
        if response.has_focus() {
            let arrows = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
            let (back, row) = &mut self.cursor;
            ui.input(|input| {
                *back += input.num_presses(Key::ArrowLeft);
                *back = back.saturating_sub(input.num_presses(Key::ArrowRight)).min(view.newest());
                *row += input.num_presses(Key::ArrowDown);
                *row = row.saturating_sub(input.num_presses(Key::ArrowUp)).min(rows.len().saturating_sub(1));
            });
        }
        let keyboard = response.has_focus().then(|| (view.newest().saturating_sub(self.cursor.0), self.cursor.1));
        let at = response.hover_pos().map(|pointer| view.at(pointer)).or(keyboard);
        let read = at.and_then(|(column, row)| Some((column, row, view.reading(context, column, rows.get(row)?))));
        let text = read.as_ref().map_or_else(String::new, |(.., text)| format!(": {text}"));
        response.widget_info(|| {
            let back = if self.back_s > 0.0 { format!(", {:.0} seconds back", self.back_s) } else { String::new() };
            let label = format!("Tags over the last {:.0} seconds{back}{text}", view.length_s);
            WidgetInfo::labeled(Role::Image, true, label)
        });
        let Some((column, row, text)) = read else { return };
        let ink = context.palette.strong;
        let middle = view.x(view.columns.begins_s(column) + view.columns.column_s() / 2.0);
        let at =
            pos2(middle.clamp(view.place.left(), view.place.right()), view.place.top() + (row as f32 + 0.5) * view.row);
        ui.painter().vline(at.x, view.place.y_range(), Stroke::new(1.0, ink.gamma_multiply(0.6)));
        ui.painter().circle_stroke(at, 3.5, Stroke::new(1.5, ink));
        self::value_label(ui, context, view.place, at, &text);
    }
}

/// Draws the text in a box next to its position.
fn value_label(ui: &Ui, context: &FrameContext<'_>, place: Rect, at: Pos2, text: &str) {
    let palette = context.palette;
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::font(theme::CAPTION), palette.strong);
    let size = galley.size() + vec2(12.0, 8.0);
    let left = if at.x - size.x - 10.0 > place.left() { at.x - size.x - 10.0 } else { at.x + 10.0 };
    let left = left.min(ui.ctx().content_rect().right() - size.x - 2.0).max(2.0);
    let top = (at.y - size.y / 2.0).clamp(place.top(), (place.bottom() - size.y).max(place.top()));
    let rect = Rect::from_min_size(pos2(left, top), size);
    // Drawn above all other layers, so that a narrow lane does not clip the box.
    let painter = ui.ctx().layer_painter(egui::LayerId::new(egui::Order::Tooltip, ui.scope_id().with("reading")));
    let stroke = Stroke::new(1.0, palette.line);
    painter.rect(rect, 4.0, palette.raised, stroke, egui::StrokeKind::Inside);
    painter.galley(rect.min + vec2(6.0, 4.0), galley, palette.strong);
}

/// Returns the history of a row as an area in the colour of its family.
fn area(view: &LaneView<'_>, context: &FrameContext<'_>, row: &TagRow<'_>, rect: Rect, opacity: f32) -> Shape {
    let mut mesh = Mesh::default();
    let ink = context.palette.family(row.family);
    for (column, cell) in view.columns.cells().iter().enumerate() {
        let from = view.x(view.columns.begins_s(column)).max(rect.left());
        let until = view.x(view.columns.begins_s(column + 1)).min(rect.right());
        match (cell, view.value(column, row)) {
            (_, Some(value)) => {
                let top = rect.bottom() - value * rect.height();
                let color = ink.gamma_multiply(opacity * (0.55 + 0.45 * value));
                mesh.add_colored_rect(Rect::from_x_y_ranges(from..=until, top..=rect.bottom()), color);
            }
            (Cell::Silence, _) => {
                let color = context.palette.weak.gamma_multiply(0.6 * opacity);
                mesh.add_colored_rect(Rect::from_x_y_ranges(from..=until, rect.bottom() - 1.0..=rect.bottom()), color);
            }
            _ => {}
        }
    }
    Shape::mesh(mesh)
}

/// Draws a vertical line at each jump of the source.
fn jumps(ui: &Ui, context: &FrameContext<'_>, view: &LaneView<'_>) {
    let begin_s = view.end_s - view.length_s;
    // The first segment begins with the session, not with a jump.
    for segment in context.history.segments().skip(1).filter(|segment| segment.display_s > begin_s) {
        let x = view.x(segment.display_s);
        let stroke = Stroke::new(1.0, context.palette.weak.gamma_multiply(0.7));
        ui.painter().extend(Shape::dashed_line(
            &[pos2(x, view.place.top()), pos2(x, view.place.bottom())],
            stroke,
            2.0,
            3.0,
        ));
    }
}
