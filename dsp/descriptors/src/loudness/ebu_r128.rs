//! Loudness by EBU R128 (ITU-R BS.1770, EBU Tech 3341 and 3342).

use std::ops::Range;

use super::weighting::{OFFSET_LU, Weighting, WeightingFilter, lufs};
use super::{SpanSums, blocks_from_zero, blocks_in};
use crate::SAMPLE_RATE_HZ;
use crate::math::round_half_up;

/// Distance between blocks: 100 ms.
const HOP: usize = 4410;
/// Number of hops of a momentary block: 400 ms.
const MOMENTARY_HOPS: usize = 4;
/// Number of hops of a short-term block: 3 s.
const SHORT_TERM_HOPS: usize = 30;
/// Loudness of the absolute gate in LUFS.
const ABSOLUTE_GATE_LUFS: f64 = -70.0;
/// Shares of the gated short-term blocks that are quieter than the ends of the loudness range.
const RANGE_QUANTILES: (f64, f64) = (0.10, 0.95);

/// Loudness in LUFS of blocks every 100 ms, and of all of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BlockLoudness {
    /// Blocks of 400 ms.
    pub momentary: Vec<f64>,
    /// Blocks of 3 s.
    pub short_term: Vec<f64>,
    /// Integrated loudness; -70 if every block is below the absolute gate.
    pub integrated: f64,
    /// Loudness range in LU; 0 if every block is below the absolute gate.
    pub range: f64,
}

/// Record of the weighted power of all channels in spans of 100 ms.
#[derive(Debug, Clone)]
pub struct EbuR128 {
    filter: WeightingFilter,
    states: Vec<[f64; 4]>,
    weights: Vec<f64>,
    energies: SpanSums,
    /// Weighted energy of the samples of one call.
    sums: Vec<f64>,
}

impl EbuR128 {
    /// Creates a record for a number of channels. Mono counts as one channel; six are taken as left, right, centre, LFE
    /// and two surrounds, which count 0 and 1.41; all others count 1.
    #[must_use]
    pub fn new(channels: usize, weighting: Weighting) -> Self {
        let weight = |channel: usize| match (channels, channel) {
            (6, 3) => 0.0,
            (6, 4 | 5) => 1.41,
            _ => 1.0,
        };
        Self {
            filter: WeightingFilter::new(weighting, SAMPLE_RATE_HZ),
            states: vec![[0.0; 4]; channels],
            weights: (0..channels).map(weight).collect(),
            energies: SpanSums::new(HOP),
            sums: Vec::new(),
        }
    }

    /// Adds samples without gain, one slice per channel, all of the same length.
    pub fn push(&mut self, channels: &[&[f32]]) {
        let len = channels.first().map_or(0, |channel| channel.len());
        let mut from = 0;
        while from < len {
            // Filter states are rounded at the ends of spans, so that blocks of any size give the same bits.
            let to = len.min(from + HOP - (self.energies.samples() % HOP as u64) as usize);
            self.push_span(channels, from..to);
            from = to;
        }
    }

    /// Adds samples that lie within one span.
    fn push_span(&mut self, channels: &[&[f32]], range: Range<usize>) {
        let len = range.len();
        self.sums.clear();
        self.sums.resize(len, 0.0);
        for ((channel, state), &weight) in channels.iter().zip(&mut self.states).zip(&self.weights) {
            if weight > 0.0 {
                self.filter.add_energy(&channel[range.clone()], state, weight, &mut self.sums);
            }
        }
        self.sums.iter().for_each(|&sum| self.energies.push(sum));
        if self.energies.samples().is_multiple_of(HOP as u64) {
            // A tail that decays towards 0 would become denormal numbers, which are slow.
            let flush = |value: &mut f64| *value = if value.abs() < 1e-30 { 0.0 } else { *value };
            self.states.iter_mut().flatten().for_each(flush);
        }
    }

    /// Discards all blocks.
    pub fn reset(&mut self) {
        self.states.fill([0.0; 4]);
        self.energies.reset();
    }

    /// Returns the loudness of the blocks in `window` (samples; `None`: all).
    #[must_use]
    pub fn loudness(&self, window: Option<&Range<u64>>) -> BlockLoudness {
        let momentary = self.powers(window, MOMENTARY_HOPS);
        let short_term = self.powers(window, SHORT_TERM_HOPS);
        let integrated = lufs(mean(&gated(&momentary, 10.0)).unwrap_or_else(absolute_gate));
        let mut ranked = gated(&short_term, 100.0);
        ranked.sort_by(f64::total_cmp);
        let at = |share: f64| ranked[round_half_up(share * (ranked.len() - 1) as f64) as usize];
        let range = if ranked.is_empty() { 0.0 } else { lufs(at(RANGE_QUANTILES.1)) - lufs(at(RANGE_QUANTILES.0)) };
        BlockLoudness {
            momentary: momentary.into_iter().map(lufs).collect(),
            short_term: short_term.into_iter().map(lufs).collect(),
            integrated,
            range,
        }
    }

    /// Returns the loudness in LUFS of the last 0.4 s and of the last 3 s, each `None` before it is complete.
    #[must_use]
    pub fn latest(&self) -> [Option<f64>; 2] {
        [MOMENTARY_HOPS, SHORT_TERM_HOPS].map(|hops| {
            let end = self.energies.complete().len();
            let start = end.checked_sub(hops)?;
            Some(lufs(self.energies.sum(start..end) / (hops * HOP) as f64))
        })
    }

    /// Returns the mean power of blocks of `hops` spans; the last is padded with zeros.
    fn powers(&self, window: Option<&Range<u64>>, hops: usize) -> Vec<f64> {
        let len = hops * HOP;
        let count = blocks_from_zero(self.energies.samples(), len, HOP);
        let power = |block: usize| self.energies.sum(block..block + hops) / len as f64;
        blocks_in(window, count, len, HOP).map(power).collect()
    }
}

fn absolute_gate() -> f64 {
    10f64.powf((ABSOLUTE_GATE_LUFS - OFFSET_LU) / 10.0)
}

fn mean(powers: &[f64]) -> Option<f64> {
    (!powers.is_empty()).then(|| powers.iter().sum::<f64>() / powers.len() as f64)
}

/// Returns the powers at or above the absolute gate and the relative gate, which is the mean of those above the absolute
/// gate divided by `ratio`.
fn gated(powers: &[f64], ratio: f64) -> Vec<f64> {
    let absolute = absolute_gate();
    let above = |gate: f64| powers.iter().copied().filter(|&power| power >= gate).collect::<Vec<_>>();
    let relative = mean(&above(absolute)).map_or(absolute, |mean| (mean / ratio).max(absolute));
    above(relative)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;

    /// Returns a tone of 1 kHz with the peak levels in dBFS and durations in seconds of `steps`, in one channel.
    fn tone(steps: &[(f64, f64)]) -> Vec<f32> {
        let mut samples = Vec::new();
        for &(level_db, seconds) in steps {
            let amplitude = 10f64.powf(level_db / 20.0);
            let start = samples.len();
            let count = (seconds * SAMPLE_RATE_HZ) as usize;
            let sample = |i: usize| (amplitude * (PI * 2000.0 * i as f64 / SAMPLE_RATE_HZ).sin()) as f32;
            samples.extend((start..start + count).map(sample));
        }
        samples
    }

    fn stereo(samples: &[f32]) -> BlockLoudness {
        let mut meter = EbuR128::new(2, Weighting::Standard);
        samples.chunks(777).for_each(|part| meter.push(&[part, part]));
        meter.loudness(None)
    }

    /// Minimum requirements of EBU Tech 3341, test signals 1 to 5: integrated loudness within 0.1 LU.
    #[test]
    fn integrated_loudness_meets_ebu_tech_3341() {
        let cases: [(&[(f64, f64)], f64); 5] = [
            (&[(-23.0, 20.0)], -23.0),
            (&[(-33.0, 20.0)], -33.0),
            (&[(-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0)], -23.0),
            (&[(-72.0, 10.0), (-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0), (-72.0, 10.0)], -23.0),
            (&[(-26.0, 20.0), (-20.0, 20.1), (-26.0, 20.0)], -23.0),
        ];
        for (steps, expected) in cases {
            let got = stereo(&tone(steps)).integrated;
            assert!((got - expected).abs() <= 0.1, "{steps:?}: {got}, expected {expected}");
        }
    }

    /// Minimum requirements of EBU Tech 3342, test signals 1 to 4: loudness range within 1 LU; ours within 0.1.
    #[test]
    fn loudness_range_meets_ebu_tech_3342() {
        let cases: [(&[(f64, f64)], f64); 4] = [
            (&[(-20.0, 20.0), (-30.0, 20.0)], 10.0),
            (&[(-20.0, 20.0), (-15.0, 20.0)], 5.0),
            (&[(-40.0, 20.0), (-20.0, 20.0)], 20.0),
            (&[(-50.0, 20.0), (-35.0, 20.0), (-20.0, 20.0), (-35.0, 20.0), (-50.0, 20.0)], 15.0),
        ];
        for (steps, expected) in cases {
            let got = stereo(&tone(steps)).range;
            assert!((got - expected).abs() <= 0.1, "{steps:?}: {got}, expected {expected}");
        }
    }

    /// EBU Tech 3341, test signal 6: five channels at levels that give -23 LUFS.
    #[test]
    fn surround_channels_are_weighted() {
        let [front, centre, surround] = [-28.0, -24.0, -30.0].map(|level| tone(&[(level, 20.0)]));
        let silent = vec![0.0; front.len()];
        let mut meter = EbuR128::new(6, Weighting::Standard);
        meter.push(&[&front, &front, &centre, &silent, &surround, &surround]);
        let got = meter.loudness(None).integrated;
        assert!((got + 23.0).abs() <= 0.1, "{got}");
    }

    #[test]
    fn block_counts_follow_the_reference_and_silence_has_a_floor() {
        for (samples, momentary, short_term) in [(2205, 1, 1), (22_050, 2, 1), (136_710, 28, 2), (220_500, 47, 21)] {
            let loudness = stereo(&vec![0.0; samples]);
            assert_eq!((loudness.momentary.len(), loudness.short_term.len()), (momentary, short_term), "{samples}");
            assert!((loudness.momentary[0] + 300.691).abs() < 1e-9);
            assert_eq!((loudness.integrated, loudness.range), (-70.0, 0.0));
        }
        assert_eq!(stereo(&[]).momentary, []);
    }

    #[test]
    fn essentia_weighting_deviates_by_less_than_a_tenth() {
        let samples = tone(&[(-23.0, 5.0)]);
        let mut meter = EbuR128::new(2, Weighting::Essentia);
        meter.push(&[&samples, &samples]);
        let difference = (meter.loudness(None).integrated - stereo(&samples).integrated).abs();
        assert!(difference < 0.1 && difference > 0.0, "{difference}");
    }
}
