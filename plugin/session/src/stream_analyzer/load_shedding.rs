//! Load shedding: reduction of the prediction rate on a machine that does not keep up.

/// Lag in seconds above which the prediction rate is halved.
const LAG_HIGH_S: f64 = 0.4;
/// Lag in seconds below which the machine keeps up.
const LAG_LOW_S: f64 = 0.2;
/// Minimum source time between two halvings, in seconds: the time until a halving shows in the lag.
const MIN_STEP_INTERVAL_S: f64 = 0.5;
/// Source time with a low lag before the rate is doubled, in seconds.
const RECOVERY_S: f64 = 0.5;
/// Source time with a low lag before the rate is doubled again after a doubled rate was too high, in seconds. The full
/// rate returns within this time and four steps of [`RECOVERY_S`].
const RETRY_S: f64 = 2.5;
/// Source time after a doubling in which a high lag means that the doubled rate is too high, in seconds.
const TRIAL_S: f64 = 5.0;
/// Maximum factor by which the rate is reduced.
const MAX_DECIMATION: usize = 16;

/// Load shedder: halves the prediction rate while the lag is high, and doubles it when the lag stays low.
///
/// A slow machine then skips predictions instead of filling the ring and dropping audio.
#[derive(Debug)]
pub(super) struct LoadShedder {
    decimation: usize,
    /// Source time since the last change, in seconds.
    since_change_s: f64,
    /// Source time since the lag was last above [`LAG_LOW_S`], in seconds.
    low_lag_s: f64,
    /// Source time with a low lag before the rate is doubled, in seconds: [`RECOVERY_S`] or [`RETRY_S`].
    recovery_s: f64,
    /// Whether the last change doubled the rate.
    rate_raised: bool,
}

impl Default for LoadShedder {
    fn default() -> Self {
        Self { decimation: 1, since_change_s: 0.0, low_lag_s: 0.0, recovery_s: RECOVERY_S, rate_raised: false }
    }
}

impl LoadShedder {
    /// Updates the rate from the current lag and the length of the block that is processed next, both in seconds.
    pub(super) fn update(&mut self, lag_s: f64, block_s: f64) {
        self.since_change_s += block_s;
        self.low_lag_s = if lag_s > LAG_LOW_S { 0.0 } else { self.low_lag_s + block_s };
        if lag_s > LAG_HIGH_S && self.since_change_s > MIN_STEP_INTERVAL_S {
            if std::mem::take(&mut self.rate_raised) && self.since_change_s < TRIAL_S {
                self.recovery_s = RETRY_S;
            }
            self.set_decimation((self.decimation * 2).min(MAX_DECIMATION));
        } else if self.decimation > 1 && self.low_lag_s.min(self.since_change_s) > self.recovery_s {
            (self.rate_raised, self.recovery_s) = (true, RECOVERY_S);
            self.set_decimation(self.decimation / 2);
        }
    }

    fn set_decimation(&mut self, decimation: usize) {
        if decimation != self.decimation {
            (self.decimation, self.since_change_s) = (decimation, 0.0);
        }
    }

    /// Returns the factor by which the prediction rate is reduced: 1, 2, 4, 8 or 16.
    pub(super) fn decimation(&self) -> usize {
        self.decimation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Simulates a machine that needs `load` seconds for a second of audio at full rate. Returns decimation and maximum
    /// lag after `seconds`.
    fn simulate(load: f64, seconds: f64) -> (usize, f64) {
        let mut shedder = LoadShedder::default();
        let (step_s, mut lag_s, mut worst_s) = (0.085, 0.0_f64, 0.0_f64);
        for _ in 0..(seconds / step_s) as usize {
            lag_s = (lag_s + step_s * (load / shedder.decimation() as f64 - 1.0)).max(0.0);
            worst_s = worst_s.max(lag_s);
            shedder.update(lag_s, step_s);
        }
        (shedder.decimation(), worst_s)
    }

    #[test]
    fn machine_that_keeps_up_predicts_at_full_rate() {
        assert_eq!(simulate(0.9, 60.0), (1, 0.0));
    }

    #[test]
    fn slow_machine_predicts_less_often_with_a_bounded_lag() {
        for load in [1.2, 3.0, 7.0, 12.0] {
            let (decimation, worst_s) = simulate(load, 60.0);
            assert!(
                decimation as f64 * 2.0 > load && worst_s < 10.0,
                "load {load}: decimation {decimation}, lag {worst_s} s"
            );
        }
    }

    #[test]
    fn rate_that_was_too_high_is_tried_again_after_seconds() {
        for load in [1.2, 1.5, 3.0, 12.0] {
            let mut shedder = LoadShedder::default();
            let (step_s, mut lag_s, mut worst_s, mut tries) = (0.085, 0.0_f64, 0.0_f64, Vec::new());
            for step in 0..(240.0 / step_s) as usize {
                let before = shedder.decimation();
                lag_s = (lag_s + step_s * (load / before as f64 - 1.0)).max(0.0);
                worst_s = worst_s.max(lag_s);
                shedder.update(lag_s, step_s);
                if shedder.decimation() < before {
                    tries.push(step as f64 * step_s);
                }
            }
            let waits_s: Vec<f64> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
            let mean_s = waits_s.iter().sum::<f64>() / waits_s.len() as f64;
            assert!(mean_s > RETRY_S / 2.0 && worst_s < 10.0, "load {load}: {waits_s:?}, lag {worst_s} s");
        }
    }

    #[test]
    fn full_rate_is_restored_within_five_seconds_of_headroom() {
        for overload_s in [2.0, 10.0, 60.0, 61.0, 62.0, 63.0, 64.0, 600.0] {
            for load in [1.5, 3.0, 12.0, 40.0] {
                let mut shedder = LoadShedder::default();
                let (step_s, mut lag_s) = (0.085, 0.0_f64);
                let mut now_s = 0.0;
                while now_s < overload_s {
                    // The analysis skips predictions above a second of lag.
                    lag_s = (lag_s + step_s * (load / shedder.decimation() as f64 - 1.0)).clamp(0.0, 1.0);
                    shedder.update(lag_s, step_s);
                    now_s += step_s;
                }
                // Headroom begins when the lag is gone.
                let begin_s = now_s;
                while shedder.decimation() > 1 {
                    shedder.update(0.0, step_s);
                    now_s += step_s;
                    assert!(now_s - begin_s < 5.0, "{overload_s} s of load {load}: {}", shedder.decimation());
                }
            }
        }
    }
}
