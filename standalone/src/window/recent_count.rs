//! Counter whose increases are an alarm for a while only.

use std::time::{Duration, Instant};

/// Time for which an increase is an alarm.
const ALARM: Duration = Duration::from_secs(30);

/// Last known value of a counter, and the instant of its last increase.
#[derive(Debug, Default)]
pub(super) struct RecentCount {
    count: u64,
    increased: Option<Instant>,
}

impl RecentCount {
    /// Updates the value. Returns true if the counter has increased in the last 30 s.
    pub(super) fn update(&mut self, count: u64, now: Instant) -> bool {
        if count > self.count {
            self.increased = Some(now);
        }
        self.count = count;
        self.increased.is_some_and(|increased| now.saturating_duration_since(increased) < ALARM)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_increase_is_no_alarm() {
        let (mut recent, begin) = (RecentCount::default(), Instant::now());
        let at = |seconds| begin + Duration::from_secs(seconds);
        let counts = [(0, 0), (3, 1), (3, 29), (3, 32), (4, 100), (4, 131), (0, 132)];
        let alarms = counts.map(|(count, seconds)| recent.update(count, at(seconds)));
        assert_eq!(alarms, [false, true, true, false, true, false, false]);
    }
}
