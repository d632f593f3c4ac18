//! Envelope of a mapping: smoothing with different times for rising and falling values.

/// Share below which a falling share is 0.
const MIN_SHARE: f32 = 0.005;

/// Time constants of an envelope in seconds; 0 for none.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Envelope {
    pub(super) attack_s: f64,
    pub(super) release_s: f64,
}

impl Envelope {
    /// Returns the share that follows `before` after `elapsed_s` seconds, on the way to `target`.
    pub(super) fn step(self, before: f32, target: f32, elapsed_s: f64) -> f32 {
        let time_s = if target > before { self.attack_s } else { self.release_s };
        if time_s <= 0.0 {
            return target;
        }
        let kept = (-elapsed_s.max(0.0) / time_s).exp() as f32;
        let share = target + (before - target) * kept;
        if target == 0.0 && share < MIN_SHARE { 0.0 } else { share }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn share_rises_and_falls_with_its_times_whatever_the_steps() {
        let envelope = Envelope { attack_s: 0.1, release_s: 1.0 };
        let run = |mut share: f32, target: f32, steps: u32| {
            for _ in 0..steps {
                share = envelope.step(share, target, 0.1 / f64::from(steps));
            }
            share
        };
        for steps in [1, 5, 50] {
            assert!((run(0.0, 1.0, steps) - 0.632_12).abs() < 1e-4, "{steps} steps");
            assert!((run(1.0, 0.0, steps) - 0.904_84).abs() < 1e-4, "{steps} steps");
        }
        assert_eq!(Envelope::default().step(0.0, 1.0, 0.0), 1.0);
        assert_eq!(envelope.step(1.0, 0.0, 10.0), 0.0, "no tail without end");
    }
}
