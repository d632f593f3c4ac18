//! Extraction of features from a frame of samples.

use std::fmt;

use super::db_spectrogram::DbSpectrogram;
use super::described::DescribedExtractor;
use super::log_mel::LogMel;
use super::spec::{FeatureKind, Parameters};
use crate::{DspError, FrameIndex, FrontEnd};

/// Extractor that turns a frame of samples into a frame of features of one [`FrontEnd`].
pub struct FeatureExtractor(Method);

enum Method {
    Copy,
    Mel(LogMel),
    DbSpectrogram(DbSpectrogram),
    Described(DescribedExtractor),
}

impl fmt::Debug for FeatureExtractor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = match self.0 {
            Method::Copy => "Copy",
            Method::Mel(_) => "Mel",
            Method::DbSpectrogram(_) => "DbSpectrogram",
            Method::Described(_) => "Described",
        };
        f.debug_tuple("FeatureExtractor").field(&format_args!("{method}")).finish()
    }
}

impl FeatureExtractor {
    /// Creates the extractor of a front end. Allocates: call while activating.
    ///
    /// # Errors
    /// None for the existing front ends; their parts return [`DspError`].
    pub fn new(front_end: FrontEnd) -> Result<Self, DspError> {
        let rate = front_end.rate();
        let spec = match front_end.parameters() {
            Parameters::Named(spec) => spec,
            Parameters::Described(described) => {
                return Ok(Self(Method::Described(DescribedExtractor::new(&described)?)));
            }
        };
        Ok(Self(match &spec.features {
            FeatureKind::Samples { .. } => Method::Copy,
            FeatureKind::Mel(mel) => Method::Mel(LogMel::new(mel, rate)?),
            FeatureKind::DbSpectrogram { spectra, hop, mel, .. } => {
                Method::DbSpectrogram(DbSpectrogram::new(*spectra, *hop, mel, rate)?)
            }
        }))
    }

    /// Writes the features of the frame with this index in its stream, as [`FeatureExtractor::extract`] does. A difference
    /// to a frame before the first one is 0. Real-time safe.
    pub fn extract_at(&mut self, index: FrameIndex, frame: &[f32], out: &mut [f32]) {
        match &mut self.0 {
            Method::Described(described) => described.extract_at(index, frame, out),
            _ => self.extract(frame, out),
        }
    }

    /// Writes the features of one frame: `frame` has [`FrontEnd::frame_len`] samples at [`FrontEnd::rate`], `out` has
    /// [`FrontEnd::bands`] values. Real-time safe.
    pub fn extract(&mut self, frame: &[f32], out: &mut [f32]) {
        match &mut self.0 {
            Method::Copy => out.iter_mut().zip(frame).for_each(|(value, &sample)| *value = sample),
            Method::Mel(mel) => mel.extract(frame, out),
            Method::DbSpectrogram(db_spectrogram) => db_spectrogram.extract(frame, out),
            Method::Described(described) => described.extract_at(FrameIndex(u64::MAX), frame, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_of_silence_match_the_reference() {
        for front_end in FrontEnd::ALL {
            let expected = match front_end {
                FrontEnd::Vggish => -4.605_17,
                FrontEnd::Maest => -0.815_094_6,
                FrontEnd::FsdSinet => -30.0,
                FrontEnd::LogMel128 => -69.077_55,
                _ => 0.0,
            };
            let mut out = vec![9.0; front_end.bands()];
            FeatureExtractor::new(front_end).unwrap().extract(&vec![0.0; front_end.frame_len()], &mut out);
            let name = front_end.name();
            assert!(out.iter().all(|v: &f32| (v - expected).abs() <= 1e-5), "{name}: {out:?}, expected {expected}");
        }
    }

    #[test]
    fn extraction_keeps_no_state_between_frames() {
        for front_end in FrontEnd::ALL {
            let frame: Vec<f32> = (0..front_end.frame_len()).map(|i| (i as f32 * 0.1).sin()).collect();
            let mut used = FeatureExtractor::new(front_end).unwrap();
            let mut out = [vec![0.0; front_end.bands()], vec![0.0; front_end.bands()]];
            used.extract(&vec![1.0; front_end.frame_len()], &mut out[0]);
            used.extract(&frame, &mut out[0]);
            FeatureExtractor::new(front_end).unwrap().extract(&frame, &mut out[1]);
            assert!(out[0] == out[1], "{}", front_end.name());
        }
    }
}
