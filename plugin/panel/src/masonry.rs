//! Masonry layout: cards in columns, each card below the shortest column.

use egui::{Frame, Rect, Sense, Ui, UiBuilder, pos2, vec2};

use crate::theme::Palette;

/// Minimum width of a card in points.
const MIN_CARD_WIDTH: f32 = 288.0;
/// Distance of two cards in points.
const GAP: f32 = 8.0;
/// Padding of a card in points.
const PADDING: f32 = 10.0;

/// Masonry layout with the lower end of each column.
#[derive(Debug)]
pub(crate) struct MasonryLayout {
    place: Rect,
    width: f32,
    bottoms: Vec<f32>,
    unit: f32,
}

impl MasonryLayout {
    /// Returns a layout without cards, with at most `max_columns` columns, for sizes that are multiplied by `unit`.
    pub(crate) fn new(ui: &Ui, max_columns: usize, unit: f32) -> Self {
        let place = ui.available_rect_before_wrap();
        let columns = (((place.width() + GAP) / (MIN_CARD_WIDTH * unit + GAP)) as usize).clamp(1, max_columns.max(1));
        let width = (place.width() - GAP * (columns - 1) as f32) / columns as f32;
        Self { place, width, bottoms: vec![place.top(); columns], unit }
    }

    /// Draws a card over the whole width or at the end of the shortest column.
    pub(crate) fn card(&mut self, ui: &mut Ui, salt: &str, whole: bool, add: impl FnOnce(&mut Ui)) {
        let lowest = self.bottoms.iter().copied().fold(self.place.top(), f32::max);
        let shortest = (0..self.bottoms.len()).min_by(|&a, &b| self.bottoms[a].total_cmp(&self.bottoms[b]));
        let column = shortest.filter(|_| !whole);
        let (left, top, width) = match column {
            Some(column) => (column as f32 * (self.width + GAP), self.bottoms[column], self.width),
            None => (0.0, lowest, self.place.width()),
        };
        let room = Rect::from_min_size(pos2(self.place.left() + left, top), vec2(width, f32::INFINITY));
        let mut child = ui.new_child(UiBuilder::new().id_salt(("card", salt)).max_rect(room));
        let frame =
            Frame::new().fill(Palette::of(ui.visuals()).raised).corner_radius(8.0).inner_margin(PADDING * self.unit);
        frame.show(&mut child, |ui| {
            ui.set_width(width - 2.0 * PADDING * self.unit);
            add(ui);
        });
        let bottom = child.min_rect().bottom() + GAP;
        match column {
            Some(column) => self.bottoms[column] = bottom,
            None => self.bottoms.fill(bottom),
        }
    }

    /// Allocates the space of all cards.
    pub(crate) fn end(self, ui: &mut Ui) {
        let bottom = self.bottoms.into_iter().fold(self.place.top(), f32::max);
        ui.allocate_exact_size(vec2(self.place.width(), bottom - self.place.top()), Sense::hover());
    }
}
