//! Separator: a stream of samples to stems.

use earmark_dsp::{SampleRate, Stft, Window};

use crate::SeparateError;
use crate::blocks::{BlockLayout, Blocks};
use crate::config::{NetworkLevel, SeparationMode, SeparatorConfig};
use crate::live::{Live, LiveCounters, Schedule, WINDOW_FRAMES};
use crate::mask::{MaskExtension, Masks};
use crate::model::StemModel;
use crate::network::CHANNELS;
use crate::runs::{Quality, Runs};
use crate::spectra::{FRAME_LEN, FrameSpectra, HOP};
use crate::stem_buffers::StemBuffers;
use crate::synthesis::Synthesis;

/// Separator of one stream. It starts no threads and opens no files.
///
/// The same samples give the same stems, byte for byte, in blocks of any size. Sample 0 of every stem is sample 0 of the
/// input, and the stems have the length of the input. Processing allocates until the buffers have grown, and runs the
/// networks: call it on a worker thread.
pub struct Separator {
    channels: usize,
    stfts: Vec<Stft>,
    resamplers: Vec<earmark_dsp::Resampler>,
    separation: Separation,
    synthesis: Synthesis,
    has_eco: bool,
    sanitized: u64,
    scratch: Scratch,
}

#[derive(Default)]
struct Scratch {
    clean: Vec<Vec<f32>>,
    resampled: Vec<Vec<f32>>,
    /// Finished frames of all channels: the bins of one frame after the other.
    frames: Vec<Vec<earmark_dsp::Complex<f32>>>,
}

enum Separation {
    Blocks(Box<Blocks>),
    Live(Box<Live>),
}

impl Separator {
    /// Creates a separator for a stream of `channels` channels (1 or 2) at `rate`. Allocates, and may load the networks:
    /// takes up to a second.
    ///
    /// # Errors
    /// If the number of channels or a setting is out of range, the networks cannot be loaded, or the rate cannot be
    /// converted.
    pub fn new(
        model: &StemModel,
        rate: SampleRate,
        channels: usize,
        config: SeparatorConfig,
    ) -> Result<Self, SeparateError> {
        if !(1..=CHANNELS).contains(&channels) {
            return Err(SeparateError::Channels { got: channels });
        }
        if config.eco && !model.has_eco() {
            let (expected, got) = ("a model of two stems from two networks".to_owned(), model.id().to_owned());
            return Err(SeparateError::Setting { what: "eco mode", expected, got });
        }
        let exact = config.mode == SeparationMode::Exact;
        let stems = (model.stems().len(), model.residual());
        let frame_channels = if exact { CHANNELS } else { channels };
        let gain = match config.level {
            NetworkLevel::Gain(gain) if gain.is_finite() && gain > 0.0 => gain,
            NetworkLevel::Gain(gain) => {
                let (expected, got) = ("a finite gain above 0".to_owned(), gain.to_string());
                return Err(SeparateError::Setting { what: "gain", expected, got });
            }
            NetworkLevel::Auto => 1.0,
        };
        let quality = |eco: Quality| if config.eco { eco } else { Quality::Full };
        let separation = match config.mode {
            SeparationMode::Blocks | SeparationMode::Exact => {
                let layout = if exact { BlockLayout::REFERENCE } else { BlockLayout::GUARDED };
                let default = if exact { MaskExtension::Zeros } else { MaskExtension::Energy };
                let runs = Runs::new(model, layout.frames, quality(Quality::EcoFirst))?;
                let options = (gain, config.extension.unwrap_or(default));
                Separation::Blocks(Box::new(Blocks::new(layout, runs, stems, options, frame_channels)))
            }
            SeparationMode::Live(schedule) => {
                let runs = Runs::new(model, WINDOW_FRAMES, quality(Quality::EcoSecond))?;
                let options = (config.level == NetworkLevel::Auto, config.extension.unwrap_or_default());
                Separation::Live(Box::new(Live::new(schedule.check()?, runs, stems, options, frame_channels)))
            }
        };
        let resampler = |_| config.mode.resampling().resampler(rate, SampleRate::HZ_44100);
        let stft = |_| Stft::new(Window::HannPeriodic, FRAME_LEN, HOP);
        Ok(Self {
            channels,
            stfts: (0..channels).map(stft).collect::<Result<_, _>>()?,
            resamplers: (0..channels).map(resampler).collect::<Result<_, _>>()?,
            separation,
            synthesis: Synthesis::new(stems, rate, frame_channels, config.mode)?,
            has_eco: model.has_eco(),
            sanitized: 0,
            scratch: Scratch {
                clean: vec![Vec::new(); channels],
                resampled: vec![Vec::new(); channels],
                frames: vec![Vec::new(); channels],
            },
        })
    }

    /// Returns the number of channels of the stems: that of the stream, or 2 in [`SeparationMode::Exact`].
    #[must_use]
    pub fn output_channels(&self) -> usize {
        self.synthesis.channels()
    }

    /// Returns the sample rate of the stems: that of the stream, or 44.1 kHz in [`SeparationMode::Exact`].
    #[must_use]
    pub fn output_rate(&self) -> SampleRate {
        self.synthesis.rate()
    }

    /// Returns the maximum number of samples of the stream that are pushed before the stems of a sample are complete,
    /// apart from the time that the networks take.
    #[must_use]
    pub fn latency_samples(&self) -> usize {
        let frames = match &self.separation {
            Separation::Blocks(blocks) => blocks.look_ahead(),
            Separation::Live(live) => live.look_ahead(),
        };
        self.synthesis.latency_samples(frames * HOP, &self.resamplers)
    }

    /// Returns the number of samples that were NaN or infinite and were set to 0.
    #[must_use]
    pub fn sanitized(&self) -> u64 {
        self.sanitized
    }

    /// Separates a block: one slice per channel, of equal lengths. Appends the finished samples to `out`.
    ///
    /// # Errors
    /// If the slices do not match the number of channels or each other, or the inference engine fails.
    pub fn push(&mut self, input: &[&[f32]], out: &mut StemBuffers) -> Result<(), SeparateError> {
        self.check(input)?;
        for ((channel, clean), resampled) in input.iter().zip(&mut self.scratch.clean).zip(&mut self.scratch.resampled)
        {
            clean.clear();
            clean.extend(channel.iter().map(|&sample| if sample.is_finite() { sample } else { 0.0 }));
            let invalid = channel.iter().filter(|sample| !sample.is_finite()).count();
            self.sanitized += invalid as u64;
            resampled.clear();
        }
        for ((clean, resampler), resampled) in
            self.scratch.clean.iter().zip(&mut self.resamplers).zip(&mut self.scratch.resampled)
        {
            resampler.push(clean, resampled);
        }
        self.synthesis.push_mix(&self.scratch.clean);
        self.transform();
        self.separate()?;
        self.synthesis.collect(out);
        Ok(())
    }

    /// Ends the stream: appends the remaining samples to `out`, then resets.
    ///
    /// # Errors
    /// If the inference engine fails.
    pub fn flush(&mut self, out: &mut StemBuffers) -> Result<(), SeparateError> {
        for (resampler, resampled) in self.resamplers.iter_mut().zip(&mut self.scratch.resampled) {
            resampled.clear();
            resampler.flush(resampled);
        }
        self.transform();
        for (stft, frames) in self.stfts.iter_mut().zip(&mut self.scratch.frames) {
            stft.flush(|bins| frames.extend_from_slice(bins));
        }
        self.separate()?;
        let synthesis = &mut self.synthesis;
        let mut emit = |frame: &FrameSpectra, masks: &Masks| synthesis.push(frame, masks);
        match &mut self.separation {
            Separation::Blocks(blocks) => blocks.flush(&mut emit)?,
            Separation::Live(live) => live.flush(&mut emit)?,
        }
        self.synthesis.flush(out);
        Ok(())
    }

    /// Discards all state: the next sample is sample 0.
    pub fn reset(&mut self) {
        self.resamplers.iter_mut().for_each(earmark_dsp::Resampler::reset);
        self.stfts.iter_mut().for_each(Stft::reset);
        match &mut self.separation {
            Separation::Blocks(blocks) => blocks.reset(),
            Separation::Live(live) => live.reset(),
        }
        self.synthesis.reset();
    }

    /// Sets whether the next runs are left out because the stream is late: the masks of the last run are held for a hop,
    /// then fade to the residual. No effect in blocks.
    pub fn set_hold(&mut self, hold: bool) {
        if let Separation::Live(live) = &mut self.separation {
            live.hold = hold;
        }
    }

    /// Changes the times of the runs of a live stream; stems continue without a gap. No effect in blocks.
    ///
    /// # Errors
    /// If the schedule is out of range.
    pub fn set_schedule(&mut self, schedule: Schedule) -> Result<(), SeparateError> {
        if let Separation::Live(live) = &mut self.separation {
            live.set_schedule(schedule.check()?);
        }
        Ok(())
    }

    /// Sets whether a live stream runs only one of two networks. No effect in blocks, and for models without two networks.
    pub fn set_eco(&mut self, eco: bool) {
        if let Separation::Live(live) = &mut self.separation {
            live.set_quality(if eco && self.has_eco { Quality::EcoSecond } else { Quality::Full });
        }
    }

    /// Returns the counters of a live stream; zeros in blocks.
    #[must_use]
    pub fn counters(&self) -> LiveCounters {
        match &self.separation {
            Separation::Live(live) => live.counters,
            Separation::Blocks(_) => LiveCounters::default(),
        }
    }

    fn check(&self, input: &[&[f32]]) -> Result<(), SeparateError> {
        if input.len() != self.channels {
            let (expected, got) = (self.channels, input.len());
            return Err(SeparateError::Block { what: "number of channels", expected, got });
        }
        let expected = input[0].len();
        match input.iter().find(|channel| channel.len() != expected) {
            Some(channel) => Err(SeparateError::Block { what: "length of a channel", expected, got: channel.len() }),
            None => Ok(()),
        }
    }

    /// Transforms the resampled samples to frames.
    fn transform(&mut self) {
        let Scratch { resampled, frames, .. } = &mut self.scratch;
        for ((stft, samples), frames) in self.stfts.iter_mut().zip(resampled).zip(frames) {
            frames.clear();
            stft.push(samples, |bins| frames.extend_from_slice(bins));
        }
    }

    /// Separates the transformed frames.
    fn separate(&mut self) -> Result<(), SeparateError> {
        let synthesis = &mut self.synthesis;
        let mut emit = |frame: &FrameSpectra, masks: &Masks| synthesis.push(frame, masks);
        let frames = &self.scratch.frames;
        let bins = self.stfts[0].bins();
        for start in (0..frames[0].len()).step_by(bins) {
            let fill = |spectra: &mut FrameSpectra| {
                for channel in 0..spectra.channels() {
                    let of_stream = &frames[channel.min(frames.len() - 1)];
                    spectra.channel_mut(channel).copy_from_slice(&of_stream[start..start + bins]);
                }
            };
            match &mut self.separation {
                Separation::Blocks(blocks) => blocks.push(fill, &mut emit)?,
                Separation::Live(live) => live.push(fill, &mut emit)?,
            }
        }
        Ok(())
    }
}
