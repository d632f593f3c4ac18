//! How much time the analysis takes, as a share of the time that what it hears takes.

use std::sync::atomic::{AtomicU32, Ordering};

/// Over how much source time it is reckoned, in seconds.
const OVER_S: f64 = 1.0;

/// Sums of the present stretch.
#[derive(Debug, Default)]
pub(super) struct Load {
    worked_s: f64,
    heard_s: f64,
}

impl Load {
    /// So many seconds were worked on so many seconds of source; whenever there is enough of it, `share` is set.
    pub(super) fn add(&mut self, worked_s: f64, heard_s: f64, share: &AtomicU32) {
        self.worked_s += worked_s;
        self.heard_s += heard_s;
        if self.heard_s >= OVER_S {
            share.store(((self.worked_s / self.heard_s) as f32).to_bits(), Ordering::Relaxed);
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_mean_of_about_a_second() {
        let (mut load, share) = (Load::default(), AtomicU32::new(0));
        for worked_s in [0.1, 0.0, 0.0, 0.1] {
            assert_eq!(share.load(Ordering::Relaxed), 0);
            load.add(worked_s, 0.25, &share);
        }
        assert_eq!(f32::from_bits(share.load(Ordering::Relaxed)), 0.2);
    }
}
