//! Input of the extractor: interleaved samples at any rate to channels and a mono mix at 44.1 kHz.

use earmark_dsp::{DspError, Resampler, SampleRate, downmix};

/// Mix from which everything but EBU R128 is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Downmix {
    /// Mean of all channels (default).
    #[default]
    Mix,
    /// First channel, for stereo whose channels cancel each other.
    Left,
}

impl Downmix {
    /// Returns the name in the layout.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mix => "mix",
            Self::Left => "left",
        }
    }
}

/// Converter of one stream.
pub(crate) struct Input {
    downmix: Downmix,
    resamplers: Vec<Resampler>,
    /// Samples of each channel at 44.1 kHz that were not given on yet.
    planar: Vec<Vec<f32>>,
    raw: Vec<f32>,
    clean: Vec<f32>,
    mono: Vec<f32>,
    /// Samples at 44.1 kHz to drop before the first, and to give on after that.
    skip: u64,
    remaining: u64,
    bounds: (u64, u64),
    /// Frames at the stream's own rate so far.
    pub(crate) frames: u64,
    /// Samples that were NaN, infinite or beyond +120 dBFS.
    pub(crate) sanitized: u64,
}

impl Input {
    /// Creates a converter that gives on the samples from `start` to `end`, counted at 44.1 kHz.
    pub(crate) fn new(
        rate: SampleRate,
        channels: usize,
        downmix: Downmix,
        (start, end): (u64, u64),
    ) -> Result<Self, DspError> {
        if channels == 0 {
            return Err(DspError::Size { what: "number of channels", expected: "at least 1".into(), got: 0 });
        }
        let resamplers =
            (0..channels).map(|_| Resampler::precise(rate, SampleRate::HZ_44100)).collect::<Result<_, _>>()?;
        let bounds = (start, end.saturating_sub(start));
        Ok(Self {
            downmix,
            resamplers,
            planar: vec![Vec::new(); channels],
            raw: Vec::new(),
            clean: Vec::new(),
            mono: Vec::new(),
            skip: bounds.0,
            remaining: bounds.1,
            bounds,
            frames: 0,
            sanitized: 0,
        })
    }

    pub(crate) fn channels(&self) -> usize {
        self.planar.len()
    }

    pub(crate) fn downmix(&self) -> Downmix {
        self.downmix
    }

    /// Converts interleaved samples, of which a trailing partial frame is ignored, and calls `take` with the channels
    /// and their mix.
    pub(crate) fn push(&mut self, interleaved: &[f32], take: impl FnMut(&[&[f32]], &[f32])) {
        let channels = self.channels();
        for (channel, (resampler, out)) in self.resamplers.iter_mut().zip(&mut self.planar).enumerate() {
            self.raw.clear();
            self.raw.extend(interleaved.chunks_exact(channels).map(|frame| frame[channel]));
            self.clean.resize(self.raw.len(), 0.0);
            self.sanitized += downmix::planar(&[&self.raw], &mut self.clean) as u64;
            resampler.push(&self.clean, out);
        }
        self.frames += (interleaved.len() / channels) as u64;
        self.give(take);
    }

    /// Ends the stream: gives on what the resampler holds back.
    pub(crate) fn flush(&mut self, take: impl FnMut(&[&[f32]], &[f32])) {
        for (resampler, out) in self.resamplers.iter_mut().zip(&mut self.planar) {
            resampler.flush(out);
        }
        self.give(take);
    }

    fn give(&mut self, mut take: impl FnMut(&[&[f32]], &[f32])) {
        let len = self.planar.iter().map(Vec::len).min().unwrap_or(0);
        let from = usize::try_from(self.skip).unwrap_or(usize::MAX).min(len);
        self.skip -= from as u64;
        let to = from + usize::try_from(self.remaining).unwrap_or(usize::MAX).min(len - from);
        self.remaining -= (to - from) as u64;
        if to > from {
            let channels: Vec<&[f32]> = self.planar.iter().map(|channel| &channel[from..to]).collect();
            self.mono.resize(to - from, 0.0);
            let mixed = if self.downmix == Downmix::Left { &channels[..1] } else { &channels[..] };
            downmix::planar(mixed, &mut self.mono);
            take(&channels, &self.mono);
        }
        self.planar.iter_mut().for_each(|channel| drop(channel.drain(..len)));
    }

    pub(crate) fn reset(&mut self) {
        self.resamplers.iter_mut().for_each(Resampler::reset);
        self.planar.iter_mut().for_each(Vec::clear);
        (self.skip, self.remaining) = self.bounds;
        self.frames = 0;
        self.sanitized = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(mut input: Input, samples: &[f32], block: usize) -> (Vec<f32>, u64) {
        let mut mono = Vec::new();
        samples.chunks(block).for_each(|part| input.push(part, |_, mix| mono.extend_from_slice(mix)));
        input.flush(|_, mix| mono.extend_from_slice(mix));
        (mono, input.sanitized)
    }

    #[test]
    fn channels_are_mixed_trimmed_and_sanitized() {
        let input = |downmix, bounds| Input::new(SampleRate::HZ_44100, 2, downmix, bounds).unwrap();
        let samples = [1.0, 0.0, f32::NAN, 0.5, 0.2, 0.4, 9.0, 9.0];
        assert_eq!(converted(input(Downmix::Mix, (0, 3)), &samples, 2), (vec![0.5, 0.25, 0.3], 1));
        assert_eq!(converted(input(Downmix::Left, (1, 3)), &samples, 4), (vec![0.0, 0.2], 1));
        assert!(Input::new(SampleRate::HZ_44100, 0, Downmix::Mix, (0, 1)).is_err());
    }

    #[test]
    fn other_rates_are_resampled_in_blocks_of_any_size() {
        let samples: Vec<f32> = (0..9600).map(|i| (i as f32 * 0.05).sin()).collect();
        let input = || Input::new(SampleRate::HZ_48000, 1, Downmix::Mix, (0, u64::MAX)).unwrap();
        let (whole, _) = converted(input(), &samples, samples.len());
        assert_eq!(whole.len(), 8820);
        assert_eq!(converted(input(), &samples, 77).0, whole);
    }
}
