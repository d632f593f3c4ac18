//! Order of the places of a convolution, column by column.

/// Cursor over the places of several columns, which stays at the last one.
pub(super) struct PlaceCursor {
    /// Number of places after the present one.
    left: usize,
    /// Number of places in a column.
    places: usize,
    /// Number of values of the input from one column to the next, and from one place to the next.
    strides: [usize; 2],
    /// Index of the column, its first value, the place in it, and the first value of the place.
    column: usize,
    column_offset: usize,
    place: usize,
    offset: usize,
}

impl PlaceCursor {
    /// Creates a cursor at the first of `count` places, of which a column has `places`.
    #[inline(always)]
    pub(super) fn new(count: usize, places: usize, column: usize, place: usize) -> Self {
        let left = count.saturating_sub(1);
        Self { left, places, strides: [column, place], column: 0, column_offset: 0, place: 0, offset: 0 }
    }

    /// Returns the index of the column of the present place.
    #[inline(always)]
    pub(super) fn column(&self) -> usize {
        self.column
    }

    /// Returns the first value of the present place, and moves on.
    #[inline(always)]
    pub(super) fn next_offset(&mut self) -> usize {
        let offset = self.offset;
        if self.left > 0 {
            self.left -= 1;
            self.place += 1;
            self.offset += self.strides[1];
            if self.place == self.places {
                self.place = 0;
                self.column += 1;
                self.column_offset += self.strides[0];
                self.offset = self.column_offset;
            }
        }
        offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursor_visits_places_by_column_and_repeats_the_last() {
        let mut cursor = PlaceCursor::new(5, 2, 100, 7);
        let found: Vec<_> = (0..7).map(|_| (cursor.column(), cursor.next_offset())).collect();
        assert_eq!(found, [(0, 0), (0, 7), (1, 100), (1, 107), (2, 200), (2, 200), (2, 200)]);
    }
}
