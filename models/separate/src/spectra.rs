//! Spectra of one frame of the mix.

use earmark_dsp::Complex;

use crate::network::BINS;

/// Length of a frame in samples.
pub const FRAME_LEN: usize = 4096;
/// Distance between frames in samples: 23 ms at 44.1 kHz.
pub const HOP: usize = 1024;
/// Number of bins of a frame, from 0 Hz to Nyquist.
pub(crate) const ALL_BINS: usize = FRAME_LEN / 2 + 1;

/// Frames that are reused, so that a stream allocates until it has as many as it needs.
#[derive(Debug)]
pub(crate) struct FramePool {
    spare: Vec<FrameSpectra>,
    channels: usize,
}

impl FramePool {
    pub(crate) fn new(channels: usize) -> Self {
        Self { spare: Vec::new(), channels }
    }

    /// Returns a frame of any content.
    pub(crate) fn take(&mut self) -> FrameSpectra {
        self.spare.pop().unwrap_or_else(|| FrameSpectra::silent(self.channels))
    }

    /// Returns a silent frame.
    pub(crate) fn take_silent(&mut self) -> FrameSpectra {
        let mut frame = self.take();
        frame.clear();
        frame
    }

    /// Takes frames back.
    pub(crate) fn recycle(&mut self, frames: impl IntoIterator<Item = FrameSpectra>) {
        self.spare.extend(frames);
    }
}

/// Complex spectra of one frame, one per channel of the stream.
#[derive(Debug, Clone, Default)]
pub(crate) struct FrameSpectra {
    channels: Vec<Vec<Complex<f32>>>,
}

impl FrameSpectra {
    pub(crate) fn silent(channels: usize) -> Self {
        Self { channels: vec![vec![Complex::default(); ALL_BINS]; channels] }
    }

    pub(crate) fn channels(&self) -> usize {
        self.channels.len()
    }

    pub(crate) fn channel(&self, channel: usize) -> &[Complex<f32>] {
        &self.channels[channel]
    }

    pub(crate) fn channel_mut(&mut self, channel: usize) -> &mut Vec<Complex<f32>> {
        &mut self.channels[channel]
    }

    /// Replaces all bins by 0.
    pub(crate) fn clear(&mut self) {
        self.channels.iter_mut().for_each(|bins| bins.fill(Complex::default()));
    }

    /// Writes the magnitudes, times `gain`, of the bins that the networks process. `channel` is one of the network: a
    /// mono stream has the same magnitudes in both.
    pub(crate) fn write_magnitudes(&self, channel: usize, gain: f32, out: &mut [f32]) {
        let bins = &self.channels[channel.min(self.channels.len() - 1)];
        for (magnitude, bin) in out.iter_mut().zip(&bins[..BINS]) {
            *magnitude = bin.norm_sqr().sqrt() * gain;
        }
    }

    /// Returns the mean power of the samples of the frame over all channels, weighted by the window; full scale is 1.
    pub(crate) fn power(&self) -> f64 {
        let sum: f64 = self
            .channels
            .iter()
            .map(|bins| {
                let one_sided: f64 = bins.iter().map(|bin| f64::from(bin.norm_sqr())).sum();
                let ends = bins.first().map_or(0.0, |bin| f64::from(bin.norm_sqr()))
                    + bins.last().map_or(0.0, |bin| f64::from(bin.norm_sqr()));
                2.0 * one_sided - ends
            })
            .sum();
        // Parseval's theorem; the squares of a periodic Hann window sum to 3/8 of its length.
        sum / (self.channels.len() as f64 * FRAME_LEN as f64 * 0.375 * FRAME_LEN as f64)
    }
}
