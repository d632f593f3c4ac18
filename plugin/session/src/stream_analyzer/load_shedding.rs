//! How many predictions a machine that does not keep up is spared.

/// Behind by more than this, in seconds: predict half as often.
const LATE_S: f64 = 0.4;
/// Behind by less than this: it keeps up.
const EASY_S: f64 = 0.2;
/// Source time between two halvings, in seconds: as long as one takes to show.
const PATIENCE_S: f64 = 0.5;
/// Source time with ease before predicting twice as often again, in seconds; twice as long each time that this turns
/// out to be too much, up to the second.
const TRUST_S: (f64, f64) = (2.0, 32.0);
/// The most it is spared.
const MOST: usize = 16;

/// Halves the rate of predictions while audio piles up, and doubles it again, carefully, when it does not.
///
/// Without it a slow machine would fall behind until the ring is full, and then lose audio; so it loses updates only,
/// and the panel says how many.
#[derive(Debug)]
pub(super) struct LoadShedder {
    thinned: usize,
    /// Source time since the last change, in seconds.
    since_s: f64,
    /// Source time since it was last late.
    easy_s: f64,
    /// Source time with ease that is waited for.
    trust_s: f64,
    /// Whether the last change was to predict more often.
    trying: bool,
}

impl Default for LoadShedder {
    fn default() -> Self {
        Self { thinned: 1, since_s: 0.0, easy_s: 0.0, trust_s: TRUST_S.0, trying: false }
    }
}

impl LoadShedder {
    /// Takes how late it is now, and how much is heard until the next look, both in seconds.
    pub(super) fn look(&mut self, lag_s: f64, heard_s: f64) {
        self.since_s += heard_s;
        self.easy_s = if lag_s > EASY_S { 0.0 } else { self.easy_s + heard_s };
        if lag_s > LATE_S && self.since_s > PATIENCE_S {
            if std::mem::take(&mut self.trying) && self.since_s < 2.0 * self.trust_s {
                self.trust_s = (self.trust_s * 2.0).min(TRUST_S.1);
            }
            self.change((self.thinned * 2).min(MOST));
        } else if self.easy_s.min(self.since_s) > self.trust_s {
            if self.thinned == 1 {
                self.trust_s = TRUST_S.0;
            }
            self.trying = self.thinned > 1;
            self.change((self.thinned / 2).max(1));
        }
    }

    fn change(&mut self, thinned: usize) {
        if thinned != self.thinned {
            (self.thinned, self.since_s) = (thinned, 0.0);
        }
    }

    /// How many times fewer predictions are to be made: 1, 2, 4, 8 or 16.
    pub(super) fn thinned(&self) -> usize {
        self.thinned
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine on which a second of audio takes so many seconds at full rate.
    fn settle(load: f64, seconds: f64) -> (usize, f64) {
        let mut pace = LoadShedder::default();
        let (step_s, mut lag_s, mut worst_s) = (0.085, 0.0_f64, 0.0_f64);
        for _ in 0..(seconds / step_s) as usize {
            lag_s = (lag_s + step_s * (load / pace.thinned() as f64 - 1.0)).max(0.0);
            worst_s = worst_s.max(lag_s);
            pace.look(lag_s, step_s);
        }
        (pace.thinned(), worst_s)
    }

    #[test]
    fn a_machine_that_keeps_up_is_not_spared() {
        assert_eq!(settle(0.9, 60.0), (1, 0.0));
    }

    #[test]
    fn a_machine_that_does_not_keep_up_predicts_less_often_and_stays_near() {
        for load in [1.2, 3.0, 7.0, 12.0] {
            let (thinned, worst_s) = settle(load, 60.0);
            assert!(thinned as f64 * 2.0 > load && worst_s < 10.0, "load {load}: thinned {thinned}, {worst_s} s late");
        }
    }

    #[test]
    fn a_rate_that_was_too_high_is_tried_less_and_less_often() {
        let mut pace = LoadShedder::default();
        let (step_s, mut lag_s, mut tries) = (0.085, 0.0_f64, Vec::new());
        for step in 0..(240.0 / step_s) as usize {
            let before = pace.thinned();
            lag_s = (lag_s + step_s * (1.5 / before as f64 - 1.0)).max(0.0);
            pace.look(lag_s, step_s);
            if pace.thinned() < before {
                tries.push(step as f64 * step_s);
            }
        }
        let waits: Vec<f64> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(waits.len() < 12 && waits.last() > waits.first().map(|first| first * 4.0).as_ref(), "{waits:?}");
    }

    #[test]
    fn the_full_rate_comes_back_when_the_load_is_gone() {
        let mut pace = LoadShedder::default();
        (0..20).for_each(|_| pace.look(2.0, 0.3));
        assert_eq!(pace.thinned(), MOST);
        (0..600).for_each(|_| pace.look(0.0, 0.085));
        assert_eq!(pace.thinned(), 1);
    }
}
