//! Masks: the part of the mix, per bin, that belongs to each stem.

use crate::network::{BINS, CHANNELS};
use crate::spectra::{ALL_BINS, FrameSpectra};

/// Added to the sum of the squared magnitudes, so that silence has a defined mask.
const EPSILON: f32 = 1e-10;
/// First bin of the range from which the mask above the networks' range is extended.
const EXTENSION_START: usize = 768;

/// Computation of the mask above 11 kHz, where the networks have no output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MaskExtension {
    /// Mean of the mask from 8.3 to 11 kHz, weighted by the power of the mix.
    #[default]
    Energy,
    /// Mean of the whole mask, as Spleeter's `average`.
    Average,
    /// 0: the stem ends at 11 kHz, as Spleeter's `zeros`.
    Zeros,
    /// 1: the stem contains the mix above 11 kHz.
    Mix,
}

/// Computation of the masks from the outputs of the networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MaskRule {
    /// Squared magnitude of a stem over the sum of all squared magnitudes.
    Ratio,
    /// Magnitude of the first stem over that of the mix; the other stem is the rest.
    First,
    /// `m^2 / (m^2 + (1 - m)^2)` of the magnitude `m` of the second stem over that of the mix; the first stem is the rest.
    Second,
}

/// Masks of one frame: `[stem][channel][bin]`, for the channels of the stream.
#[derive(Debug, Clone, Default)]
pub(crate) struct Masks {
    values: Vec<f32>,
    channels: usize,
}

impl Masks {
    pub(crate) fn new(stems: usize, channels: usize) -> Self {
        Self { values: vec![0.0; stems * channels * ALL_BINS], channels }
    }

    pub(crate) fn mask(&self, stem: usize, channel: usize) -> &[f32] {
        &self.values[(stem * self.channels + channel) * ALL_BINS..][..ALL_BINS]
    }

    /// Sets the masks of all stems to 0, except for `residual`, which becomes the mix.
    pub(crate) fn set_residual(&mut self, residual: usize) {
        let size = self.channels * ALL_BINS;
        for (stem, mask) in self.values.chunks_exact_mut(size).enumerate() {
            mask.fill(if stem == residual { 1.0 } else { 0.0 });
        }
    }

    /// Computes the masks from the magnitudes `stems` of the stems, `[channel][bin]` each, times `gain`.
    pub(crate) fn compute(
        &mut self,
        stems: &[StemMagnitudes<'_>],
        mix: &FrameSpectra,
        gain: f32,
        rule: MaskRule,
        extension: MaskExtension,
    ) {
        let stem_count = self.values.len() / (self.channels * ALL_BINS);
        let per_network_channel = if self.channels == 1 { CHANNELS } else { 1 };
        for channel in 0..self.channels {
            for stem in 0..stem_count {
                let range = (stem * self.channels + channel) * ALL_BINS;
                let mask = &mut self.values[range..range + ALL_BINS];
                mask[..BINS].fill(0.0);
                // A mono stream has the mean of both channels of the network.
                for network_channel in channel..channel + per_network_channel {
                    add_mask(&mut mask[..BINS], stem, stems, mix, (network_channel, gain), rule);
                }
                if per_network_channel > 1 {
                    mask[..BINS].iter_mut().for_each(|value| *value /= per_network_channel as f32);
                }
                extend(mask, mix.channel(channel), extension);
            }
        }
    }

    /// Moves the masks towards the residual: multiplies those of the other stems by `factor`.
    pub(crate) fn fade_to_residual(&mut self, residual: usize, factor: f32) {
        let size = self.channels * ALL_BINS;
        for (stem, mask) in self.values.chunks_exact_mut(size).enumerate() {
            let offset = if stem == residual { 1.0 - factor } else { 0.0 };
            mask.iter_mut().for_each(|value| *value = *value * factor + offset);
        }
    }
}

/// Magnitudes of one stem in one frame, one row of [`BINS`] per channel of the network.
pub(crate) type StemMagnitudes<'a> = [&'a [f32]; CHANNELS];

fn add_mask(
    mask: &mut [f32],
    stem: usize,
    stems: &[StemMagnitudes<'_>],
    mix: &FrameSpectra,
    (channel, gain): (usize, f32),
    rule: MaskRule,
) {
    let own = stems.get(stem).or(stems.first()).map_or(&[][..], |stem| stem[channel]);
    match rule {
        MaskRule::Ratio => {
            let share = EPSILON / stems.len() as f32;
            for (bin, value) in mask.iter_mut().enumerate() {
                let total: f32 = stems.iter().map(|stem| stem[channel][bin] * stem[channel][bin]).sum();
                *value += (own[bin] * own[bin] + share) / (total + EPSILON);
            }
        }
        MaskRule::First | MaskRule::Second => {
            let bins = mix.channel(channel.min(mix.channels() - 1));
            for ((value, &magnitude), bin) in mask.iter_mut().zip(own).zip(bins) {
                let ratio = magnitude / (bin.norm_sqr().sqrt() * gain + EPSILON);
                let (a, b) = (ratio * ratio, (1.0 - ratio) * (1.0 - ratio));
                let of_output = if rule == MaskRule::First { ratio } else { a / (a + b) };
                let is_output = (rule == MaskRule::First) == (stem == 0);
                *value += if is_output { of_output } else { 1.0 - of_output };
            }
        }
    }
}

/// Writes the mask above the range of the networks.
fn extend(mask: &mut [f32], mix: &[earmark_dsp::Complex<f32>], extension: MaskExtension) {
    let (low, high) = mask.split_at_mut(BINS);
    high.fill(match extension {
        MaskExtension::Zeros => 0.0,
        MaskExtension::Mix => 1.0,
        MaskExtension::Average => low.iter().sum::<f32>() / BINS as f32,
        MaskExtension::Energy => {
            let (mut weighted, mut total) = (0.0, 1e-12);
            for (value, bin) in low[EXTENSION_START..].iter().zip(&mix[EXTENSION_START..]) {
                weighted += value * bin.norm_sqr();
                total += bin.norm_sqr();
            }
            weighted / total
        }
    });
}

#[cfg(test)]
mod tests {
    use earmark_dsp::Complex;

    use super::*;

    fn mix(channels: usize) -> FrameSpectra {
        let mut spectra = FrameSpectra::silent(channels);
        for channel in 0..channels {
            spectra.channel_mut(channel).fill(Complex::new(2.0, 0.0));
        }
        spectra
    }

    #[test]
    fn ratio_masks_sum_to_one_and_silence_is_halved() {
        let (voice, rest, silent) = (vec![3.0; BINS], vec![1.0; BINS], vec![0.0; BINS]);
        let mut masks = Masks::new(2, 2);
        let stems: [StemMagnitudes<'_>; 2] = [[&voice, &silent], [&rest, &silent]];
        masks.compute(&stems, &mix(2), 1.0, MaskRule::Ratio, MaskExtension::Energy);
        assert!((masks.mask(0, 0)[5] - 0.9).abs() < 1e-6 && (masks.mask(1, 0)[5] - 0.1).abs() < 1e-6);
        assert!((masks.mask(0, 0)[2000] - 0.9).abs() < 1e-5, "the extension continues the mask");
        assert_eq!(masks.mask(0, 1)[5], 0.5);
    }

    #[test]
    fn single_network_rules_complement_each_other() {
        let half = vec![0.5; BINS];
        for (rule, first) in [(MaskRule::First, 0.25), (MaskRule::Second, 0.9)] {
            let mut masks = Masks::new(2, 1);
            masks.compute(&[[&half, &half]], &mix(1), 1.0, rule, MaskExtension::Zeros);
            assert!((masks.mask(0, 0)[9] - first).abs() < 1e-5, "{rule:?}: {}", masks.mask(0, 0)[9]);
            assert!((masks.mask(0, 0)[9] + masks.mask(1, 0)[9] - 1.0).abs() < 1e-6);
            assert_eq!(masks.mask(0, 0)[BINS], 0.0);
        }
    }

    #[test]
    fn faded_masks_reach_the_residual() {
        let mut masks = Masks::new(2, 1);
        masks.values.fill(0.5);
        masks.fade_to_residual(1, 0.0);
        assert_eq!((masks.mask(0, 0)[3], masks.mask(1, 0)[3]), (0.0, 1.0));
    }
}
