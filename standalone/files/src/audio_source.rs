//! Audio of one analysis: a decoded file, or samples in memory.

mod excerpt;
mod memory;

use earmark_capture::decode::{DecodeError, DecodeIssues, Decoder, DecoderBackend};
use earmark_dsp::SampleRate;

use crate::analyzed_file::AnalyzedFile;

pub use self::excerpt::{Excerpt, ExcerptAudio};
pub use self::memory::MemoryAudio;

/// Audio of one analysis, in blocks.
pub trait AudioSource {
    /// Returns the sample rate.
    fn rate(&self) -> SampleRate;

    /// Returns the number of channels before the downmix.
    fn channels(&self) -> usize;

    /// Returns the length in seconds, as far as it is known beforehand.
    fn length_s(&self) -> Option<f64>;

    /// Returns the number of frames so far.
    fn frames(&self) -> u64;

    /// Returns the defects found so far.
    fn issues(&self) -> DecodeIssues;

    /// Returns the decoder; `None` for samples in memory.
    fn backend(&self) -> Option<DecoderBackend>;

    /// Returns facts about the file, which are complete at its end; `None` for samples in memory.
    fn file(&self) -> Option<AnalyzedFile> {
        None
    }

    /// Starts again with the first frame. Blocks.
    ///
    /// # Errors
    /// If the audio can be read only once.
    fn rewind(&mut self) -> Result<(), DecodeError>;

    /// Returns the next block of mono samples; `None` at the end. Blocks.
    ///
    /// # Errors
    /// If the audio can no longer be read.
    fn next_block(&mut self) -> Result<Option<&[f32]>, DecodeError>;

    /// Returns the channels of the next block, interleaved, in which invalid samples are not replaced; `None` at the end.
    /// Blocks.
    ///
    /// # Errors
    /// If the audio can no longer be read.
    fn next_interleaved(&mut self) -> Result<Option<&[f32]>, DecodeError>;
}

impl AudioSource for Decoder {
    fn rate(&self) -> SampleRate {
        Self::rate(self)
    }

    fn channels(&self) -> usize {
        Self::channels(self)
    }

    fn length_s(&self) -> Option<f64> {
        Self::length_s(self)
    }

    fn frames(&self) -> u64 {
        Self::frames(self)
    }

    fn issues(&self) -> DecodeIssues {
        Self::issues(self)
    }

    fn backend(&self) -> Option<DecoderBackend> {
        Some(Self::backend(self))
    }

    fn file(&self) -> Option<AnalyzedFile> {
        Some(AnalyzedFile::of(self))
    }

    fn rewind(&mut self) -> Result<(), DecodeError> {
        self.seek(0.0)
    }

    fn next_block(&mut self) -> Result<Option<&[f32]>, DecodeError> {
        Self::next_block(self)
    }

    fn next_interleaved(&mut self) -> Result<Option<&[f32]>, DecodeError> {
        Self::next_interleaved(self)
    }
}
