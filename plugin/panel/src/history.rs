//! Predictions of the whole session, for display.
//!
//! Predictions of all models are stored on one axis, display time, which only increases. Source time is display time
//! minus an offset: if the source jumps (loop or seek), display time goes on and a new [`Segment`] begins. The lane
//! therefore scrolls steadily, and each value still has its source time.

mod columns;
mod song;
mod song_parts;

use std::collections::VecDeque;
use std::sync::Arc;

use song_parts::SongParts;

pub use columns::{Cell, Columns};
pub use song::SongAverage;
pub use song_parts::SongPart;

/// Bounded log of tags and tempi. It belongs to the session and outlives the panel.
///
/// One hour of 50 tags at 10 Hz takes 4.5 MB. The cost of a push does not depend on the length of the log.
#[derive(Debug, Clone)]
pub struct History {
    limit: usize,
    labels: Arc<[Arc<str>]>,
    rows: VecDeque<Row>,
    /// One value per label for each row, in units of 1/65535.
    values: VecDeque<u16>,
    tempi: VecDeque<TempoPoint>,
    segments: VecDeque<Segment>,
    display_end_s: f64,
    average: SongAverage,
    parts: SongParts,
}

/// Tags or silence at a display time.
#[derive(Debug, Clone, Copy)]
struct Row {
    display_s: f64,
    silent: bool,
}

/// Tempo at a display time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TempoPoint {
    /// Display time of the last analyzed sample, in seconds.
    pub display_s: f64,
    /// Tempo in beats per minute.
    pub bpm: f32,
    /// Probability, 0 to 1.
    pub confidence: f32,
}

/// Range of display time in which the source did not jump.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// Number of restarts and jumps of the stream before this segment.
    pub generation: u64,
    /// Display time at the begin, in seconds.
    pub display_s: f64,
    /// Display time minus source time, in seconds.
    pub offset_s: f64,
}

impl Default for History {
    /// Returns a log for one hour at 10 Hz.
    fn default() -> Self {
        Self::new(36_000)
    }
}

impl History {
    /// Maximum number of segments, because dragging a locator may cause thousands of jumps.
    const MAX_SEGMENTS: usize = 256;
    /// Width of a jump on the display axis, in seconds.
    const SEGMENT_GAP_S: f64 = 0.25;

    /// Returns a log of at most `limit` rows of tags and `limit` tempi; the oldest are dropped. Memory grows with the
    /// number of rows.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            limit: limit.max(1),
            labels: Arc::default(),
            rows: VecDeque::new(),
            values: VecDeque::new(),
            tempi: VecDeque::new(),
            segments: VecDeque::new(),
            display_end_s: 0.0,
            average: SongAverage::default(),
            parts: SongParts::default(),
        }
    }

    /// Sets the labels of the rows to come. Other labels than before (another model) remove all rows and restart the
    /// average; tempi stay.
    pub fn set_labels(&mut self, labels: &Arc<[Arc<str>]>) {
        if self.labels != *labels {
            self.labels = Arc::clone(labels);
            self.rows.clear();
            self.values.clear();
            self.average.reset_tags(labels.len());
            self.parts.clear();
        }
    }

    /// Adds a prediction of tags that ends at source time `end_s` in seconds: one value per label, 0 to 1. Missing and
    /// non-finite values count as 0. Predictions out of order are dropped.
    pub fn push_tags(&mut self, generation: u64, end_s: f64, values: &[f32]) {
        self.push_row(generation, end_s, Some(values));
    }

    /// Adds a silent prediction, as [`Self::push_tags`]. It does not count in the average.
    pub fn push_silence(&mut self, generation: u64, end_s: f64) {
        self.push_row(generation, end_s, None);
    }

    /// Adds a tempo in beats per minute and its probability, as [`Self::push_tags`].
    pub fn push_tempo(&mut self, generation: u64, end_s: f64, bpm: f32, confidence: f32) {
        if !(bpm.is_finite() && confidence.is_finite()) {
            return;
        }
        let last_s = self.tempi.back().map(|point| point.display_s);
        let Some(display_s) = self.advance_display_time(generation, end_s, last_s) else { return };
        self.tempi.push_back(TempoPoint { display_s, bpm, confidence });
        if self.tempi.len() > self.limit {
            self.tempi.pop_front();
        }
        self.average.add_tempo(bpm, confidence);
        self.drop_old_segments();
    }

    /// Restarts the average for a new song. The log stays.
    pub fn clear_average(&mut self) {
        self.average = SongAverage::new(self.labels.len(), self.display_end_s);
        self.parts.clear();
    }

    /// Removes everything but the labels.
    pub fn clear(&mut self) {
        *self = Self { labels: Arc::clone(&self.labels), ..Self::new(self.limit) };
        self.average.reset_tags(self.labels.len());
    }

    /// Returns the labels of the rows.
    #[must_use]
    pub fn labels(&self) -> &Arc<[Arc<str>]> {
        &self.labels
    }

    /// Returns the number of stored rows, tags and silence.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether the log is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.tempi.is_empty()
    }

    /// Returns the display time of the oldest stored row in seconds; without rows, the end of display time.
    #[must_use]
    pub fn display_begin_s(&self) -> f64 {
        self.rows.front().map_or(self.display_end_s, |row| row.display_s)
    }

    /// Returns the end of display time in seconds.
    #[must_use]
    pub fn display_end_s(&self) -> f64 {
        self.display_end_s
    }

    /// Returns the average of the current song.
    #[must_use]
    pub fn song_average(&self) -> &SongAverage {
        &self.average
    }

    /// Returns the parts of the current song, oldest first.
    #[must_use]
    pub fn song_parts(&self) -> &[SongPart] {
        self.parts.all()
    }

    /// Returns the stored segments, oldest first.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = Segment> {
        self.segments.iter().copied()
    }

    /// Returns the source time at a display time, in seconds; none before the first segment.
    #[must_use]
    pub fn source_s(&self, display_s: f64) -> Option<f64> {
        let after = self.segments.partition_point(|segment| segment.display_s <= display_s);
        after.checked_sub(1).map(|index| display_s - self.segments[index].offset_s)
    }

    /// Returns the tempi in a range of display time, both ends included, in order.
    pub fn tempi(&self, from_s: f64, to_s: f64) -> impl Iterator<Item = TempoPoint> {
        let from = self.tempi.partition_point(|point| point.display_s < from_s);
        self.tempi.range(from..).copied().take_while(move |point| point.display_s <= to_s)
    }

    fn push_row(&mut self, generation: u64, end_s: f64, values: Option<&[f32]>) {
        let last_s = self.rows.back().map(|row| row.display_s);
        let Some(display_s) = self.advance_display_time(generation, end_s, last_s) else { return };
        self.rows.push_back(Row { display_s, silent: values.is_none() });
        let given = |tag: usize| values.and_then(|values| values.get(tag)).copied().unwrap_or(0.0);
        // A cast of NaN gives 0.
        self.values.extend((0..self.labels.len()).map(|tag| (given(tag).clamp(0.0, 1.0) * 65_535.0).round() as u16));
        if self.rows.len() > self.limit {
            self.rows.pop_front();
            self.values.drain(..self.labels.len());
        }
        let step_s = last_s.map_or(0.0, |last_s| display_s - last_s);
        self.average.add_tags(values, step_s);
        self.parts.add(display_s, values, self.labels.len());
        self.drop_old_segments();
    }

    /// Returns the display time of a prediction, and adds a segment if the source jumped. None if it is out of order.
    fn advance_display_time(&mut self, generation: u64, end_s: f64, last_s: Option<f64>) -> Option<f64> {
        if !end_s.is_finite() {
            return None;
        }
        let known = self.segments.iter().rev().find(|segment| segment.generation == generation).copied();
        let is_newest = self.segments.back().is_none_or(|newest| generation >= newest.generation);
        let display_s = known.map(|segment| end_s + segment.offset_s);
        let display_s = match display_s {
            Some(display_s) if last_s.is_none_or(|last_s| display_s >= last_s) => display_s,
            _ if !is_newest => return None,
            _ => {
                let display_s = if self.segments.is_empty() { end_s } else { self.display_end_s + Self::SEGMENT_GAP_S };
                self.segments.push_back(Segment { generation, display_s, offset_s: display_s - end_s });
                display_s
            }
        };
        self.display_end_s =
            if self.rows.is_empty() && self.tempi.is_empty() { display_s } else { self.display_end_s.max(display_s) };
        Some(display_s)
    }

    fn drop_old_segments(&mut self) {
        let oldest = [self.rows.front().map(|row| row.display_s), self.tempi.front().map(|point| point.display_s)];
        let oldest_s = oldest.into_iter().flatten().fold(f64::INFINITY, f64::min);
        while self.segments.len() > Self::MAX_SEGMENTS || self.segments.get(1).is_some_and(|s| s.display_s <= oldest_s)
        {
            self.segments.pop_front();
        }
    }

    fn row_value(&self, row: usize, tag: usize) -> f32 {
        f32::from(self.values[row * self.labels.len() + tag]) / 65_535.0
    }
}

#[cfg(test)]
mod tests;
