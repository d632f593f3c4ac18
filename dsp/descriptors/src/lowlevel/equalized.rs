//! Frame-wise descriptors of the signal after the equal-loudness filter.

use earmark_dsp::{DspError, Spectrum};

use super::analyzer::{FrameAnalyzer, MAX_POWER};
use super::contrast::{BandLevels, CONTRAST_BANDS, Contrast};
use super::dissonance::Dissonance;
use super::record::FrameView;
use super::shape::Moments;
use crate::SAMPLE_RATE_HZ;
use crate::aggregate::PoolWriter;
use crate::lanes::{power_and_magnitude, sum, sum_and_ramp, sum_of_logs, sum_of_squares};
use crate::options::FrameOptions;

/// Columns of a frame in the record.
mod column {
    use super::CONTRAST_BANDS;

    pub(super) const MEAN_SQUARE: usize = 0;
    pub(super) const CENTROID: usize = 1;
    pub(super) const SPREAD: usize = 2;
    pub(super) const SKEWNESS: usize = 3;
    pub(super) const KURTOSIS: usize = 4;
    pub(super) const ENTROPY: usize = 5;
    pub(super) const DISSONANCE: usize = 6;
    pub(super) const PEAKS: usize = 7;
    pub(super) const VALLEYS: usize = PEAKS + CONTRAST_BANDS;
    pub(super) const MEANS: usize = VALLEYS + CONTRAST_BANDS;
    pub(super) const WIDTH: usize = MEANS + CONTRAST_BANDS;
}

/// Stages that a wanted descriptor needs.
#[derive(Debug, Clone, Copy)]
struct Stages {
    centroid: bool,
    moments: bool,
    entropy: bool,
}

/// Analyzer of frames of the signal after the equal-loudness filter.
pub(super) struct EqualizedAnalyzer {
    stages: Stages,
    spectrum: Spectrum<f32>,
    power: Vec<f32>,
    magnitudes: Vec<f32>,
    dissonance: Option<Dissonance>,
    contrast: Option<Contrast>,
    bin_hz: f64,
}

impl EqualizedAnalyzer {
    /// Creates the analyzer with the stages that the wanted descriptors need, `None` if there are no such descriptors.
    pub(super) fn new(options: &FrameOptions, wanted: &dyn Fn(&str) -> bool) -> Result<Option<Self>, DspError> {
        let any = |names: &[&str]| names.iter().any(|name| wanted(&format!("lowlevel.{name}")));
        let bins = options.bins();
        let bin_hz = SAMPLE_RATE_HZ / options.fft_len() as f64;
        let stages = Stages {
            centroid: any(&["spectral_centroid"]),
            moments: any(&["spectral_spread", "spectral_skewness", "spectral_kurtosis"]),
            entropy: any(&["spectral_entropy"]),
        };
        let dissonance = any(&["dissonance"]).then(|| Dissonance::new(bin_hz));
        let contrast = any(&["spectral_contrast_coeffs", "spectral_contrast_valleys"]).then(|| Contrast::new(bins));
        let Stages { centroid, moments, entropy } = stages;
        if !(centroid || moments || entropy || dissonance.is_some() || contrast.is_some()) {
            return Ok(None);
        }
        Ok(Some(Self {
            stages,
            spectrum: Spectrum::with_weights(&options.window.normalized(options.frame_len), options.fft_len())?,
            power: vec![0.0; bins],
            magnitudes: vec![0.0; bins],
            dissonance,
            contrast,
            bin_hz,
        }))
    }

    /// Writes the descriptors of `frames`.
    pub(super) fn describe(frames: &[FrameView<'_>], writer: &mut PoolWriter<'_>) {
        for (name, column) in [
            ("lowlevel.spectral_centroid", column::CENTROID),
            ("lowlevel.spectral_spread", column::SPREAD),
            ("lowlevel.spectral_skewness", column::SKEWNESS),
            ("lowlevel.spectral_kurtosis", column::KURTOSIS),
            ("lowlevel.spectral_entropy", column::ENTROPY),
            ("lowlevel.dissonance", column::DISSONANCE),
        ] {
            writer.frames(name, frames.iter().map(|frame| f64::from(frame.values[column])));
        }
        let levels = |frame: &FrameView<'_>, band: usize| BandLevels {
            peak: frame.values[column::PEAKS + band],
            valley: frame.values[column::VALLEYS + band],
            mean: frame.values[column::MEANS + band],
        };
        writer.vectors("lowlevel.spectral_contrast_coeffs", CONTRAST_BANDS, frames.len(), |frame, band| {
            levels(&frames[frame], band).coefficient(frames[frame].gain)
        });
        writer.vectors("lowlevel.spectral_contrast_valleys", CONTRAST_BANDS, frames.len(), |frame, band| {
            levels(&frames[frame], band).log_valley(frames[frame].gain)
        });
    }
}

impl FrameAnalyzer for EqualizedAnalyzer {
    fn width(&self) -> usize {
        column::WIDTH
    }

    fn analyze(&mut self, _number: u64, frame: &[f32], values: &mut [f32], _extras: &mut Vec<f32>) {
        let mean_square = sum_of_squares(frame) / frame.len().max(1) as f64;
        if mean_square.is_nan() || mean_square > MAX_POWER {
            return;
        }
        values[column::MEAN_SQUARE] = mean_square as f32;
        power_and_magnitude(self.spectrum.complex(frame), &mut self.power, &mut self.magnitudes);
        let magnitudes = &self.magnitudes;
        if self.stages.centroid {
            let (energy, ramp) = sum_and_ramp(&self.power);
            values[column::CENTROID] = if energy > 0.0 { (ramp / energy * self.bin_hz) as f32 } else { 0.0 };
        }
        if self.stages.moments {
            let Moments { spread, skewness, kurtosis } = Moments::new(magnitudes, self.bin_hz);
            values[column::SPREAD] = spread as f32;
            values[column::SKEWNESS] = skewness as f32;
            values[column::KURTOSIS] = kurtosis as f32;
        }
        if self.stages.entropy {
            values[column::ENTROPY] = entropy(magnitudes) as f32;
        }
        if let Some(dissonance) = &mut self.dissonance {
            values[column::DISSONANCE] = dissonance.of(magnitudes);
        }
        if let Some(contrast) = &mut self.contrast {
            for (band, levels) in contrast.levels(magnitudes).into_iter().enumerate() {
                values[column::PEAKS + band] = levels.peak;
                values[column::VALLEYS + band] = levels.valley;
                values[column::MEANS + band] = levels.mean;
            }
        }
    }

    fn reset(&mut self) {}
}

/// Returns the entropy in bits of a spectrum as a distribution over its bins (Essentia's Entropy); 0 for zeros.
fn entropy(magnitudes: &[f32]) -> f64 {
    let total = sum(magnitudes);
    if total > 0.0 { (total.log2() - sum_of_logs(magnitudes) / total).max(0.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_of_equal_bins_is_the_logarithm_of_their_number() {
        assert!((entropy(&[0.37; 1024]) - 10.0).abs() < 1e-5);
        assert!(entropy(&[0.0, 3.0, 0.0]).abs() < 1e-6);
        assert_eq!(entropy(&[0.0; 9]), 0.0);
    }
}
