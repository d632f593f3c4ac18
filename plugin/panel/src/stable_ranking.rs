//! Ranking of tags with hysteresis.
//!
//! A tag overtakes another one only after it has been ahead by a margin for a hold time. Small fluctuations change
//! nothing; a tag that rises above many others overtakes all of them at once.

/// Minimum lead in probability (0 to 1).
const MARGIN: f32 = 0.03;
/// Hold time in seconds.
const HOLD_S: f64 = 0.7;

/// Ranking of tags that changes slowly.
#[derive(Debug, Clone, Default)]
pub(crate) struct StableRanking {
    /// Tags, the first on top.
    order: Vec<usize>,
    /// Time at which tag `a` came ahead of tag `b`, at index `a * n + b`; NaN while `a` is not ahead.
    ahead_since: Vec<f64>,
}

impl StableRanking {
    /// Updates the ranking with the values at a time in seconds on a monotonic clock. Another number of tags resets it.
    pub(crate) fn update(&mut self, values: &[f32], now_s: f64) {
        let n = values.len();
        if self.order.len() != n {
            self.order = (0..n).collect();
            self.order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
            self.ahead_since = vec![f64::NAN; n * n];
            return;
        }
        for (rank, &upper) in self.order.iter().enumerate() {
            for &lower in &self.order[rank + 1..] {
                let since = &mut self.ahead_since[lower * n + upper];
                if values[lower] <= values[upper] + MARGIN {
                    *since = f64::NAN;
                } else if since.is_nan() {
                    *since = now_s;
                }
            }
        }
        // A tag moves up as long as it may pass. Each pass removes an inversion, so the loop ends.
        for start in 1..n {
            let mut rank = start;
            while rank > 0 {
                let pair = self.order[rank] * n + self.order[rank - 1];
                let ahead_s = now_s - self.ahead_since[pair];
                if ahead_s.is_nan() || ahead_s < HOLD_S {
                    break;
                }
                self.ahead_since[pair] = f64::NAN;
                self.order.swap(rank, rank - 1);
                rank -= 1;
            }
        }
    }

    /// Returns the tags, the first on top.
    pub(crate) fn tags(&self) -> &[usize] {
        &self.order
    }

    /// Whether a tag is ahead of the one directly above it, so that the ranking will change without new values.
    ///
    /// Only neighbours count: a tag may be ahead of one further up without ever passing the tags between them.
    pub(crate) fn is_waiting(&self) -> bool {
        let n = self.order.len();
        self.order.windows(2).any(|pair| !self.ahead_since[pair[1] * n + pair[0]].is_nan())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tag_overtakes_only_after_margin_and_hold_time() {
        // After the values 0.5, 0.4, 0.1: new values, their duration in seconds, and the expected ranking.
        for (values, for_s, expected) in [
            ([0.5, 0.52, 0.1], 60.0, [0, 1, 2]),
            ([0.5, 0.9, 0.1], 0.5, [0, 1, 2]),
            ([0.5, 0.9, 0.1], 1.0, [1, 0, 2]),
            ([0.5, 0.4, 0.9], 1.0, [2, 0, 1]),
            ([0.1, 0.4, 0.5], 1.0, [2, 1, 0]),
        ] {
            let mut order = StableRanking::default();
            order.update(&[0.5, 0.4, 0.1], 0.0);
            let updates = (for_s * 10.0) as usize;
            for update in 0..=updates {
                order.update(&values, 1.0 + update as f64 / 10.0);
            }
            assert_eq!(order.tags(), expected, "{values:?} for {for_s} s");
        }
    }

    #[test]
    fn fluctuating_lead_changes_nothing() {
        let mut order = StableRanking::default();
        for update in 0..1_000 {
            let second = if update % 5 == 0 { 0.4 } else { 0.6 };
            order.update(&[0.5, second], f64::from(update) / 10.0);
            assert_eq!(order.tags(), [0, 1], "update {update}");
        }
    }

    #[test]
    fn tag_blocked_by_a_tag_between_is_not_waiting() {
        let mut order = StableRanking::default();
        order.update(&[0.50, 0.49, 0.48], 0.0);
        // The third tag is ahead of the first one only; the second is ahead of none.
        for update in 0..100 {
            order.update(&[0.50, 0.52, 0.54], f64::from(update) / 10.0);
        }
        assert_eq!((order.tags(), order.is_waiting()), (&[0, 1, 2][..], false));
    }

    #[test]
    fn ranking_converges_to_values_and_keeps_all_tags() {
        let mut order = StableRanking::default();
        // A fixed permutation with distances above the margin.
        let values =
            |step: usize| -> Vec<f32> { (0..20).map(|tag| ((tag * 7 + step * 3) % 20) as f32 / 20.0).collect() };
        for step in 0..5 {
            for update in 0..20 {
                order.update(&values(step), (step * 20 + update) as f64 / 10.0);
            }
            let shown: Vec<f32> = order.tags().iter().map(|&tag| values(step)[tag]).collect();
            assert!(shown.is_sorted_by(|a, b| a >= b), "{shown:?}");
            assert!(!order.is_waiting());
        }
        order.update(&[0.2, 0.1], 100.0);
        assert_eq!(order.tags(), [0, 1]);
        order.update(&[], 100.0);
        assert!(order.tags().is_empty());
    }
}
