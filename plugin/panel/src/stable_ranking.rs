//! The order of the tags, such that it does not jump.
//!
//! A tag overtakes another only when it has been ahead by a margin for a while. Small differences that come and go,
//! as they do ten times a second, change nothing; a tag that rises above many overtakes them all at once.

/// Ahead by this much (of probability 0 to 1) counts.
const MARGIN: f32 = 0.03;
/// For this long, in seconds.
const HOLD_S: f64 = 0.7;

/// Keeps tags in a calm order.
#[derive(Debug, Clone, Default)]
pub(crate) struct StableRanking {
    /// Tags, the first on top.
    order: Vec<usize>,
    /// Since when tag `a` has been ahead of tag `b`, at `a * n + b`; not a number while it is not.
    ahead_since: Vec<f64>,
}

impl StableRanking {
    /// Takes the values at a time, in seconds on a clock that only goes forward. Another number of tags starts anew.
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
        // Whoever may pass moves up as far as it may. Each pass is towards a smaller value, so this ends.
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

    /// The tags, the first on top.
    pub(crate) fn tags(&self) -> &[usize] {
        &self.order
    }

    /// Whether a tag is ahead of the one right above it, so that the order will change although no value does.
    ///
    /// A tag may be ahead of one further up for ever, held by one between that it is not ahead of.
    pub(crate) fn is_waiting(&self) -> bool {
        let n = self.order.len();
        self.order.windows(2).any(|pair| !self.ahead_since[pair[1] * n + pair[0]].is_nan())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_overtakes_only_when_it_is_ahead_by_a_margin_for_a_while() {
        // After the values 0.5, 0.4, 0.1: what comes, how long it lasts in seconds, and the order then.
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
    fn a_lead_that_comes_and_goes_changes_nothing() {
        let mut order = StableRanking::default();
        for update in 0..1_000 {
            let second = if update % 5 == 0 { 0.4 } else { 0.6 };
            order.update(&[0.5, second], f64::from(update) / 10.0);
            assert_eq!(order.tags(), [0, 1], "update {update}");
        }
    }

    #[test]
    fn a_tag_that_is_held_by_one_between_does_not_wait_for_ever() {
        let mut order = StableRanking::default();
        order.update(&[0.50, 0.49, 0.48], 0.0);
        // The third is ahead of the first, but neither of the second, nor the second of the first.
        for update in 0..100 {
            order.update(&[0.50, 0.52, 0.54], f64::from(update) / 10.0);
        }
        assert_eq!((order.tags(), order.is_waiting()), (&[0, 1, 2][..], false));
    }

    #[test]
    fn many_tags_in_any_values_end_in_their_order_and_none_is_lost() {
        let mut order = StableRanking::default();
        // A fixed scramble, far enough apart that the margin does not matter.
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
