//! A range of display time divided into columns of equal length.

use std::ops::Range;

use super::History;

/// Longest time before a row that belongs to the row, in seconds. A longer distance is a gap.
const MAX_STEP_S: f64 = 1.5;

/// Content of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// No data: no stream, or lost samples.
    Gap,
    /// Silence.
    Silence,
    /// Tags, with the indices of the rows for [`Columns::value`].
    Tags(Range<usize>),
}

/// Range of display time divided into columns.
///
/// Columns begin at multiples of their length, so that their content does not change while display time advances. The
/// first column begins up to one column before the range.
#[derive(Debug, Clone)]
pub struct Columns<'a> {
    history: &'a History,
    first: i64,
    column_s: f64,
    cells: Vec<Cell>,
}

impl History {
    /// Divides the range of `length_s` seconds that ends at display time `end_s` into columns.
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
            // A column without a row belongs to the next row, if that is near and in the same segment.
            let near = |row: usize| {
                let next_s = rows[row].display_s;
                next_s - until_s < MAX_STEP_S && row > 0 && next_s - rows[row - 1].display_s <= MAX_STEP_S
            };
            let rows_in_column = if from < row {
                from..row
            } else if row < rows.len() && near(row) {
                row..row + 1
            } else {
                return Cell::Gap;
            };
            if rows_in_column.clone().all(|row| rows[row].silent) { Cell::Silence } else { Cell::Tags(rows_in_column) }
        };
        let cells = (0..=columns).map(cell).collect();
        Self { history, first, column_s, cells }
    }

    /// Returns the content of the columns, oldest first: one more than requested.
    #[must_use]
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// Returns the display time at the begin of a column, in seconds.
    #[must_use]
    pub fn begins_s(&self, column: usize) -> f64 {
        (self.first + column as i64) as f64 * self.column_s
    }

    /// Returns the length of a column, in seconds.
    #[must_use]
    pub fn column_s(&self) -> f64 {
        self.column_s
    }

    /// Returns the mean of a tag in a column, 0 to 1; silence counts as 0. None if the column has no tags.
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
