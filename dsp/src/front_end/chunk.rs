//! A second of samples to a spectrogram in decibels below its loudest value (OpenL3).

use super::log_mel::LogMel;
use super::spec::Mel;
use crate::{DspError, SampleRate};

/// What lies further below the loudest value of a spectrogram is lifted to there, in dB.
const RANGE_DB: f32 = 80.0;

/// Makes the spectrograms of one spec.
pub(super) struct Chunk {
    mel: LogMel,
    mel_len: usize,
    bands: usize,
    hop: usize,
    /// The samples between the zeros that the first and the last spectra hear.
    padded: Vec<f32>,
}

impl Chunk {
    /// For `spectra` spectra, `hop` samples apart, at `rate`. Allocates.
    pub(super) fn new(spectra: usize, hop: usize, mel: &Mel, rate: SampleRate) -> Result<Self, DspError> {
        let padded = vec![0.0; (spectra - 1) * hop + mel.len];
        Ok(Self { mel: LogMel::new(mel, rate)?, mel_len: mel.len, bands: mel.bank.bands, hop, padded })
    }

    /// Writes spectrum after spectrum, from 0 dB down to -80 dB; of silence, all 0. Does not allocate.
    pub(super) fn extract(&mut self, samples: &[f32], out: &mut [f32]) {
        for (padded, &sample) in self.padded.iter_mut().skip(self.mel_len / 2).zip(samples) {
            *padded = sample;
        }
        for (window, spectrum) in
            self.padded.windows(self.mel_len).step_by(self.hop).zip(out.chunks_exact_mut(self.bands))
        {
            self.mel.extract(window, spectrum);
        }
        let loudest = out.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        out.iter_mut().for_each(|value| *value = value.max(loudest - RANGE_DB) - loudest);
    }
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;

    use super::super::{FeatureExtractor, FrontEnd};

    fn spectrogram(front_end: FrontEnd, at: usize) -> Vec<f32> {
        let mut samples = vec![0.0; front_end.frame_len()];
        samples[at] = 1.0;
        let mut out = vec![9.0; front_end.bands()];
        FeatureExtractor::new(front_end).unwrap().extract(&samples, &mut out);
        out
    }

    #[test]
    fn an_impulse_is_heard_by_the_spectra_whose_windows_hold_it() {
        for front_end in [FrontEnd::OpenL3Mel128, FrontEnd::OpenL3Mel256] {
            let bands = front_end.bands() / front_end.rows();
            for at in [0, 24_000, 47_999] {
                let heard = spectrogram(front_end, at);
                let rows: Vec<f32> = heard.chunks(bands).map(|row| row.iter().copied().fold(-80.0, f32::max)).collect();
                assert_eq!(rows.len(), 199);
                // Spectrum `j` starts at sample `242 j - 1024`.
                let weight = |j: usize| {
                    let place = (at + 1024).checked_sub(242 * j).filter(|&place| place < 2048);
                    place.map_or(0.0, |place| 0.5 - 0.5 * (TAU * place as f32 / 2047.0).cos())
                };
                let most = (0..199).map(weight).fold(0.0, f32::max);
                for (j, got) in rows.into_iter().enumerate() {
                    let expected = (10.0 * (weight(j) / most).log10()).max(-80.0);
                    assert!(
                        (got - expected).abs() <= 0.05,
                        "{at}, spectrum {j}: {got} dB, expected {expected} +- 0.05"
                    );
                }
            }
        }
    }

    #[test]
    fn loudness_does_not_matter() {
        let extract = |gain: f32| {
            let samples: Vec<f32> =
                (0..48_000).map(|i| gain * (i as f32 * 0.3).sin() * (i as f32 * 1e-4).cos()).collect();
            let mut out = vec![0.0; FrontEnd::OpenL3Mel128.bands()];
            FeatureExtractor::new(FrontEnd::OpenL3Mel128).unwrap().extract(&samples, &mut out);
            out
        };
        let (loud, soft) = (extract(1.0), extract(1.0 / 128.0));
        assert_eq!(loud.iter().copied().fold(-80.0, f32::max), 0.0);
        assert!(loud.iter().all(|value| (-80.0..=0.0).contains(value)));
        for (loud, soft) in loud.into_iter().zip(soft) {
            assert!((loud - soft).abs() <= 1e-3, "{loud} dB, {soft} dB when 42 dB softer");
        }
    }
}
