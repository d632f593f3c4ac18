//! Onset activation: half-wave rectified spectral flux in 24 logarithmic bands, about 100 values per second.

use std::fmt;

use earmark_dsp::{DspError, Framer, Resampler, SampleRate, Spectrum, Window};

/// Rate of the analyzed samples.
const RATE: SampleRate = SampleRate::HZ_22050;
/// Length of a frame in samples: 46 ms.
const FRAME_LEN: usize = 1024;
/// Distance between two frames in samples.
const HOP: usize = 220;
/// Number of bands.
const BANDS: usize = 24;
/// Lower edge of the lowest band and upper edge of the highest, in Hz.
const RANGE_HZ: (f64, f64) = (30.0, 10_500.0);
/// Number of frames between the two spectra of a difference.
const LAG: usize = 2;
/// Factor of the magnitudes before the logarithm.
const GAIN: f32 = 1.0;
/// Length of the history that scales the activation, in frames: 3 s.
const SCALE_FRAMES: usize = 301;
/// Mean square below which a frame is silent: -70 dBFS.
const SILENT_LEVEL: f32 = 1e-7;
/// Time from an onset to the centre of the frame with the greatest flux, in seconds: the median over pieces with known
/// beats. The difference is that of a frame and the one two frames before.
const ONSET_DELAY_S: f64 = 0.008;

/// Time between two values of the activation, in seconds.
pub(crate) const FRAME_S: f64 = HOP as f64 / 22_050.0;

/// Onset activation of one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Onset {
    /// Index of the frame.
    pub(crate) frame: u64,
    /// Strength relative to the strongest one of the last 3 s, 0 to 1; none in silence.
    pub(crate) strength: Option<f32>,
}

/// Returns the time in seconds of an onset in a frame, from the first sample on.
pub(crate) fn time_s(frame: f64) -> f64 {
    frame * FRAME_S - ONSET_DELAY_S
}

/// Stream of the onset activation of samples at any rate. Allocates only while its buffers grow with the longest block.
pub(crate) struct FluxStream {
    resampler: Resampler,
    resampled: Vec<f32>,
    framer: Framer,
    flux: Flux,
}

impl fmt::Debug for FluxStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FluxStream").field("frames", &self.flux.frames).finish_non_exhaustive()
    }
}

impl FluxStream {
    /// Creates a stream for samples at `rate`. Allocates.
    ///
    /// # Errors
    /// [`DspError::Resample`] if the rate cannot be converted.
    pub(crate) fn new(rate: SampleRate) -> Result<Self, DspError> {
        Ok(Self {
            // The bands are wide: a short filter serves them.
            resampler: Resampler::fast(rate, RATE)?,
            resampled: Vec::new(),
            framer: Framer::new(FRAME_LEN, HOP)?,
            flux: Flux::new()?,
        })
    }

    /// Adds samples and calls `emit` with the activation of each frame that they complete.
    pub(crate) fn push(&mut self, samples: &[f32], mut emit: impl FnMut(Onset)) {
        self.resampled.clear();
        self.resampler.push(samples, &mut self.resampled);
        self.framer.push(&self.resampled, |frame| emit(self.flux.next(frame)));
    }

    /// Discards all state: the next sample is sample 0.
    pub(crate) fn reset(&mut self) {
        self.resampler.reset();
        self.framer.reset();
        self.flux.reset();
    }
}

/// Flux of frames, and its scale.
struct Flux {
    spectrum: Spectrum<f32>,
    magnitudes: Vec<f32>,
    /// First bin and weights of each band.
    bands: Vec<(usize, Vec<f32>)>,
    /// Logarithms of the last [`LAG`] frames and of the present one, a ring.
    logs: [[f32; BANDS]; LAG + 1],
    /// Flux of the last frames, a ring.
    history: [f32; SCALE_FRAMES],
    frames: u64,
}

impl Flux {
    fn new() -> Result<Self, DspError> {
        let spectrum = Spectrum::new(Window::HannPeriodic, FRAME_LEN, FRAME_LEN)?;
        Ok(Self {
            magnitudes: vec![0.0; spectrum.bins()],
            bands: bands(spectrum.bins()),
            spectrum,
            logs: [[0.0; BANDS]; LAG + 1],
            history: [0.0; SCALE_FRAMES],
            frames: 0,
        })
    }

    fn next(&mut self, samples: &[f32]) -> Onset {
        let square: f32 = samples.iter().map(|sample| sample * sample).sum();
        let is_silent = square / (samples.len() as f32) < SILENT_LEVEL;
        self.spectrum.magnitudes(samples, &mut self.magnitudes);
        let (present, before) = (self.frames as usize % (LAG + 1), (self.frames as usize + 1) % (LAG + 1));
        let mut flux = 0.0;
        for (band, (first, weights)) in self.bands.iter().enumerate() {
            let sum: f32 = self.magnitudes[*first..].iter().zip(weights).map(|(value, weight)| value * weight).sum();
            let log = (GAIN * sum).ln_1p();
            self.logs[present][band] = log;
            flux += (log - self.logs[before][band]).max(0.0);
        }
        // The first frames have no frame before them.
        let flux = if self.frames < LAG as u64 { 0.0 } else { flux };
        self.history[self.frames as usize % SCALE_FRAMES] = flux;
        let count = SCALE_FRAMES.min(self.frames as usize + 1);
        let history = &self.history[..count];
        let (mean, peak) = (history.iter().sum::<f32>() / count as f32, history.iter().copied().fold(0.0, f32::max));
        let strength = if peak > mean { ((flux - mean) / (peak - mean)).max(0.0) } else { 0.0 };
        let frame = self.frames;
        self.frames += 1;
        Onset { frame, strength: (!is_silent).then_some(strength) }
    }

    fn reset(&mut self) {
        self.logs = [[0.0; BANDS]; LAG + 1];
        self.history = [0.0; SCALE_FRAMES];
        self.frames = 0;
    }
}

/// Returns first bin and weights of triangular bands, spaced evenly on a logarithmic scale; each has at least one bin.
fn bands(bins: usize) -> Vec<(usize, Vec<f32>)> {
    let hz_per_bin = RATE.hz() / FRAME_LEN as f64;
    let ratio = (RANGE_HZ.1 / RANGE_HZ.0).powf(1.0 / (BANDS + 1) as f64);
    let edge = |index: usize| RANGE_HZ.0 * ratio.powi(index as i32) / hz_per_bin;
    (0..BANDS)
        .map(|band| {
            let (low, centre, high) = (edge(band), edge(band + 1), edge(band + 2));
            let weight = |bin: usize| {
                let bin = bin as f64;
                ((bin - low) / (centre - low)).min((high - bin) / (high - centre)).max(0.0) as f32
            };
            let first = (low.ceil() as usize).min(bins - 1);
            let weights: Vec<f32> = (first..bins).take_while(|&bin| (bin as f64) < high).map(weight).collect();
            if weights.iter().any(|&weight| weight > 0.0) {
                (first, weights)
            } else {
                ((centre.round() as usize).min(bins - 1), vec![1.0])
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns decaying bursts of noise at the given times in seconds.
    fn bursts(rate_hz: f64, seconds: f64, at_s: &[f64]) -> Vec<f32> {
        let mut seed = 7_u32;
        let mut noise = move || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        let mut samples: Vec<f32> = (0..(seconds * rate_hz) as usize).map(|_| 0.001 * noise()).collect();
        for at in at_s {
            let first = (at * rate_hz) as usize;
            for (index, sample) in samples.iter_mut().skip(first).take((0.2 * rate_hz) as usize).enumerate() {
                *sample += 0.5 * noise() * (-(index as f32) / (0.03 * rate_hz as f32)).exp();
            }
        }
        samples
    }

    fn onsets(samples: &[f32], rate_hz: f64, block: usize) -> Vec<Onset> {
        let mut stream = FluxStream::new(SampleRate::new(rate_hz).unwrap()).unwrap();
        let mut found = Vec::new();
        samples.chunks(block).for_each(|block| stream.push(block, |onset| found.push(onset)));
        found
    }

    #[test]
    fn bursts_are_the_strongest_onsets_at_their_times_at_any_rate() {
        let times = [0.4, 1.13, 1.9, 2.571];
        for rate_hz in [22_050.0, 44_100.0, 48_000.0] {
            let found = onsets(&bursts(rate_hz, 3.2, &times), rate_hz, 512);
            for at in times {
                let near = found.iter().filter(|onset| (time_s(onset.frame as f64) - at).abs() < 0.1);
                let top = near.max_by(|a, b| a.strength.partial_cmp(&b.strength).unwrap()).unwrap();
                let off_s = time_s(top.frame as f64) - at;
                assert!(off_s.abs() <= 0.02 && top.strength.unwrap() > 0.5, "{rate_hz} Hz, {at} s: {off_s} s, {top:?}");
            }
        }
    }

    #[test]
    fn blocks_of_any_size_give_the_same_onsets() {
        let samples = bursts(44_100.0, 2.0, &[0.4, 1.1]);
        let expected = onsets(&samples, 44_100.0, 8192);
        assert!(expected.len() > 150, "{}", expected.len());
        for block in [1, 64, 441, 1000] {
            assert_eq!(onsets(&samples, 44_100.0, block), expected, "blocks of {block}");
        }
    }

    #[test]
    fn silence_has_no_strength() {
        let found = onsets(&vec![0.0; 44_100], 44_100.0, 512);
        assert!(!found.is_empty() && found.iter().all(|onset| onset.strength.is_none()));
    }
}
