//! A stretch of the tape, cut into columns of equal length.

use std::ops::Range;

use super::History;

/// A row speaks for the time since the row before, but for no longer than this, in seconds: beyond is a gap.
const MAX_STEP_S: f64 = 1.5;

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing was heard: no stream, or samples lost.
    Gap,
    /// Silence.
    Silence,
    /// Tags: the rows that speak for this time, for [`Columns::value`].
    Tags(Range<usize>),
}

/// A stretch of the tape, cut into columns.
///
/// Columns begin at whole multiples of their length, so that what was drawn once moves but does not change while the
/// tape goes on; the first one begins up to a column before the stretch.
#[derive(Debug, Clone)]
pub struct Columns<'a> {
    history: &'a History,
    first: i64,
    column_s: f64,
    cells: Vec<Cell>,
}

impl History {
    /// The stretch of the tape that ends at `end_s` and is `length_s` long, cut into columns.
    #[must_use]
    pub fn columns(&self, end_s: f64, length_s: f64, columns: usize) -> Columns<'_> {
        Columns::new(self, end_s, length_s, columns)
    }
}

impl<'a> Columns<'a> {
    fn new(history: &'a History, end_s: f64, length_s: f64, columns: usize) -> Self {
        let column_s = length_s.max(1e-3) / columns.max(1) as f64;
        let first = ((end_s - length_s) / column_s).floor() as i64;
        let rows = &history.rows;
        let mut row = rows.partition_point(|row| row.display_s <= first as f64 * column_s);
        let cell = |column: usize| {
            let until_s = (first + column as i64 + 1) as f64 * column_s;
            let from = row;
            while rows.get(row).is_some_and(|row| row.display_s <= until_s) {
                row += 1;
            }
            // Without a row of its own a column belongs to the row that comes next, if that is near and of its segment.
            let near = |row: usize| {
                let next_s = rows[row].display_s;
                next_s - until_s < MAX_STEP_S && row > 0 && next_s - rows[row - 1].display_s <= MAX_STEP_S
            };
            let heard = if from < row {
                from..row
            } else if row < rows.len() && near(row) {
                row..row + 1
            } else {
                return Cell::Gap;
            };
            if heard.clone().all(|row| rows[row].silent) { Cell::Silence } else { Cell::Tags(heard) }
        };
        let cells = (0..=columns).map(cell).collect();
        Self { history, first, column_s, cells }
    }

    /// The columns, oldest first: one more than was asked for.
    #[must_use]
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// Where a column begins on the tape, in seconds.
    #[must_use]
    pub fn begins_s(&self, column: usize) -> f64 {
        (self.first + column as i64) as f64 * self.column_s
    }

    /// The length of a column, in seconds.
    #[must_use]
    pub fn column_s(&self) -> f64 {
        self.column_s
    }

    /// The mean of a tag in a column, 0 to 1; silence counts as 0. None where nothing, or only silence, was heard.
    #[must_use]
    pub fn value(&self, column: usize, tag: usize) -> Option<f32> {
        let Some(Cell::Tags(rows)) = self.cells.get(column) else { return None };
        if tag >= self.history.labels.len() {
            return None;
        }
        let sum: f32 = rows.clone().map(|row| self.history.row_value(row, tag)).sum();
        Some(sum / rows.len() as f32)
    }
}
