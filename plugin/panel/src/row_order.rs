//! Rows that change places at most every two seconds, and fade instead of moving.

use crate::animation::Eased;

/// Minimum time between two changes of the rows, in seconds.
pub(crate) const HOLD_S: f64 = 2.0;

/// Order of rows with the state of their fades.
#[derive(Debug)]
pub(crate) struct RowOrder {
    shown: Vec<usize>,
    next: Vec<usize>,
    /// Visibility of the rows that change, 0 to 1.
    visible: Eased,
    /// Places whose row has changed last.
    changed: Vec<bool>,
    changed_s: f64,
}

impl Default for RowOrder {
    fn default() -> Self {
        let (shown, next) = (Vec::new(), Vec::new());
        Self { shown, next, visible: Eased::at(1.0), changed: Vec::new(), changed_s: f64::NEG_INFINITY }
    }
}

impl RowOrder {
    /// Sets the wanted rows at a time in seconds on a monotonic clock. A change within the hold time waits, unless it is
    /// `urgent`. Returns the time in seconds until a waiting change.
    pub(crate) fn update(&mut self, wanted: &[usize], now_s: f64, urgent: bool) -> Option<f64> {
        if wanted == self.next {
            return None;
        }
        let left_s = HOLD_S - (now_s - self.changed_s);
        if left_s > 0.0 && !urgent && !self.next.is_empty() {
            return Some(left_s);
        }
        self.next = wanted.to_vec();
        self.changed_s = now_s;
        None
    }

    /// Advances the fades by `seconds`; returns whether they go on.
    pub(crate) fn animate(&mut self, seconds: f32) -> bool {
        if self.shown == self.next {
            return self.visible.towards(1.0, seconds, 0.02);
        }
        // Without rows there is nothing to fade out.
        if self.shown.is_empty() || !self.visible.towards(0.0, seconds, 0.02) {
            self.changed = (0..self.next.len()).map(|place| self.shown.get(place) != self.next.get(place)).collect();
            self.shown.clone_from(&self.next);
            self.visible = Eased::at(0.0);
        }
        true
    }

    /// Returns the rows from top to bottom with their visibility, 0 to 1.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (usize, f32)> {
        let fading_out = self.shown != self.next;
        self.shown.iter().enumerate().map(move |(place, &row)| {
            let changes = if fading_out {
                self.next.get(place) != Some(&row)
            } else {
                self.changed.get(place).copied().unwrap_or(false)
            };
            (row, if changes { self.visible.value() } else { 1.0 })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settle(order: &mut RowOrder) -> Vec<usize> {
        while order.animate(1.0 / 30.0) {}
        order.rows().map(|(row, _)| row).collect()
    }

    #[test]
    fn order_changes_after_the_hold_time_or_at_once_if_urgent() {
        let mut order = RowOrder::default();
        assert_eq!(order.update(&[1, 2, 3], 10.0, false), None);
        assert_eq!(settle(&mut order), [1, 2, 3]);
        let left_s = order.update(&[2, 1, 3], 10.5, false);
        assert!(left_s.is_some_and(|left_s| (left_s - 1.5).abs() < 1e-9), "{left_s:?}");
        assert_eq!(settle(&mut order), [1, 2, 3]);
        assert_eq!(order.update(&[2, 1, 3], 12.0, false), None);
        assert_eq!(settle(&mut order), [2, 1, 3]);
        assert_eq!(order.update(&[3], 12.1, true), None);
        assert_eq!(settle(&mut order), [3]);
    }

    #[test]
    fn changed_rows_fade_out_and_in_and_others_stay() {
        let mut order = RowOrder::default();
        order.update(&[1, 2, 3], 0.0, false);
        settle(&mut order);
        order.update(&[1, 3, 2], 5.0, false);
        let mut lowest = 1.0_f32;
        while order.animate(1.0 / 30.0) {
            let rows: Vec<(usize, f32)> = order.rows().collect();
            assert_eq!(rows[0], (1, 1.0));
            let mut names: Vec<usize> = rows.iter().map(|(row, _)| *row).collect();
            names.sort_unstable();
            assert_eq!(names, [1, 2, 3], "no row is drawn twice");
            lowest = lowest.min(rows[1].1);
        }
        assert!(lowest < 0.1, "{lowest}");
        assert_eq!(order.rows().collect::<Vec<_>>(), [(1, 1.0), (3, 1.0), (2, 1.0)]);
    }
}
