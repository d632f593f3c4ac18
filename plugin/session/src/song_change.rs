//! Detection of another piece in a stream, from the embeddings of the tag model and the pauses of the music.
//!
//! After a pause, the music of the next 9 s is compared with up to 60 s before it. Without a pause, the last 10 s are compared
//! with up to 60 s before them; the distance then has to be much larger.

use std::collections::VecDeque;

use earmark_models::{Prediction, PredictionValue};

/// Number of entries of [`Instance::songs`](crate::Instance::songs). The oldest are dropped first.
pub const SONG_ENTRIES: usize = 64;

/// Length in seconds of the music that is compared without a pause.
const RECENT_S: f64 = 10.0;
/// Longest music before it in seconds.
const MAX_PAST_S: usize = 60;
/// Shortest music before it in seconds.
const MIN_PAST: usize = 24;
/// Distance above which another piece begins without a pause, if it lasts for [`HOLD_S`] seconds.
const ON_DISTANCE: f32 = 0.9;
/// Distance below which the piece goes on.
const OFF_DISTANCE: f32 = 0.7;
/// Time in seconds for which the distance has to be large.
const HOLD_S: usize = 2;

/// Time in seconds from a pause to the comparison.
const AFTER_PAUSE_S: f64 = 9.0;
/// Part of a pause in seconds that a prediction may contain.
const IN_PAUSE_S: f64 = 0.8;
/// Distance above which another piece begins after a pause.
const PAUSE_DISTANCE: f32 = 0.3;
/// Length of a short pause in seconds, and the distance after it. Breaks of rock and metal are as short.
const SHORT_PAUSE: (f64, f32) = (0.7, 0.33);
/// Length of a long pause in seconds, and the distance after it. Music rarely pauses for so long.
const LONG_PAUSE: (f64, f32) = (2.5, 0.12);
/// Level in dBFS of a silent pause that is not short, and the distance after it. Reverberation and noise fill the pauses of music.
const SILENT_PAUSE: (f64, f32) = (-76.0, 0.05);
/// Largest number of pauses that wait for their comparison.
const MAX_PAUSES: usize = 16;

/// Pause of the music that has ended: source times in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pause {
    /// Begin.
    pub start_s: f64,
    /// End: the begin of the sound after it.
    pub end_s: f64,
    /// Level of its quietest 0.4 s in dBFS, at least -120.
    pub level_db: f64,
}

/// Begin of another piece.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SongChange {
    /// Source time of the begin in seconds: the end of the pause before it, or to a few seconds.
    pub time_s: f64,
    /// Source time at which it was detected, in seconds.
    pub detected_s: f64,
    /// Generation, as that of predictions.
    pub generation: u64,
    /// Distance of the music after the begin from that before it: 1 less the cosine, 0 to 2.
    pub distance: f32,
}

/// Detector of changes of the piece.
#[derive(Debug, Default)]
pub(crate) struct SongChangeDetector {
    /// Mean embeddings of seconds, the newest last.
    seconds: VecDeque<Second>,
    /// Sum of the embeddings of the present second.
    open: VectorSum,
    /// Present second of source time.
    second: Option<i64>,
    generation: u64,
    /// Number of seconds for which the distance has been large.
    held_s: usize,
    pauses: Vec<PendingPause>,
}

/// Mean embedding of the predictions that end in one second.
#[derive(Debug)]
struct Second {
    /// Source time of the end of the last prediction, in seconds.
    end_s: f64,
    mean: Vec<f32>,
}

/// Pause with the music after it.
#[derive(Debug)]
struct PendingPause {
    pause: Pause,
    after: VectorSum,
}

/// Sum of vectors and their number.
#[derive(Debug, Default, Clone)]
struct VectorSum {
    sum: Vec<f32>,
    count: u32,
}

impl VectorSum {
    fn add(&mut self, vector: &[f32]) {
        self.sum.resize(vector.len(), 0.0);
        self.sum.iter_mut().zip(vector).for_each(|(sum, value)| *sum += value);
        self.count += 1;
    }

    fn mean(self) -> Vec<f32> {
        self.sum.into_iter().map(|sum| sum / self.count.max(1) as f32).collect()
    }
}

impl SongChangeDetector {
    /// Adds a pause of the music, which has ended. Allocates.
    pub(crate) fn pause(&mut self, pause: Pause) {
        if self.pauses.len() < MAX_PAUSES {
            self.pauses.push(PendingPause { pause, after: VectorSum::default() });
        }
    }

    /// Adds a prediction of the tag model with its embedding (or, without one, its tags). Returns a change that it completes.
    /// Silence is left out. Allocates.
    pub(crate) fn push(&mut self, prediction: &Prediction) -> Option<SongChange> {
        let PredictionValue::Tags { values, embedding } = &prediction.outcome else { return None };
        let vector: &[f32] = embedding.as_deref().unwrap_or(values);
        let is_other = self.seconds.back().is_some_and(|second| second.mean.len() != vector.len());
        if self.generation != prediction.generation || is_other {
            *self = Self { generation: prediction.generation, ..Self::default() };
        }
        let (start_s, end_s) = (prediction.start_s, prediction.end_s);
        let is_next = self.second.replace(end_s.floor() as i64).is_some_and(|before| before != end_s.floor() as i64);
        let mut change = if is_next { self.end_second(end_s) } else { None };
        self.open.add(vector);
        for pending in &mut self.pauses {
            if start_s >= pending.pause.end_s - IN_PAUSE_S {
                pending.after.add(vector);
            }
        }
        if let Some(place) = self.pauses.iter().position(|pending| end_s >= pending.pause.end_s + AFTER_PAUSE_S) {
            let pending = self.pauses.remove(place);
            change = change.or_else(|| self.after_pause(pending, end_s));
        }
        if let Some(change) = &change {
            self.begin_at(change.time_s);
        }
        change
    }

    /// Compares the music after a pause with that before it.
    fn after_pause(&self, pending: PendingPause, end_s: f64) -> Option<SongChange> {
        let PendingPause { pause, after } = pending;
        let before = self.mean(|second| second.end_s <= pause.start_s + IN_PAUSE_S)?;
        let distance = distance(&after.mean(), &before);
        let length_s = pause.end_s - pause.start_s;
        let least = match length_s {
            _ if length_s < SHORT_PAUSE.0 => SHORT_PAUSE.1,
            _ if pause.level_db <= SILENT_PAUSE.0 => SILENT_PAUSE.1,
            _ if length_s >= LONG_PAUSE.0 => LONG_PAUSE.1,
            _ => PAUSE_DISTANCE,
        };
        let (time_s, detected_s, generation) = (pause.end_s, end_s, self.generation);
        (distance >= least).then_some(SongChange { time_s, detected_s, generation, distance })
    }

    /// Ends the present second, and compares the last 10 s with the music before them.
    fn end_second(&mut self, end_s: f64) -> Option<SongChange> {
        let open = std::mem::take(&mut self.open);
        if open.count == 0 {
            return None;
        }
        self.seconds.push_back(Second { end_s, mean: open.mean() });
        if self.seconds.len() > MAX_PAST_S + RECENT_S as usize {
            self.seconds.pop_front();
        }
        let recent_s = end_s - RECENT_S;
        let before = self.mean(|second| second.end_s <= recent_s)?;
        let mut recent = VectorSum::default();
        self.seconds.iter().filter(|second| second.end_s > recent_s).for_each(|second| recent.add(&second.mean));
        let distance = distance(&recent.mean(), &before);
        self.held_s = match distance {
            _ if distance >= ON_DISTANCE => self.held_s + 1,
            // Between both, a change is neither confirmed nor given up.
            _ if distance >= OFF_DISTANCE => self.held_s,
            _ => 0,
        };
        let is_change = self.held_s >= HOLD_S && distance >= ON_DISTANCE;
        let (time_s, detected_s, generation) = (recent_s, end_s, self.generation);
        is_change.then_some(SongChange { time_s, detected_s, generation, distance })
    }

    /// Discards the music before source time `time_s` (seconds).
    fn begin_at(&mut self, time_s: f64) {
        self.seconds.retain(|second| second.end_s > time_s);
        self.pauses.retain(|pending| pending.pause.end_s > time_s);
        self.held_s = 0;
    }

    /// Returns the mean of the seconds that satisfy `is`, the last 60; none if there are too few.
    fn mean(&self, is: impl Fn(&Second) -> bool) -> Option<Vec<f32>> {
        let mut sum = VectorSum::default();
        let seconds = self.seconds.iter().rev().filter(|second| is(second)).take(MAX_PAST_S);
        seconds.for_each(|second| sum.add(&second.mean));
        (sum.count as usize >= MIN_PAST).then(|| sum.mean())
    }
}

/// Returns 1 less the cosine of two vectors; 0 if one of them is 0.
fn distance(one: &[f32], other: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let norms = (dot(one, one) * dot(other, other)).sqrt();
    if norms > 0.0 { 1.0 - dot(one, other) / norms } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the prediction of a vector that ends at `end_s`.
    fn prediction(generation: u64, end_s: f64, vector: [f32; 3]) -> Prediction {
        let outcome = PredictionValue::Tags { values: vec![0.5], embedding: Some(vector.to_vec()) };
        Prediction { model: "m".into(), generation, start_s: end_s - 3.0, end_s, outcome }
    }

    /// Returns the changes of pieces of 120 s each, ten predictions per second, with pauses at their begins.
    fn changes(pieces: &[[f32; 3]], pauses: &[Pause]) -> Vec<SongChange> {
        let (mut detector, mut found) = (SongChangeDetector::default(), Vec::new());
        for i in 0..1200 * pieces.len() {
            let end_s = 3.0 + i as f64 / 10.0;
            let wobble = 0.1 * (i as f32 / 7.0).sin();
            let [a, b, c] = pieces[i / 1200];
            let ended = |pause: &&Pause| (0.0..0.05).contains(&(end_s - pause.end_s));
            pauses.iter().filter(ended).for_each(|pause| detector.pause(*pause));
            found.extend(detector.push(&prediction(1, end_s, [a + wobble, b - wobble, c])));
        }
        found
    }

    #[test]
    fn another_piece_is_found_once_without_a_pause() {
        let found = changes(&[[1.0, 0.1, 0.0], [-0.2, 1.0, 0.2], [0.0, -0.2, 1.0]], &[]);
        assert_eq!(found.len(), 2, "{found:?}");
        for (change, expected_s) in found.iter().zip([123.0, 243.0]) {
            assert!((change.time_s - expected_s).abs() <= 4.0, "{change:?}, expected {expected_s} s");
            assert!((0.0..=15.0).contains(&(change.detected_s - expected_s)), "{change:?}, expected {expected_s} s");
        }
    }

    #[test]
    fn similar_piece_is_found_after_a_pause_only() {
        let pieces = [[1.0, 0.1, 0.0], [0.5, 0.2, 1.0]];
        assert_eq!(changes(&pieces, &[]), []);
        let pause = Pause { start_s: 118.0, end_s: 120.0, level_db: -65.0 };
        let found = changes(&pieces, &[pause]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].time_s, 120.0);
        assert!(found[0].detected_s <= 130.0, "{found:?}");
        let within = [Pause { start_s: 60.0, end_s: 61.0, level_db: -90.0 }];
        assert_eq!(changes(&pieces, &within), [], "a pause within a piece is none");
    }

    #[test]
    fn music_before_a_seek_is_not_compared() {
        let mut detector = SongChangeDetector::default();
        for i in 0..600 {
            assert_eq!(detector.push(&prediction(1, 3.0 + f64::from(i) / 10.0, [1.0, 0.0, 0.0])), None);
        }
        for i in 0..600 {
            assert_eq!(detector.push(&prediction(2, 3.0 + f64::from(i) / 10.0, [0.0, 1.0, 0.0])), None);
        }
    }
}
