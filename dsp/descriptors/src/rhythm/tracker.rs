//! Beat trackers on the detection functions of a stream.

use std::ops::Range;

use super::agreement::most_agreeing;
use super::beat_functions::{BeatFunctions, FINE_HOP, FRAME_LEN, FineFunctions, HOP};
use super::degara::{DegaraOptions, beats_degara};
use super::numeric::seconds;
use super::options::BeatMethod;
use crate::math::frames_in;
use crate::{DescriptorError, SAMPLE_RATE_HZ};

/// Beats of a stream or of a window of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Beats {
    /// Times in seconds after the start of the stream, ascending.
    pub times_s: Vec<f64>,
    /// Mean agreement of the five detection functions in bits, from 0 to 5: below 1 the beats are unreliable, above 3.5
    /// reliable. `None` with [`BeatMethod::Degara`].
    pub confidence: Option<f64>,
}

/// Detection function of beats: a value per frame, high at onsets. Frames have 2048 samples, the first starts with sample
/// 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DetectionFunction {
    /// Deviation in the complex plane from steady sinusoids (Essentia's OnsetDetection "complex").
    Complex,
    /// Rise of the root mean square ("rms").
    RmsRise,
    /// Rise in dB of 40 mel bands up to 4 kHz ("melflux").
    MelFlux,
    /// Deviation in the ERB bands with the strongest beat (OnsetDetectionGlobal "beat_emphasis").
    BeatEmphasis,
    /// Rise in octaves of the bins from 40 Hz to 5 kHz over eleven frames ("infogain").
    InformationGain,
}

impl DetectionFunction {
    /// All functions, in the order in which the multifeature tracker compares them.
    pub const ALL: [Self; 5] = [Self::Complex, Self::RmsRise, Self::MelFlux, Self::BeatEmphasis, Self::InformationGain];

    /// Returns the distance of two frames in samples.
    #[must_use]
    pub fn hop(self) -> usize {
        match self {
            Self::Complex | Self::RmsRise | Self::MelFlux => HOP,
            Self::BeatEmphasis | Self::InformationGain => FINE_HOP,
        }
    }

    /// Returns the number of values per second.
    #[must_use]
    pub fn rate_hz(self) -> f64 {
        SAMPLE_RATE_HZ / self.hop() as f64
    }

    /// Returns the factor by which the tracker interpolates the function.
    #[must_use]
    pub fn upsampling(self) -> usize {
        self.hop() / FINE_HOP
    }
}

/// Detection functions of a stream and the tracker that decodes them.
pub(super) struct Tracker {
    options: DegaraOptions,
    functions: BeatFunctions,
    /// Present with [`BeatMethod::Multifeature`].
    fine: Option<FineFunctions>,
}

impl Tracker {
    /// Creates a tracker at sample 0.
    pub(super) fn new(method: BeatMethod, options: DegaraOptions) -> Result<Self, DescriptorError> {
        let multifeature = method == BeatMethod::Multifeature;
        let fine = multifeature.then(FineFunctions::new).transpose()?;
        Ok(Self { options, functions: BeatFunctions::new(multifeature)?, fine })
    }

    /// Adds samples.
    pub(super) fn push(&mut self, samples: &[f32]) {
        self.functions.push(samples);
        if let Some(fine) = &mut self.fine {
            fine.push(samples);
        }
    }

    /// Ends the stream: adds the frames that are padded with zeros.
    pub(super) fn finish(&mut self) {
        self.functions.finish();
        if let Some(fine) = &mut self.fine {
            fine.finish();
        }
    }

    /// Discards all frames.
    pub(super) fn reset(&mut self) {
        self.functions.reset();
        if let Some(fine) = &mut self.fine {
            fine.reset();
        }
    }

    /// Returns the beats of the frames whose centre lies in `window`, of the stream multiplied by `gain`.
    pub(super) fn beats(&self, window: Option<&Range<u64>>, gain: f64) -> Beats {
        if self.fine.is_none() {
            return Beats { times_s: self.candidate(DetectionFunction::Complex, window, gain), confidence: None };
        }
        let mut lists = DetectionFunction::ALL.map(|function| self.candidate(function, window, gain));
        let start_s = seconds(self.frames(DetectionFunction::Complex, window).start * HOP);
        let agreement = most_agreeing(&lists, start_s);
        Beats { times_s: std::mem::take(&mut lists[agreement.choice]), confidence: Some(agreement.confidence) }
    }

    /// Returns the beats of one detection function.
    fn candidate(&self, function: DetectionFunction, window: Option<&Range<u64>>, gain: f64) -> Vec<f64> {
        let options = DegaraOptions { upsampling: function.upsampling(), ..self.options };
        let start_s = seconds(self.frames(function, window).start * function.hop());
        let mut beats = beats_degara(&self.function(function, window, gain), function.rate_hz(), options);
        beats.iter_mut().for_each(|beat| *beat += start_s);
        beats
    }

    /// Returns a detection function; empty if the method does not need it.
    pub(super) fn function(&self, function: DetectionFunction, window: Option<&Range<u64>>, gain: f64) -> Vec<f64> {
        let frames = self.frames(function, window);
        let widened = |values: Vec<f32>| values.into_iter().map(f64::from).collect();
        let gained = |values: &[f32]| values.iter().map(|&value| gain * f64::from(value)).collect();
        match (function, &self.fine) {
            (DetectionFunction::Complex, _) => gained(&self.functions.complex()[frames]),
            (DetectionFunction::RmsRise, _) => gained(&self.functions.rms_rise(frames)),
            (DetectionFunction::MelFlux, _) => widened(self.functions.mel_flux(frames, gain)),
            (DetectionFunction::BeatEmphasis, Some(fine)) => fine.beat_emphasis(frames),
            (DetectionFunction::InformationGain, Some(fine)) => widened(fine.information_gain(frames, gain)),
            (DetectionFunction::BeatEmphasis | DetectionFunction::InformationGain, None) => Vec::new(),
        }
    }

    /// Returns the frames of a detection function whose centre lies in `window`.
    fn frames(&self, function: DetectionFunction, window: Option<&Range<u64>>) -> Range<usize> {
        let count = match function.hop() {
            HOP => self.functions.complex().len(),
            _ => self.fine.as_ref().map_or(0, FineFunctions::frames),
        };
        frames_in(window, FRAME_LEN / 2, function.hop(), count)
    }
}
