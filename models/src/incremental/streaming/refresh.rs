//! Schedule by which partial columns and rows are refreshed.

/// Refresh policy: intervals that grow with age.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct RefreshPolicy {
    /// Divisor of the age in the interval to the next refresh: the older a column, the less one more frame changes it.
    pub(in super::super) part: usize,
    /// Maximum interval in frames. With 1, every frame refreshes.
    pub(in super::super) most: usize,
}

/// Ages at which a column or row is refreshed, in frames before the newest one.
#[derive(Debug)]
pub(super) struct RefreshSchedule {
    /// `[age]`: age at the last refresh.
    last: Vec<usize>,
}

impl RefreshSchedule {
    /// Creates the schedule from age 0 to age `settled`, at which the column is complete.
    pub(super) fn new(policy: RefreshPolicy, settled: usize) -> Self {
        let (mut last, mut next) = (vec![0; settled + 1], 0);
        for age in 0..=settled {
            let due = age == next || age == settled;
            last[age] = if due { age } else { last[age - 1] };
            if due {
                next = age + (1 + (age + 1) / policy.part).min(policy.most);
            }
        }
        Self { last }
    }

    /// Returns the age at which a column is complete.
    pub(super) fn settled(&self) -> usize {
        self.last.len() - 1
    }

    /// Returns the first frame whose column is not complete after `end` frames.
    pub(super) fn unsettled(&self, end: usize) -> usize {
        end.saturating_sub(self.settled())
    }

    /// Returns the age of `frame` at its last refresh after `end` frames; none if the frame itself was not received
    /// yet.
    pub(super) fn last(&self, frame: usize, end: usize) -> Option<usize> {
        let age = end.checked_sub(frame + 1)?;
        Some(self.last[age.min(self.settled())])
    }

    /// Returns the number of refreshes of one column.
    pub(super) fn count(&self) -> usize {
        1 + self.last.windows(2).filter(|ages| ages[0] != ages[1]).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ages(schedule: &RefreshSchedule) -> Vec<usize> {
        (0..=schedule.settled()).filter(|&age| schedule.last(0, age + 1) == Some(age)).collect()
    }

    #[test]
    fn refresh_interval_grows_to_its_maximum_and_ends_when_complete() {
        let schedule = |part, most, settled| RefreshSchedule::new(RefreshPolicy { part, most }, settled);
        assert_eq!(ages(&schedule(2, 1, 3)), [0, 1, 2, 3], "at every frame");
        assert_eq!(ages(&schedule(2, 16, 64)), [0, 1, 3, 6, 10, 16, 25, 39, 55, 64]);
        assert_eq!(ages(&schedule(4, 8, 40)), [0, 1, 2, 3, 5, 7, 10, 13, 17, 22, 28, 36, 40]);
        let schedule = schedule(2, 16, 64);
        assert_eq!([4, 5, 9, 105].map(|end| schedule.last(4, end)), [None, Some(0), Some(3), Some(64)]);
        assert_eq!((schedule.count(), schedule.unsettled(100), schedule.unsettled(3)), (10, 36, 0));
    }
}
