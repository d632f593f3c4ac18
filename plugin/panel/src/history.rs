//! What was heard, for as long as the session lasts.
//!
//! Predictions of any number of models come in; they are kept on one tape, a clock that only goes forward. Source time
//! is the tape's time less an offset: when the source jumps (a loop, a seek) the tape goes on and a new [`Segment`]
//! begins. So the lane scrolls on whatever the transport does, and still says where in the source each thing was heard.

mod columns;
mod song;

use std::collections::VecDeque;
use std::sync::Arc;

pub use columns::{Cell, Columns};
pub use song::SongAverage;

/// A bounded log of what was heard. It belongs to the session, not to the panel, and so outlives every editor.
///
/// An hour of 50 tags ten times a second takes 4.5 MB; pushing costs no more after hours than at the start.
#[derive(Debug, Clone)]
pub struct History {
    limit: usize,
    labels: Arc<[Arc<str>]>,
    rows: VecDeque<Row>,
    /// As many for each row as there are labels, in steps of 1/65535.
    values: VecDeque<u16>,
    tempi: VecDeque<TempoPoint>,
    segments: VecDeque<Segment>,
    display_end_s: f64,
    song: SongAverage,
}

/// Tags or silence, at a place on the tape.
#[derive(Debug, Clone, Copy)]
struct Row {
    display_s: f64,
    silent: bool,
}

/// A tempo at a place on the tape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TempoPoint {
    /// Where its last sample lies on the tape, in seconds.
    pub display_s: f64,
    /// Beats per minute.
    pub bpm: f32,
    /// Its probability, 0 to 1.
    pub confidence: f32,
}

/// A stretch of the tape over which the source went on without a jump.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// How many times the stream had begun anew or jumped.
    pub generation: u64,
    /// Where it begins on the tape, in seconds.
    pub display_s: f64,
    /// Tape time less source time, in seconds.
    pub offset_s: f64,
}

impl Default for History {
    /// An hour of ten updates a second.
    fn default() -> Self {
        Self::new(36_000)
    }
}

impl History {
    /// Segments kept at most: a locator dragged for minutes must not fill memory.
    const MAX_SEGMENTS: usize = 256;
    /// What a jump takes on the tape, in seconds.
    const SEGMENT_GAP_S: f64 = 0.25;

    /// Keeps so many rows of tags and as many tempi; the oldest go first. Memory is taken as rows come.
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
            song: SongAverage::default(),
        }
    }

    /// The labels of the rows that follow. Other labels than before (another model) forget the rows and start the
    /// song's average anew; tempi stay.
    pub fn set_labels(&mut self, labels: &Arc<[Arc<str>]>) {
        if self.labels != *labels {
            self.labels = Arc::clone(labels);
            self.rows.clear();
            self.values.clear();
            self.song.forget_tags(labels.len());
        }
    }

    /// Takes a prediction of tags: a value for each label, 0 to 1 (missing and non-finite ones count as 0), up to
    /// `end_s` in source time, in the stream's `generation`. What is older than what is here already is left out.
    pub fn push_tags(&mut self, generation: u64, end_s: f64, values: &[f32]) {
        self.push_row(generation, end_s, Some(values));
    }

    /// Takes silence, as [`Self::push_tags`]. It does not count in the song's average.
    pub fn push_silence(&mut self, generation: u64, end_s: f64) {
        self.push_row(generation, end_s, None);
    }

    /// Takes a tempo in beats per minute with its probability, as [`Self::push_tags`].
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
        self.song.add_tempo(bpm, confidence);
        self.forget_segments();
    }

    /// A new song begins: its average starts anew, the tape stays.
    pub fn clear_average(&mut self) {
        self.song = SongAverage::new(self.labels.len(), self.display_end_s);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self { labels: Arc::clone(&self.labels), ..Self::new(self.limit) };
        self.song.forget_tags(self.labels.len());
    }

    /// The labels of the rows.
    #[must_use]
    pub fn labels(&self) -> &Arc<[Arc<str>]> {
        &self.labels
    }

    /// Rows of tags and silence that are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether nothing was heard.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.tempi.is_empty()
    }

    /// Where the oldest row that is kept lies on the tape, in seconds; the tape's end without any.
    #[must_use]
    pub fn display_begin_s(&self) -> f64 {
        self.rows.front().map_or(self.display_end_s, |row| row.display_s)
    }

    /// How far the tape has gone, in seconds.
    #[must_use]
    pub fn display_end_s(&self) -> f64 {
        self.display_end_s
    }

    /// The average of this song so far.
    #[must_use]
    pub fn song_average(&self) -> &SongAverage {
        &self.song
    }

    /// The stretches of the tape that are kept, oldest first.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = Segment> {
        self.segments.iter().copied()
    }

    /// Source time at a place on the tape, in seconds; none before the first segment.
    #[must_use]
    pub fn source_s(&self, display_s: f64) -> Option<f64> {
        let after = self.segments.partition_point(|segment| segment.display_s <= display_s);
        after.checked_sub(1).map(|index| display_s - self.segments[index].offset_s)
    }

    /// The tempi on a stretch of the tape, both ends included, in order.
    pub fn tempi(&self, from_s: f64, to_s: f64) -> impl Iterator<Item = TempoPoint> {
        let from = self.tempi.partition_point(|point| point.display_s < from_s);
        self.tempi.range(from..).copied().take_while(move |point| point.display_s <= to_s)
    }

    fn push_row(&mut self, generation: u64, end_s: f64, values: Option<&[f32]>) {
        let last_s = self.rows.back().map(|row| row.display_s);
        let Some(display_s) = self.advance_display_time(generation, end_s, last_s) else { return };
        self.rows.push_back(Row { display_s, silent: values.is_none() });
        let given = |tag: usize| values.and_then(|values| values.get(tag)).copied().unwrap_or(0.0);
        // A cast from what is no number gives 0.
        self.values.extend((0..self.labels.len()).map(|tag| (given(tag).clamp(0.0, 1.0) * 65_535.0).round() as u16));
        if self.rows.len() > self.limit {
            self.rows.pop_front();
            self.values.drain(..self.labels.len());
        }
        let step_s = last_s.map_or(0.0, |last_s| display_s - last_s);
        self.song.add_tags(values, step_s);
        self.forget_segments();
    }

    /// The place on the tape, and a new segment if the source jumped. None for what is not in order.
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

    fn forget_segments(&mut self) {
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
