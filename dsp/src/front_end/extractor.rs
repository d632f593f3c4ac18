//! Frames of samples to frames of features.

use super::chunk::Chunk;
use super::log_mel::LogMel;
use super::spec::Features;
use crate::{DspError, FrontEnd};

/// Turns frames of samples into frames of features by one [`FrontEnd`].
pub struct FeatureExtractor(Means);

enum Means {
    Copy,
    Mel(LogMel),
    Chunk(Chunk),
}

impl FeatureExtractor {
    /// Plans the spec. Allocates: call while activating.
    ///
    /// # Errors
    /// None with the specs as they are; the signature is that of the parts.
    pub fn new(front_end: FrontEnd) -> Result<Self, DspError> {
        let rate = front_end.rate();
        Ok(Self(match &front_end.spec().features {
            Features::Samples { .. } => Means::Copy,
            Features::Mel(mel) => Means::Mel(LogMel::new(mel, rate)?),
            Features::Chunk { spectra, hop, mel, .. } => Means::Chunk(Chunk::new(*spectra, *hop, mel, rate)?),
        }))
    }

    /// Writes the features of one frame: `frame` is [`FrontEnd::frame_len`] samples at [`FrontEnd::rate`],
    /// `out` is [`FrontEnd::bands`] values. Does not allocate.
    pub fn extract(&mut self, frame: &[f32], out: &mut [f32]) {
        match &mut self.0 {
            Means::Copy => out.iter_mut().zip(frame).for_each(|(value, &sample)| *value = sample),
            Means::Mel(mel) => mel.extract(frame, out),
            Means::Chunk(chunk) => chunk.extract(frame, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_has_the_value_of_the_reference() {
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
    fn a_frame_leaves_nothing_behind_for_the_next() {
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
