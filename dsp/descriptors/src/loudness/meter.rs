//! Loudness of the last moments of a stream at any sample rate, in bounded memory.

use earmark_dsp::{LEVEL_FRAMES_PER_S, SampleRate};

use super::weighting::{Weighting, WeightingFilter, lufs};

/// Number of steps of a momentary block: 400 ms.
const MOMENTARY_STEPS: usize = 2 * LEVEL_FRAMES_PER_S as usize / 5;
/// Number of steps of a short-term block: 3 s.
const SHORT_TERM_STEPS: usize = 3 * LEVEL_FRAMES_PER_S as usize;
/// Least loudness in LUFS, that of silence.
const MIN_LUFS: f64 = -120.0;
/// Magnitude of a filter state below which it becomes 0.
const MIN_STATE: f64 = 1e-30;
/// Number of samples that are filtered at a time.
const CHUNK: usize = 64;

/// Momentary and short-term loudness by EBU R128 of a mono stream, every 20 ms: at the ends of the
/// [level frames](earmark_dsp::LevelFrame) of the same stream.
///
/// Blocks of any size give the same values.
#[derive(Debug, Clone)]
pub struct LoudnessMeter {
    rate: SampleRate,
    filter: WeightingFilter,
    state: [f64; 4],
    samples: u64,
    /// Number of complete steps.
    steps: u64,
    /// Energy and number of samples of the present step.
    open: (f64, u32),
    /// Energies and numbers of samples of the last steps; step `n` is at `n` modulo the length.
    ring: Box<[(f64, u32)]>,
}

/// Loudness at the end of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoudnessStep {
    /// Loudness of the last 0.4 s in LUFS, at least -120; none before that time.
    pub momentary: Option<f64>,
    /// Loudness of the last 3 s in LUFS, at least -120; none before that time.
    pub short_term: Option<f64>,
}

impl LoudnessMeter {
    /// Creates a meter for a stream at `rate`. Allocates.
    #[must_use]
    pub fn new(rate: SampleRate) -> Self {
        Self {
            rate,
            filter: WeightingFilter::new(Weighting::Standard, rate.hz()),
            state: [0.0; 4],
            samples: 0,
            steps: 0,
            open: (0.0, 0),
            ring: vec![(0.0, 0); SHORT_TERM_STEPS].into(),
        }
    }

    /// Adds samples and calls `out` at the end of each step. Samples that are no finite number count as 0. Does not
    /// allocate.
    pub fn push(&mut self, samples: &[f32], out: &mut dyn FnMut(LoudnessStep)) {
        let mut rest = samples;
        while !rest.is_empty() {
            let missing = self.step_end().saturating_sub(self.samples).max(1);
            let (part, after) = rest.split_at(rest.len().min(usize::try_from(missing).unwrap_or(usize::MAX)));
            part.chunks(CHUNK).for_each(|chunk| self.add(chunk));
            rest = after;
            if self.samples >= self.step_end() {
                self.end_step();
                out(self.loudness());
            }
        }
    }

    /// Discards all state: the next sample is sample 0.
    pub fn reset(&mut self) {
        (self.state, self.samples, self.steps, self.open) = ([0.0; 4], 0, 0, (0.0, 0));
    }

    /// Returns the number of samples at the end of the present step.
    fn step_end(&self) -> u64 {
        ((self.steps + 1) as f64 * self.rate.hz() / f64::from(LEVEL_FRAMES_PER_S)).round() as u64
    }

    /// Adds at most [`CHUNK`] samples of one step.
    fn add(&mut self, samples: &[f32]) {
        let (mut finite, mut energies) = ([0.0; CHUNK], [0.0; CHUNK]);
        for (to, &sample) in finite.iter_mut().zip(samples) {
            *to = if sample.is_finite() { sample } else { 0.0 };
        }
        self.filter.add_energy(&finite[..samples.len()], &mut self.state, 1.0, &mut energies);
        for energy in &energies[..samples.len()] {
            self.open.0 += energy;
        }
        self.open.1 += samples.len() as u32;
        self.samples += samples.len() as u64;
    }

    fn end_step(&mut self) {
        let place = (self.steps % self.ring.len() as u64) as usize;
        self.ring[place] = std::mem::take(&mut self.open);
        self.steps += 1;
        for state in &mut self.state {
            *state = if state.abs() < MIN_STATE { 0.0 } else { *state };
        }
    }

    fn loudness(&self) -> LoudnessStep {
        let of = |steps: usize| {
            let first = self.steps.checked_sub(steps as u64)?;
            let places = (first..self.steps).map(|step| (step % self.ring.len() as u64) as usize);
            let (mut energy, mut samples) = (0.0, 0);
            for (of_step, count) in places.map(|place| self.ring[place]) {
                energy += of_step;
                samples += count;
            }
            Some(lufs(energy / f64::from(samples.max(1))).max(MIN_LUFS))
        };
        LoudnessStep { momentary: of(MOMENTARY_STEPS), short_term: of(SHORT_TERM_STEPS) }
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::super::EbuR128;
    use super::*;

    fn steps(rate_hz: f64, samples: &[f32], block: usize) -> Vec<LoudnessStep> {
        let mut meter = LoudnessMeter::new(SampleRate::new(rate_hz).unwrap());
        let mut steps = Vec::new();
        samples.chunks(block).for_each(|part| meter.push(part, &mut |step| steps.push(step)));
        steps
    }

    fn tone(rate_hz: f64, level_db: f64, seconds: f64) -> Vec<f32> {
        let amplitude = 10_f64.powf(level_db / 20.0);
        (0..(rate_hz * seconds) as usize)
            .map(|i| (amplitude * (TAU * 997.0 * i as f64 / rate_hz).sin()) as f32)
            .collect()
    }

    /// A sine of 997 Hz at 0 dBFS in one channel has -3.01 LUFS (BS.1770).
    #[test]
    fn tone_has_the_loudness_of_the_standard_at_any_rate() {
        for rate_hz in [8_000.0, 44_100.0, 45_678.901, 48_000.0, 96_000.0, 192_000.0] {
            let steps = steps(rate_hz, &tone(rate_hz, -20.0, 4.01), 512);
            assert_eq!(steps.len(), 200, "{rate_hz} Hz");
            let LoudnessStep { momentary: Some(momentary), short_term: Some(short_term) } = steps[199] else {
                panic!("{rate_hz} Hz: {:?}", steps[199])
            };
            for lufs in [momentary, short_term] {
                assert!((lufs + 23.01).abs() < 0.1, "{rate_hz} Hz: {lufs} LUFS");
            }
        }
    }

    #[test]
    fn loudness_begins_when_its_block_is_complete_and_silence_has_the_least() {
        let mut samples = tone(48_000.0, -20.0, 4.0);
        samples.resize(samples.len() + 4 * 48_000, 0.0);
        let steps = steps(48_000.0, &samples, 480);
        let known = |of: fn(&LoudnessStep) -> Option<f64>| steps.iter().position(|step| of(step).is_some());
        assert_eq!((known(|step| step.momentary), known(|step| step.short_term)), (Some(19), Some(149)));
        assert_eq!(steps[399], LoudnessStep { momentary: Some(-120.0), short_term: Some(-120.0) });
    }

    #[test]
    fn loudness_is_that_of_the_record_at_its_rate() {
        let samples: Vec<f32> = (0..4 * 44_100_u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 8) as f32 / 1e8 - 0.08)
            .zip(tone(44_100.0, -30.0, 4.0))
            .map(|(noise, tone)| noise + tone)
            .collect();
        let mut record = EbuR128::new(1, Weighting::Standard);
        record.push(&[&samples]);
        let [momentary, short_term] = record.latest().map(Option::unwrap);
        let last = *steps(44_100.0, &samples, 999).last().unwrap();
        for (expected, got) in [(momentary, last.momentary), (short_term, last.short_term)] {
            assert!((expected - got.unwrap()).abs() < 1e-6, "{got:?} LUFS, expected {expected}");
        }
    }

    #[test]
    fn blocks_of_any_size_give_the_same_values() {
        for rate_hz in [1_000.0, 11_025.0, 48_000.0] {
            let samples = tone(rate_hz, -12.0, 3.5);
            let whole = steps(rate_hz, &samples, samples.len());
            for block in [1, 17, 512] {
                assert_eq!(steps(rate_hz, &samples, block), whole, "{rate_hz} Hz in blocks of {block}");
            }
        }
    }
}
