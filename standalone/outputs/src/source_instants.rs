//! Mapping of source time to instants, for outputs that send at the time of a beat.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Length of the window in which the shortest delay counts.
const WINDOW: Duration = Duration::from_secs(5);
/// Change of the delay in seconds that means a jump or a pause, not jitter.
const JUMP_S: f64 = 0.25;
/// Maximum number of observations in the window.
const MAX_OBSERVATIONS: usize = 512;

/// Mapping of source time to instants.
///
/// Audio arrives in blocks, so the known source time is late by up to a block. The shortest delay of the last seconds is that
/// of a block that had just arrived.
#[derive(Debug)]
pub(crate) struct SourceInstants {
    epoch: Instant,
    /// Time of an observation since the epoch, and its delay to source time, in seconds.
    observations: VecDeque<(f64, f64)>,
}

impl Default for SourceInstants {
    fn default() -> Self {
        Self { epoch: Instant::now(), observations: VecDeque::new() }
    }
}

impl SourceInstants {
    /// Adds the source time of the newest sample, in seconds, as it is known at `now`.
    pub(crate) fn observe(&mut self, source_s: f64, now: Instant) {
        let now_s = now.saturating_duration_since(self.epoch).as_secs_f64();
        let delay_s = now_s - source_s;
        if self.delay_s().is_some_and(|known_s| (delay_s - known_s).abs() > JUMP_S) {
            self.observations.clear();
        }
        let start_s = now_s - WINDOW.as_secs_f64();
        while self.observations.len() >= MAX_OBSERVATIONS
            || self.observations.front().is_some_and(|&(at_s, _)| at_s < start_s)
        {
            self.observations.pop_front();
        }
        self.observations.push_back((now_s, delay_s));
    }

    /// Returns the instant at which the sample at `source_s` (seconds) arrives; none before the first observation, and for
    /// times before the epoch.
    #[must_use]
    pub(crate) fn at(&self, source_s: f64) -> Option<Instant> {
        let at_s = source_s + self.delay_s()?;
        (at_s.is_finite() && at_s >= 0.0).then(|| self.epoch + Duration::from_secs_f64(at_s))
    }

    fn delay_s(&self) -> Option<f64> {
        self.observations.iter().map(|&(_, delay_s)| delay_s).reduce(f64::min)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortest_delay_counts_and_a_jump_begins_again() {
        let mut map = SourceInstants::default();
        let begin = map.epoch;
        let at = |seconds: f64| begin + Duration::from_secs_f64(seconds);
        assert_eq!(map.at(1.0), None);
        // Blocks of 20 ms, observed at some time after each arrived.
        for step in 0..200 {
            let now_s = 1.0 + f64::from(step) * 0.013;
            let source_s = (now_s / 0.02).floor() * 0.02 - 0.5;
            map.observe(source_s, at(now_s));
        }
        let found_s = (map.at(2.0).unwrap() - begin).as_secs_f64();
        assert!((found_s - 2.5).abs() < 0.002, "{found_s}");
        map.observe(100.0, at(4.0));
        let found_s = (map.at(101.0).unwrap() - begin).as_secs_f64();
        assert!((found_s - 5.0).abs() < 1e-6, "{found_s}");
    }
}
