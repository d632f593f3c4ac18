//! Performer at the controls of the tempo: taps, and the tempo that a lock keeps. Not saved.

use std::time::{Duration, Instant};

/// Time after which a tap begins a new series.
const MAX_TAP_INTERVAL: Duration = Duration::from_millis(2500);
/// Number of intervals whose mean is the tapped tempo, and the least number that gives one.
const MAX_INTERVALS: usize = 8;
const MIN_INTERVALS: usize = 2;
/// Range of a tapped tempo in BPM.
const TAP_RANGE_BPM: (f64, f64) = (20.0, 400.0);

/// Taps of the present series, and the last tempo that went out.
#[derive(Debug, Default)]
pub(super) struct Performer {
    taps: Vec<Instant>,
    /// Tempo in BPM that a lock keeps; none while there is none.
    pub(super) outgoing_bpm: Option<f64>,
}

impl Performer {
    /// Adds a tap at `now`. Returns the tempo in BPM to a tenth from the third tap on.
    pub(super) fn tap(&mut self, now: Instant) -> Option<f64> {
        if self.taps.last().is_some_and(|last| now.saturating_duration_since(*last) > MAX_TAP_INTERVAL) {
            self.taps.clear();
        }
        if self.taps.len() > MAX_INTERVALS {
            self.taps.remove(0);
        }
        self.taps.push(now);
        let (first, intervals) = (self.taps.first()?, self.taps.len() - 1);
        let seconds = now.saturating_duration_since(*first).as_secs_f64();
        let bpm = (intervals >= MIN_INTERVALS && seconds > 0.0).then(|| intervals as f64 * 60.0 / seconds)?;
        (TAP_RANGE_BPM.0..=TAP_RANGE_BPM.1).contains(&bpm).then(|| (bpm * 10.0).round() / 10.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tempo_is_the_mean_of_the_taps_and_a_pause_begins_again() {
        let begin = Instant::now();
        let at = |seconds: f64| begin + Duration::from_secs_f64(seconds);
        let mut performer = Performer::default();
        assert_eq!([0.0, 0.49].map(|at_s| performer.tap(at(at_s))), [None, None]);
        assert_eq!(performer.tap(at(1.0)), Some(120.0));
        let last = (3..40).map(|tap| performer.tap(at(f64::from(tap) * 0.5))).last().flatten();
        assert_eq!(last, Some(120.0));
        assert_eq!(performer.tap(at(30.0)), None);
        assert_eq!(performer.tap(at(30.001)), None);
        assert_eq!(performer.tap(at(30.002)), None, "faster than any music");
    }
}
