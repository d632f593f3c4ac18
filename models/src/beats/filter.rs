//! Forward filter over period and position in the beat: a second opinion on the tempo, from onsets alone.

/// Frames per second of the filter, in relation to those of the activation.
pub(crate) const FRAMES_PER_STEP: usize = 2;
/// Shortest and longest period in steps of 20 ms: 214 and 55 BPM.
const PERIODS: std::ops::RangeInclusive<usize> = 14..=55;
const PERIOD_COUNT: usize = 42;
/// Decline of the probability of another period at the next beat, per relative change.
const CHANGE_RATE: f32 = 60.0;
/// Share of a period in which an onset counts as the beat.
const BEAT_ZONE: f32 = 1.0 / 12.0;
/// Centre of the prior in BPM and its width in octaves.
const PRIOR: (f32, f32) = (118.0, 0.55);

/// Forward filter whose state is the period and the position in it. Does not allocate after its creation.
#[derive(Debug, Clone)]
pub(crate) struct ForwardFilter {
    /// Seconds per step.
    step_s: f64,
    /// Probability of each position of each period, one period after another.
    states: Vec<f32>,
    /// First state of each period.
    starts: [usize; PERIOD_COUNT],
    /// Number of steps so far: position 0 of a period is at index `-steps` modulo the period.
    steps: usize,
    /// Probability of a change from one period to another, by rows.
    changes: Vec<f32>,
    /// Probability of each period.
    periods: [f32; PERIOD_COUNT],
}

/// Tempo of a [`ForwardFilter`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct FilterTempo {
    /// Tempo in BPM.
    pub(crate) bpm: f32,
    /// Probability within 4 % of the tempo, 0 to 1.
    pub(crate) mass: f32,
}

impl ForwardFilter {
    /// Creates a filter of steps of `step_s` seconds.
    pub(crate) fn new(step_s: f64) -> Self {
        let mut starts = [0; PERIOD_COUNT];
        let mut count = 0;
        for (start, period) in starts.iter_mut().zip(PERIODS) {
            *start = count;
            count += period;
        }
        let mut changes = vec![0.0; PERIOD_COUNT * PERIOD_COUNT];
        for (row, from) in changes.chunks_mut(PERIOD_COUNT).zip(PERIODS) {
            for (change, to) in row.iter_mut().zip(PERIODS) {
                *change = (-CHANGE_RATE * (to as f32 / from as f32 - 1.0).abs()).exp();
            }
            let sum: f32 = row.iter().sum();
            row.iter_mut().for_each(|change| *change /= sum);
        }
        let mut filter =
            Self { step_s, states: vec![0.0; count], starts, steps: 0, changes, periods: [0.0; PERIOD_COUNT] };
        filter.reset();
        filter
    }

    /// Returns to the prior: a usual tempo at any position.
    pub(crate) fn reset(&mut self) {
        self.steps = 0;
        let mut sum = 0.0;
        for (index, period) in PERIODS.enumerate() {
            let octaves = (60.0 / (period as f32 * self.step_s as f32) / PRIOR.0).log2() / PRIOR.1;
            let prior = (-0.5 * octaves * octaves).exp();
            self.states[self.starts[index]..][..period].fill(prior / period as f32);
            self.periods[index] = prior;
            sum += prior;
        }
        self.scale(sum);
    }

    /// Advances by one step with the strength of its onset, 0 to 1; none in silence, which observes nothing.
    pub(crate) fn step(&mut self, strength: Option<f32>) {
        self.steps += 1;
        // Probability that arrives at position 0 of each period, before changes of the period.
        let mut arriving = [0.0; PERIOD_COUNT];
        for (index, period) in PERIODS.enumerate() {
            arriving[index] = self.states[self.starts[index] + self.index(period, 0)];
        }
        for (to, period) in PERIODS.enumerate() {
            let mut sum = 0.0;
            for (from, arrived) in arriving.iter().enumerate() {
                sum += arrived * self.changes[from * PERIOD_COUNT + to];
            }
            let index = self.index(period, 0);
            self.states[self.starts[to] + index] = sum;
        }
        let mut total = 0.0;
        for (index, period) in PERIODS.enumerate() {
            let zone = ((period as f32 * BEAT_ZONE).round() as usize).max(1);
            let first = self.index(period, 0);
            let states = &mut self.states[self.starts[index]..][..period];
            if let Some(strength) = strength {
                let strength = 0.02 + 0.96 * strength.clamp(0.0, 1.0);
                let off = (1.0 - strength) / (1.0 / BEAT_ZONE - 1.0);
                // Position `p` is at index `first + p`.
                let on = strength / off;
                for position in 0..zone {
                    states[(first + position) % period] *= on;
                }
                states.iter_mut().for_each(|state| *state *= off);
            }
            self.periods[index] = states.iter().sum();
            total += self.periods[index];
        }
        self.scale(total);
    }

    /// Index of a position of a period: the states stay in place, and the positions move over them.
    fn index(&self, period: usize, position: usize) -> usize {
        (position + period - self.steps % period) % period
    }

    fn scale(&mut self, sum: f32) {
        if sum > 0.0 {
            self.states.iter_mut().chain(&mut self.periods).for_each(|value| *value /= sum);
        }
    }

    /// Returns the most probable tempo.
    pub(crate) fn tempo(&self) -> FilterTempo {
        let near = |centre: usize| {
            let near = PERIODS
                .zip(&self.periods)
                .filter(move |&(period, _)| (period as f32 / centre as f32 - 1.0).abs() <= 0.04);
            near.fold((0.0, 0.0), |(sum, mass), (period, &value)| (sum + period as f32 * value, mass + value))
        };
        let (sum, mass) = PERIODS.map(near).fold((1.0, 0.0), |best, one| if one.1 > best.1 { one } else { best });
        let period = if mass > 0.0 { sum / mass } else { 25.0 };
        FilterTempo { bpm: 60.0 / (period * self.step_s as f32), mass }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regular_onsets_give_their_tempo_and_silence_keeps_it() {
        let step_s = 0.02;
        for period in [18_usize, 25, 30, 37] {
            let mut filter = ForwardFilter::new(step_s);
            for step in 0..period * 12 {
                filter.step(Some(if step % period == 3 { 0.9 } else { 0.05 }));
            }
            let found = filter.tempo();
            let expected = 60.0 / (period as f32 * step_s as f32);
            // Beats without accents may be counted twice as fast.
            let octaves = (found.bpm / expected).log2();
            let is_level = (octaves - octaves.round()).abs() < 0.03 && (0.0..=1.0).contains(&octaves.round());
            assert!(is_level && found.mass > 0.8, "{expected}: {found:?}");
            (0..4 * period).for_each(|_| filter.step(None));
            let later = filter.tempo();
            assert!((later.bpm / found.bpm - 1.0).abs() < 0.03, "{expected}: {later:?}");
            filter.reset();
            assert_eq!(filter.tempo(), ForwardFilter::new(step_s).tempo());
        }
    }

    #[test]
    fn probabilities_sum_to_one_after_any_observation() {
        let mut filter = ForwardFilter::new(0.02);
        for step in 0..2_000_u32 {
            let strength = (step.wrapping_mul(2_654_435_761) >> 16) as f32 / 65_536.0;
            filter.step((step % 7 != 0).then_some(strength));
            let sum: f32 = filter.states.iter().sum();
            assert!((sum - 1.0).abs() < 1e-3, "step {step}: {sum}");
        }
    }
}
