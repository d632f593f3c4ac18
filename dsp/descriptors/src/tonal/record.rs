//! Record of the tonal frames of a stream: what does not depend on gain and tuning.

use earmark_dsp::{DspError, Spectrum};

use super::tuning::TuningVote;
use crate::SAMPLE_RATE_HZ;
use crate::math::mean_square;
use crate::options::FrameOptions;
use crate::peaks::{Peak, PeakOrder, PeakPicker};

/// Number of peaks of a frame that are kept.
pub const MAX_PEAKS: usize = 60;
/// Lowest and highest frequency in Hz of the peaks that are kept.
const PROFILE_BAND_HZ: [f64; 2] = [20.0, 3500.0];
/// Lowest and highest frequency in Hz of the peaks that count for the tuning.
const TUNING_BAND_HZ: [f64; 2] = [40.0, 5000.0];

/// Frame of the record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    /// Mean square of the samples.
    pub(super) mean_square: f32,
    /// Strongest peaks, in descending magnitude.
    pub(super) peaks: &'a [Peak],
    /// Contribution to the tuning histogram.
    pub(super) vote: TuningVote,
}

/// Record of the frames of a stream, un-gained.
#[derive(Debug, Default)]
pub(super) struct Record {
    mean_squares: Vec<f32>,
    /// Number of peaks of all frames up to and with a frame.
    ends: Vec<usize>,
    peaks: Vec<Peak>,
    votes: Vec<TuningVote>,
}

impl Record {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn clear(&mut self) {
        self.mean_squares.clear();
        self.ends.clear();
        self.peaks.clear();
        self.votes.clear();
    }

    /// Returns a frame; `index` is below the length.
    pub(super) fn frame(&self, index: usize) -> Frame<'_> {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        let peaks = &self.peaks[start..self.ends[index]];
        Frame { mean_square: self.mean_squares[index], peaks, vote: self.votes[index] }
    }

    fn push(&mut self, mean_square: f32, peaks: &[Peak], vote: TuningVote) {
        self.mean_squares.push(mean_square);
        self.peaks.extend_from_slice(peaks);
        self.ends.push(self.peaks.len());
        self.votes.push(vote);
    }
}

/// Analyzer of single frames.
pub(super) struct FrameAnalyzer {
    spectrum: Spectrum<f32>,
    /// Magnitudes up to a little above the highest frequency that counts.
    magnitudes: Vec<f32>,
    strongest: PeakPicker,
    tuning: PeakPicker,
    peaks: Vec<Peak>,
}

impl FrameAnalyzer {
    pub(super) fn new(options: &FrameOptions) -> Result<Self, DspError> {
        let weights = options.window.normalized(options.frame_len);
        let bin_hz = SAMPLE_RATE_HZ / options.fft_len() as f64;
        let picker = |[min_hz, max_hz]: [f64; 2], max_peaks, order| PeakPicker {
            bin_hz,
            min_hz,
            max_hz,
            threshold: 0.0,
            max_peaks,
            order,
        };
        // The scan ends at the first peak above the highest frequency. These bins hold that peak in all but
        // pathological spectra, in which the end of the bins stands for it.
        let bins = ((TUNING_BAND_HZ[1] / bin_hz) as usize + 64).min(options.bins());
        Ok(Self {
            spectrum: Spectrum::with_weights(&weights, options.fft_len())?,
            magnitudes: vec![0.0; bins],
            strongest: picker(PROFILE_BAND_HZ, MAX_PEAKS, PeakOrder::Magnitude),
            tuning: picker(TUNING_BAND_HZ, usize::MAX, PeakOrder::Frequency),
            peaks: Vec::with_capacity(bins),
        })
    }

    /// Adds a frame to the record. Allocates only while the record grows.
    pub(super) fn analyze(&mut self, frame: &[f32], record: &mut Record) {
        for (magnitude, bin) in self.magnitudes.iter_mut().zip(self.spectrum.complex(frame)) {
            *magnitude = bin.norm_sqr().sqrt();
        }
        self.pick(|analyzer| &analyzer.tuning);
        let vote = TuningVote::of(&self.peaks);
        self.pick(|analyzer| &analyzer.strongest);
        record.push(mean_square(frame) as f32, &self.peaks, vote);
    }

    fn pick(&mut self, picker: impl Fn(&Self) -> &PeakPicker) {
        let mut peaks = std::mem::take(&mut self.peaks);
        let picker = picker(self);
        picker.pick(&self.magnitudes, &mut peaks);
        peaks.retain(|peak| peak.magnitude.is_finite() && f64::from(peak.hz) <= picker.max_hz);
        self.peaks = peaks;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record_of(frame: &[f32]) -> Record {
        let mut record = Record::default();
        FrameAnalyzer::new(&FrameOptions::TONAL).unwrap().analyze(frame, &mut record);
        record
    }

    #[test]
    fn tone_is_the_first_peak_with_its_amplitude() {
        let tone: Vec<f32> =
            (0..4096).map(|i| 0.3 * (std::f64::consts::TAU * 441.3 * f64::from(i) / 44_100.0).sin() as f32).collect();
        let record = record_of(&tone);
        let frame = record.frame(0);
        assert!((frame.peaks[0].hz - 441.3).abs() < 0.5 && (frame.peaks[0].magnitude - 0.3).abs() < 0.02, "{frame:?}");
        assert_eq!(frame.vote.bin, 55);
        assert!(frame.peaks.len() <= MAX_PEAKS && frame.peaks.is_sorted_by(|a, b| a.magnitude >= b.magnitude));
        assert!((frame.mean_square - 0.045).abs() < 1e-3);
    }

    #[test]
    fn silent_and_impossible_frames_have_no_peaks() {
        for sample in [0.0, f32::NAN, f32::INFINITY, f32::MAX] {
            let record = record_of(&[sample; 4096]);
            assert!(record.frame(0).peaks.is_empty(), "{sample}: {:?}", record.frame(0).peaks);
            assert_eq!(record.len(), 1);
        }
    }
}
