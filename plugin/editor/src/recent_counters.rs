//! Counters of losses, as the panel shows them: those of a loss that is over are no alarm for the rest of the night.

use std::time::{Duration, Instant};

use earmark_panel::Counters;

/// Time without a further loss after which the counters start at 0 again.
const MEMORY: Duration = Duration::from_secs(60);

/// Counters since the last reset, or since the last minute without a loss.
#[derive(Debug, Default)]
pub(crate) struct RecentCounters {
    /// Counters of the stream at which the displayed ones are 0.
    base: Counters,
    /// Last known counters of the stream.
    last: Counters,
    /// Instant of the last loss.
    changed: Option<Instant>,
}

impl RecentCounters {
    /// Updates the counters of the stream; returns those to display.
    pub(crate) fn update(&mut self, counters: Counters, now: Instant) -> Counters {
        let difference = |from: &Counters| Counters {
            dropped_samples: counters.dropped_samples.saturating_sub(from.dropped_samples),
            gaps: counters.gaps.saturating_sub(from.gaps),
            skipped_updates: counters.skipped_updates.saturating_sub(from.skipped_updates),
            sanitized_samples: counters.sanitized_samples.saturating_sub(from.sanitized_samples),
        };
        let increased = difference(&self.last) != Counters::default();
        self.last = counters;
        if increased {
            self.changed = Some(now);
        } else if self.changed.is_some_and(|changed| now.saturating_duration_since(changed) >= MEMORY) {
            self.reset();
        }
        // A new stream counts from 0.
        let base = &mut self.base;
        base.dropped_samples = base.dropped_samples.min(counters.dropped_samples);
        base.gaps = base.gaps.min(counters.gaps);
        base.skipped_updates = base.skipped_updates.min(counters.skipped_updates);
        base.sanitized_samples = base.sanitized_samples.min(counters.sanitized_samples);
        difference(&self.base)
    }

    /// Makes the displayed counters start at 0.
    pub(crate) fn reset(&mut self) {
        (self.base, self.changed) = (self.last, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loss_is_forgotten_after_a_minute_and_a_new_stream_counts_from_zero() {
        let (mut recent, begin) = (RecentCounters::default(), Instant::now());
        let mut shown = |skipped_updates, seconds| {
            let counters = Counters { skipped_updates, gaps: 1, ..Counters::default() };
            let shown = recent.update(counters, begin + Duration::from_secs(seconds));
            (shown.skipped_updates, shown.gaps)
        };
        assert_eq!(shown(0, 0), (0, 1));
        assert_eq!(shown(3518, 10), (3518, 1));
        assert_eq!(shown(3518, 69), (3518, 1));
        assert_eq!(shown(3518, 70), (0, 0));
        assert_eq!(shown(3520, 71), (2, 0));
        assert_eq!(shown(3521, 130), (3, 0), "a loss within the minute");
        assert_eq!(shown(4, 131), (0, 0), "a new stream");
        assert_eq!(shown(5, 132), (1, 0));
        recent.reset();
        assert_eq!(
            recent.update(Counters { skipped_updates: 5, gaps: 1, ..Counters::default() }, begin),
            Counters::default()
        );
    }
}
