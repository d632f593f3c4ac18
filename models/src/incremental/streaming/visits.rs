//! When what grows is brought up to date.

/// How visits become rarer.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Pace {
    /// The older something is, the less a frame more changes: the next visit is this part of its age later ...
    pub(in super::super) part: usize,
    /// ... but at most so many frames. At one, there is a visit at every frame.
    pub(in super::super) most: usize,
}

/// The ages at which a column or a row is visited, in frames behind the newest one.
#[derive(Debug)]
pub(super) struct Visits {
    /// `[age]`: the age of the last visit.
    last: Vec<usize>,
}

impl Visits {
    /// From age 0 until it is `settled`, when nothing is to come any more.
    pub(super) fn new(pace: Pace, settled: usize) -> Self {
        let (mut last, mut next) = (vec![0; settled + 1], 0);
        for age in 0..=settled {
            let due = age == next || age == settled;
            last[age] = if due { age } else { last[age - 1] };
            if due {
                next = age + (1 + (age + 1) / pace.part).min(pace.most);
            }
        }
        Self { last }
    }

    /// The age at which nothing is to come any more.
    pub(super) fn settled(&self) -> usize {
        self.last.len() - 1
    }

    /// The first frame that is not settled when `end` frames have come.
    pub(super) fn unsettled(&self, end: usize) -> usize {
        end.saturating_sub(self.settled())
    }

    /// The age at the last visit of a frame, when `end` frames have come; none if it has not come itself.
    pub(super) fn last(&self, frame: usize, end: usize) -> Option<usize> {
        let age = end.checked_sub(frame + 1)?;
        Some(self.last[age.min(self.settled())])
    }

    /// How many there are, from the first to the last.
    pub(super) fn count(&self) -> usize {
        1 + self.last.windows(2).filter(|ages| ages[0] != ages[1]).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ages(visits: &Visits) -> Vec<usize> {
        (0..=visits.settled()).filter(|&age| visits.last(0, age + 1) == Some(age)).collect()
    }

    #[test]
    fn visits_become_rarer_down_to_the_rarest_and_end_when_all_is_there() {
        let visits = |part, most, settled| Visits::new(Pace { part, most }, settled);
        assert_eq!(ages(&visits(2, 1, 3)), [0, 1, 2, 3], "at every frame");
        assert_eq!(ages(&visits(2, 16, 64)), [0, 1, 3, 6, 10, 16, 25, 39, 55, 64]);
        assert_eq!(ages(&visits(4, 8, 40)), [0, 1, 2, 3, 5, 7, 10, 13, 17, 22, 28, 36, 40]);
        let visits = visits(2, 16, 64);
        assert_eq!([4, 5, 9, 105].map(|end| visits.last(4, end)), [None, Some(0), Some(3), Some(64)]);
        assert_eq!((visits.count(), visits.unsettled(100), visits.unsettled(3)), (10, 36, 0));
    }
}
