//! Rows that change places at most every two seconds, and fade instead of moving.

use crate::held_content::HeldContent;

/// Order of rows with the state of their fades.
#[derive(Debug, Default)]
pub(crate) struct RowOrder(HeldContent<Vec<usize>>);

impl RowOrder {
    /// Sets the wanted rows at a time in seconds on a monotonic clock. A change within the hold time waits, unless it is
    /// `urgent`. Returns the time in seconds until a waiting change.
    pub(crate) fn update(&mut self, wanted: Vec<usize>, now_s: f64, urgent: bool) -> Option<f64> {
        let urgent = urgent || self.0.next().is_empty();
        self.0.update(wanted, now_s, urgent)
    }

    /// Advances the fades by `seconds`; returns whether they go on.
    pub(crate) fn animate(&mut self, seconds: f32) -> bool {
        self.0.animate(seconds)
    }

    /// Returns the rows from top to bottom with their visibility, 0 to 1. A row that keeps its place does not fade.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (usize, f32)> {
        let (other, visibility) = (self.0.other(), self.0.visibility());
        let rows = self.0.shown().iter().enumerate();
        rows.map(move |(place, &row)| (row, if other.get(place) == Some(&row) { 1.0 } else { visibility }))
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
        assert_eq!(order.update(vec![1, 2, 3], 10.0, false), None);
        assert_eq!(settle(&mut order), [1, 2, 3]);
        let left_s = order.update(vec![2, 1, 3], 10.5, false);
        assert!(left_s.is_some_and(|left_s| (left_s - 1.5).abs() < 1e-9), "{left_s:?}");
        assert_eq!(settle(&mut order), [1, 2, 3]);
        assert_eq!(order.update(vec![2, 1, 3], 12.0, false), None);
        assert_eq!(settle(&mut order), [2, 1, 3]);
        assert_eq!(order.update(vec![3], 12.1, true), None);
        assert_eq!(settle(&mut order), [3]);
    }

    #[test]
    fn changed_rows_fade_out_and_in_and_others_stay() {
        let mut order = RowOrder::default();
        order.update(vec![1, 2, 3], 0.0, false);
        settle(&mut order);
        order.update(vec![1, 3, 2], 5.0, false);
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
