//! Values over time, frequency and channel.

/// Values over time (rows), frequency (columns) and channel, channels last, with columns of zeros at both ends of a row.
///
/// The rows form a ring, so that a shift in time moves no values. A plane may hold fewer rows than it has; then a row is
/// overwritten by a later one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plane {
    rows: usize,
    channels: usize,
    /// Number of zero columns before the first column.
    before: usize,
    /// Number of values in a row.
    pitch: usize,
    /// Number of rows in the ring.
    held: u32,
    /// Position of row 0 in the ring.
    origin: u32,
    data: Vec<f32>,
}

impl Plane {
    /// Returns a plane of zeros that holds at most `held` consecutive rows. Allocates.
    pub(crate) fn new(
        (rows, held): (usize, usize),
        cols: usize,
        channels: usize,
        (before, after): (usize, usize),
    ) -> Self {
        let pitch = (before + cols + after) * channels;
        let held = held.min(rows);
        Self { rows, channels, before, pitch, held: held as u32, origin: 0, data: vec![0.0; held * pitch] }
    }

    /// Returns the number of rows.
    #[inline(always)]
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the number of channels.
    #[inline(always)]
    pub(crate) fn channels(&self) -> usize {
        self.channels
    }

    /// Drops the first `rows` rows and moves the others to the front. The values of the last `rows` rows are undefined.
    pub(crate) fn shift(&mut self, rows: usize) {
        self.origin = (self.origin + rows as u32) % self.held.max(1);
    }

    /// Returns a row with its zero columns.
    #[inline(always)]
    pub(crate) fn row(&self, row: usize) -> &[f32] {
        &self.data[self.start(row)..][..self.pitch]
    }

    /// Returns a row without the zero columns before the first column, for writing.
    #[inline(always)]
    pub(crate) fn row_mut(&mut self, row: usize) -> &mut [f32] {
        let start = self.start(row);
        &mut self.data[start..][..self.pitch][self.before * self.channels..]
    }

    /// Returns the position of the first value of a row.
    #[inline(always)]
    fn start(&self, row: usize) -> usize {
        debug_assert!(row < self.rows, "row {row} of {}", self.rows);
        ((self.origin + row as u32) % self.held) as usize * self.pitch
    }
}
