//! Beats of a stream: a line that follows the fitted pulses smoothly, and the number of each beat.

use super::update::{BeatEvent, BeatLine};
use crate::beats::pulse::PulseFit;

/// Share of the difference to a new fit by which the line moves.
const GAIN: f64 = 0.5;
/// Relative difference of the tempo above which the line begins with the new one.
const MAX_TEMPO_CHANGE: f64 = 0.04;
/// Difference of the phase in beats above which a fit contradicts the line.
const MAX_PHASE_CHANGE: f64 = 0.2;
/// Seconds of contradicting fits after which the line moves to them, and those for a line that is younger than
/// [`SETTLED_S`]. The first is longer than a break of a few bars without the drums and the onsets of a fit that reach back into
/// it.
const MOVE_AFTER_S: f64 = 16.0;
const MOVE_EARLY_AFTER_S: f64 = 1.0;
const SETTLED_S: f64 = 8.0;
/// Least distance between two beats, in periods of the line.
const MIN_DISTANCE: f64 = 0.6;
/// Factor of the confidence per beat without a fit.
const DECLINE: f32 = 0.95;

/// Line of the beats with the number of the next one. Does not allocate.
#[derive(Debug, Clone, Default)]
pub(super) struct BeatTracker {
    line: Option<BeatLine>,
    /// Number of the next beat.
    next: u64,
    /// Time of the last beat that was emitted, in seconds.
    last_s: Option<f64>,
    /// Time of the first fit of the line, and of the first one that contradicts it, in seconds.
    begun_s: f64,
    contradicted_s: Option<f64>,
}

impl BeatTracker {
    /// Returns the line of the beats; none before the first fit.
    pub(super) fn line(&self) -> Option<BeatLine> {
        self.line
    }

    /// Moves the line towards a pulse that was fitted to the onsets until `now_s` (seconds).
    pub(super) fn observe(&mut self, fit: &PulseFit, now_s: f64) {
        let (on, off) = (fit.scores.0, fit.scores.1.max(0.0));
        let confidence = on / (on + off);
        let follows = |line: &BeatLine| (fit.bpm / line.bpm - 1.0).abs() <= MAX_TEMPO_CHANGE;
        let Some(line) = self.line.filter(follows) else {
            return self.begin(fit, confidence, now_s);
        };
        let beats = line.beats_at(fit.beat_s);
        if (beats - beats.round()).abs() > MAX_PHASE_CHANGE {
            let since_s = *self.contradicted_s.get_or_insert(now_s);
            let is_settled = now_s - self.begun_s >= SETTLED_S;
            if now_s - since_s >= if is_settled { MOVE_AFTER_S } else { MOVE_EARLY_AFTER_S } {
                return self.begin(fit, confidence, now_s);
            }
            self.line = Some(BeatLine { confidence: line.confidence * DECLINE, ..line });
            return;
        }
        self.contradicted_s = None;
        let expected_s = line.time_of(beats.round());
        self.line = Some(BeatLine {
            bpm: line.bpm + GAIN * (fit.bpm - line.bpm),
            number: beats.round().max(0.0) as u64,
            beat_s: expected_s + GAIN * (fit.beat_s - expected_s),
            confidence: line.confidence + GAIN as f32 * (confidence - line.confidence),
        });
    }

    /// Begins a line at a fitted pulse. Its next beat gets the next number, and keeps a distance to the last beat.
    fn begin(&mut self, fit: &PulseFit, confidence: f32, now_s: f64) {
        (self.begun_s, self.contradicted_s) = (now_s, None);
        let period_s = 60.0 / fit.bpm;
        let earliest_s = self.last_s.map_or(0.0, |last_s| last_s + MIN_DISTANCE * period_s);
        let periods = ((earliest_s - fit.beat_s) / period_s).ceil();
        let beat_s = fit.beat_s + periods * period_s;
        self.line = Some(BeatLine { bpm: fit.bpm, number: self.next, beat_s, confidence });
    }

    /// Lowers the confidence for a stretch without onsets of `seconds`.
    pub(super) fn decline(&mut self, seconds: f64) {
        if let Some(line) = &mut self.line {
            line.confidence *= DECLINE.powf((seconds * line.bpm / 60.0) as f32);
        }
    }

    /// Ends the line. The numbers go on.
    pub(super) fn stop(&mut self) {
        (self.line, self.contradicted_s) = (None, None);
    }

    /// Calls `emit` with each beat until source time `until_s` (seconds).
    pub(super) fn advance(&mut self, until_s: f64, generation: u64, emit: &mut dyn FnMut(BeatEvent)) {
        let Some(line) = self.line else { return };
        loop {
            let at_s = line.time_of(self.next as f64);
            if at_s > until_s {
                return;
            }
            // Beats before the line began were not followed.
            if at_s > until_s - 60.0 / line.bpm {
                let BeatLine { bpm, confidence, .. } = line;
                emit(BeatEvent { number: self.next, at_s, bpm, confidence, generation });
                self.last_s = Some(at_s);
            }
            self.next += 1;
        }
    }
}
