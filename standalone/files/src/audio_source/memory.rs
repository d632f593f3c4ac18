//! Samples in memory as the audio of an analysis.

use earmark_capture::decode::{DecodeError, DecodeIssues, DecoderBackend};
use earmark_dsp::{SampleRate, downmix};

use super::AudioSource;

/// Number of frames of a block.
const BLOCK_FRAMES: usize = 4096;

/// Samples in memory, which are read in blocks, so that the memory of an analysis does not grow with their number.
pub struct MemoryAudio<R> {
    read: R,
    rate: SampleRate,
    channels: usize,
    len: usize,
    position: usize,
    sanitized: u64,
    interleaved: Vec<f32>,
    mono: Vec<f32>,
}

impl<R: FnMut(usize, &mut [f32])> MemoryAudio<R> {
    /// Creates a source of `len` frames of `channels` channels. `read` fills a buffer with consecutive interleaved frames,
    /// from the given frame on.
    pub fn new(rate: SampleRate, channels: usize, len: usize, read: R) -> Self {
        let (interleaved, mono) = (Vec::new(), Vec::new());
        Self { read, rate, channels, len, position: 0, sanitized: 0, interleaved, mono }
    }

    /// Reads the next block; returns false at the end.
    fn advance(&mut self) -> bool {
        let frames = BLOCK_FRAMES.min(self.len - self.position);
        self.interleaved.resize(frames * self.channels, 0.0);
        self.mono.resize(frames, 0.0);
        if frames == 0 {
            return false;
        }
        (self.read)(self.position, &mut self.interleaved);
        let (_, sanitized) = downmix::interleaved(&self.interleaved, self.channels, &mut self.mono);
        self.sanitized += sanitized as u64;
        self.position += frames;
        true
    }
}

impl<R: FnMut(usize, &mut [f32])> AudioSource for MemoryAudio<R> {
    fn rate(&self) -> SampleRate {
        self.rate
    }

    fn channels(&self) -> usize {
        self.channels
    }

    fn length_s(&self) -> Option<f64> {
        Some(self.rate.seconds(self.len as u64))
    }

    fn frames(&self) -> u64 {
        self.position as u64
    }

    fn issues(&self) -> DecodeIssues {
        DecodeIssues { sanitized: self.sanitized, ..DecodeIssues::default() }
    }

    fn backend(&self) -> Option<DecoderBackend> {
        None
    }

    fn rewind(&mut self) -> Result<(), DecodeError> {
        (self.position, self.sanitized) = (0, 0);
        Ok(())
    }

    fn next_block(&mut self) -> Result<Option<&[f32]>, DecodeError> {
        Ok(self.advance().then_some(&self.mono))
    }

    fn next_interleaved(&mut self) -> Result<Option<&[f32]>, DecodeError> {
        Ok(self.advance().then_some(&self.interleaved))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_audio_has_all_frames_in_order_and_counts_invalid_samples() {
        let frames = 2 * BLOCK_FRAMES + 7;
        let value = |frame: usize, channel: usize| if frame == 5 { f32::NAN } else { (frame + channel) as f32 };
        let read = |from: usize, out: &mut [f32]| {
            for (at, sample) in out.iter_mut().enumerate() {
                *sample = value(from + at / 2, at % 2);
            }
        };
        let mut audio = MemoryAudio::new(SampleRate::HZ_16000, 2, frames, read);
        let mut mono = Vec::new();
        while let Some(block) = audio.next_block().unwrap() {
            mono.extend_from_slice(block);
        }
        let expected = |frame: usize| if frame == 5 { 0.0 } else { frame as f32 + 0.5 };
        assert_eq!(mono, (0..frames).map(expected).collect::<Vec<_>>());
        assert_eq!((audio.frames(), audio.issues().sanitized), (frames as u64, 2));
        assert!(audio.next_interleaved().unwrap().is_none());
        audio.rewind().unwrap();
        let first = audio.next_interleaved().unwrap().map(<[f32]>::len);
        assert_eq!((first, audio.frames(), audio.issues().sanitized), (Some(2 * BLOCK_FRAMES), BLOCK_FRAMES as u64, 2));
    }
}
