//! Level analyzer of one stream.

use super::band_filters::{BANDS, BandFilters, PerBand, band};
use super::centroid::CentroidMeter;
use super::onset_detector::{BLOCKS_PER_S, OnsetDetectors};
use super::values::{LEVEL_FRAMES_PER_S, LevelEvent, LevelFrame};
use crate::{DspError, SampleRate};

/// Number of blocks of a frame.
const BLOCKS_PER_FRAME: u32 = BLOCKS_PER_S / LEVEL_FRAMES_PER_S;

/// Streaming analyzer of levels and onsets: a [`LevelFrame`] every 20 ms, and onsets in steps of 2.5 ms.
///
/// Frames and steps are at fixed positions of the stream, so blocks of any size give the same values.
#[derive(Debug)]
pub struct LevelAnalyzer {
    rate: SampleRate,
    filters: BandFilters,
    centroid: CentroidMeter,
    onsets: OnsetDetectors,
    /// Number of samples since the start.
    samples: u64,
    /// Number of blocks since the start.
    blocks: u64,
    block: Sums,
    frame: Sums,
}

/// Sums over a block or a frame.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    samples: u32,
    energy: f64,
    peak: f32,
    bands: PerBand,
}

impl LevelAnalyzer {
    /// Creates an analyzer of a stream at `rate`. Allocates: call while activating.
    ///
    /// # Errors
    /// [`DspError::Size`] if no spectrum can be computed; this does not happen at the rates of [`SampleRate`].
    pub fn new(rate: SampleRate) -> Result<Self, DspError> {
        Ok(Self {
            rate,
            filters: BandFilters::new(rate),
            centroid: CentroidMeter::new(rate)?,
            onsets: OnsetDetectors::new(),
            samples: 0,
            blocks: 0,
            block: Sums::default(),
            frame: Sums::default(),
        })
    }

    /// Returns the latency of a level in seconds: the time from a sample to the end of its frame is at most this long.
    #[must_use]
    pub fn latency_s(&self) -> f64 {
        1.0 / f64::from(LEVEL_FRAMES_PER_S)
    }

    /// Adds samples and calls `out` with each frame and onset that they complete, in order. Samples that are no finite
    /// number count as 0. Real-time safe.
    pub fn push(&mut self, samples: &[f32], out: &mut dyn FnMut(LevelEvent)) {
        let mut rest = samples;
        while !rest.is_empty() {
            let missing = self.block_end().saturating_sub(self.samples).max(1);
            let (part, after) = rest.split_at(rest.len().min(usize::try_from(missing).unwrap_or(usize::MAX)));
            self.add(part);
            rest = after;
            if self.samples >= self.block_end() {
                self.end_block(out);
            }
        }
    }

    /// Discards all state: the next sample is sample 0. Real-time safe.
    pub fn reset(&mut self) {
        self.filters.reset();
        self.centroid.reset();
        self.onsets.reset();
        (self.samples, self.blocks) = (0, 0);
        (self.block, self.frame) = (Sums::default(), Sums::default());
    }

    /// Returns the number of samples at the end of the present block.
    fn block_end(&self) -> u64 {
        ((self.blocks + 1) as f64 * self.rate.hz() / f64::from(BLOCKS_PER_S)).round() as u64
    }

    /// Adds samples of one block.
    fn add(&mut self, samples: &[f32]) {
        /// Number of samples that are copied at a time, to replace those that are not finite.
        const CHUNK: usize = 64;
        for samples in samples.chunks(CHUNK) {
            let mut finite = [0.0; CHUNK];
            let finite = &mut finite[..samples.len()];
            for (to, &sample) in finite.iter_mut().zip(samples) {
                *to = if sample.is_finite() { sample } else { 0.0 };
                self.block.energy += f64::from(*to).powi(2);
                self.block.peak = self.block.peak.max(to.abs());
            }
            self.filters.add_energies(finite, &mut self.block.bands);
            self.centroid.push(finite);
        }
        self.block.samples += samples.len() as u32;
        self.samples += samples.len() as u64;
    }

    fn end_block(&mut self, out: &mut dyn FnMut(LevelEvent)) {
        self.blocks += 1;
        self.filters.flush_denormals();
        let block = std::mem::take(&mut self.block);
        self.onsets.push(block.mean_squares(), &mut |onset| out(LevelEvent::Onset(onset)));
        self.frame.add(&block);
        if self.blocks.is_multiple_of(u64::from(BLOCKS_PER_FRAME)) {
            let frame = std::mem::take(&mut self.frame);
            let level = |band: usize| frame.mean_squares()[band].sqrt() as f32;
            out(LevelEvent::Frame(LevelFrame {
                end_s: self.rate.seconds(self.samples),
                rms: (frame.energy / f64::from(frame.samples)).sqrt() as f32,
                peak: frame.peak,
                low: level(band::LOW),
                mid: level(band::MID),
                high: level(band::HIGH),
                centroid_hz: self.centroid.centroid_hz() as f32,
            }));
        }
    }
}

impl Sums {
    fn add(&mut self, block: &Self) {
        self.samples += block.samples;
        self.energy += block.energy;
        self.peak = self.peak.max(block.peak);
        self.bands.iter_mut().zip(block.bands).for_each(|(sum, band)| *sum += band);
    }

    fn mean_squares(&self) -> PerBand {
        let mut powers = [0.0; BANDS];
        for (power, band) in powers.iter_mut().zip(self.bands) {
            *power = band / f64::from(self.samples.max(1));
        }
        powers
    }
}

#[cfg(test)]
mod tests;
