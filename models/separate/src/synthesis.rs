//! Synthesis of the stems: masked spectra to samples at the rate of the stream, and the residual.

use std::collections::VecDeque;

use earmark_dsp::{Istft, Resampler, SampleRate, Window};

use crate::SeparateError;
use crate::config::SeparationMode;
use crate::mask::Masks;
use crate::spectra::{FRAME_LEN, FrameSpectra, HOP};
use crate::stem_buffers::StemBuffers;

/// Number of frames that add up to a sample.
const OVERLAP: usize = FRAME_LEN / HOP;

/// Inverse transform of one channel of one stem.
struct StemChannel {
    istft: Istft,
    resampler: Resampler,
    at_44100: Vec<f32>,
    resampled: Vec<f32>,
    /// Samples at the rate of the stems that were not collected.
    ready: VecDeque<f32>,
}

/// Synthesis of all stems of a stream.
pub(crate) struct Synthesis {
    /// Channels of each stem; none for the residual.
    stems: Vec<Vec<StemChannel>>,
    /// The mix at the rate of the stream; unused if there is no residual.
    mix: Vec<VecDeque<f32>>,
    residual: Option<usize>,
    rate: SampleRate,
    channels: usize,
    overlap: usize,
    /// Numbers of samples of the mix and of the stems so far.
    taken: u64,
    given: u64,
    input_rate: SampleRate,
}

impl Synthesis {
    pub(crate) fn new(
        (stems, residual): (usize, usize),
        input_rate: SampleRate,
        channels: usize,
        mode: SeparationMode,
    ) -> Result<Self, SeparateError> {
        let exact = mode == SeparationMode::Exact;
        let rate = if exact { SampleRate::HZ_44100 } else { input_rate };
        let overlap = if matches!(mode, SeparationMode::Live(_)) { OVERLAP - 1 } else { OVERLAP };
        let residual = (!exact).then_some(residual);
        let channel = || -> Result<StemChannel, SeparateError> {
            let resampler = mode.resampling().resampler(SampleRate::HZ_44100, rate)?;
            let istft = Istft::new(Window::HannPeriodic, FRAME_LEN, HOP, overlap)?;
            let (at_44100, resampled) = (Vec::new(), Vec::new());
            Ok(StemChannel { istft, resampler, at_44100, resampled, ready: VecDeque::new() })
        };
        let stem = |stem| {
            let count = if residual == Some(stem) { 0 } else { channels };
            (0..count).map(|_| channel()).collect::<Result<_, _>>()
        };
        Ok(Self {
            stems: (0..stems).map(stem).collect::<Result<_, SeparateError>>()?,
            mix: vec![VecDeque::new(); if exact { 0 } else { channels }],
            residual,
            rate,
            channels,
            overlap,
            taken: 0,
            given: 0,
            input_rate,
        })
    }

    pub(crate) fn channels(&self) -> usize {
        self.channels
    }

    pub(crate) fn rate(&self) -> SampleRate {
        self.rate
    }

    /// Converts a latency at 44.1 kHz to samples of the stream, and adds that of the overlap-add and the resamplers.
    pub(crate) fn latency_samples(&self, at_44100: usize, input: &[Resampler]) -> usize {
        let output = self.stems.iter().flatten().map(|channel| channel.resampler.latency_s()).fold(0.0, f64::max);
        let resampling = input.first().map_or(0.0, Resampler::latency_s) + output;
        let samples = (at_44100 + (self.overlap - 1) * HOP) as f64 / SampleRate::HZ_44100.hz() + resampling;
        (samples * self.input_rate.hz()).ceil() as usize
    }

    /// Adds samples of the mix at the rate of the stream.
    pub(crate) fn push_mix(&mut self, channels: &[Vec<f32>]) {
        self.taken += channels[0].len() as u64;
        for (mix, samples) in self.mix.iter_mut().zip(channels) {
            mix.extend(samples);
        }
    }

    /// Adds a frame.
    pub(crate) fn push(&mut self, frame: &FrameSpectra, masks: &Masks) {
        for (index, stem) in self.stems.iter_mut().enumerate() {
            for (channel, output) in stem.iter_mut().enumerate() {
                let bins = frame.channel(channel).iter().zip(masks.mask(index, channel));
                output.at_44100.clear();
                output.istft.push(bins.map(|(bin, mask)| bin * mask), &mut output.at_44100);
                output.resampled.clear();
                output.resampler.push(&output.at_44100, &mut output.resampled);
                output.ready.extend(&output.resampled);
            }
        }
    }

    /// Appends the samples that are complete in all stems to `out`.
    pub(crate) fn collect(&mut self, out: &mut StemBuffers) {
        let mix = self.mix.iter().map(VecDeque::len);
        let ready = self.stems.iter().flatten().map(|channel| channel.ready.len());
        let count = ready.chain(mix).min().unwrap_or(0);
        self.take(count, out);
    }

    /// Appends the remaining samples to `out`, so that the stems have the length of the stream, then resets.
    pub(crate) fn flush(&mut self, out: &mut StemBuffers) {
        let total = (self.taken as f64 * self.rate.hz() / self.input_rate.hz()).ceil() as u64;
        let rest = (total - self.given.min(total)) as usize;
        for channel in self.stems.iter_mut().flatten() {
            channel.resampled.clear();
            channel.resampler.flush(&mut channel.resampled);
            channel.ready.extend(&channel.resampled);
            channel.ready.resize(rest, 0.0);
        }
        self.take(rest, out);
        self.reset();
    }

    fn take(&mut self, count: usize, out: &mut StemBuffers) {
        self.given += count as u64;
        for (index, stem) in self.stems.iter_mut().enumerate() {
            let buffers = out.stem_mut(index, self.channels);
            for (channel, buffer) in stem.iter_mut().zip(buffers) {
                buffer.extend(channel.ready.drain(..count));
            }
        }
        let Some(residual) = self.residual else { return };
        for (channel, mix) in self.mix.iter_mut().enumerate() {
            let mut rest: Vec<f32> = mix.drain(..count).collect();
            for index in (0..self.stems.len()).filter(|&index| index != residual) {
                let stem = &out.stem(index)[channel];
                let stem = &stem[stem.len() - count..];
                rest.iter_mut().zip(stem).for_each(|(rest, sample)| *rest -= sample);
            }
            out.stem_mut(residual, self.channels)[channel].extend(rest);
        }
    }

    pub(crate) fn reset(&mut self) {
        for channel in self.stems.iter_mut().flatten() {
            channel.istft.reset();
            channel.resampler.reset();
            channel.ready.clear();
        }
        self.mix.iter_mut().for_each(VecDeque::clear);
        (self.taken, self.given) = (0, 0);
    }
}
