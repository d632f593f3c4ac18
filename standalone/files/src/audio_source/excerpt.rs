//! Part of a decoded file as the audio of an analysis.

use earmark_capture::decode::{DecodeError, DecodeIssues, Decoder, DecoderBackend};
use earmark_dsp::SampleRate;

use super::AudioSource;
use crate::analyzed_file::AnalyzedFile;
use crate::provenance::Provenance;

/// Part of a file, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Excerpt {
    /// Start (default 0).
    pub offset_s: f64,
    /// Maximum length, above 0 (default: to the end of the file).
    pub duration_s: Option<f64>,
}

impl Excerpt {
    /// Adds the part of the file to the origin of its results; nothing for the whole file.
    #[must_use]
    pub fn add_to(self, origin: Provenance) -> Provenance {
        if self == Self::default() {
            return origin;
        }
        origin.option("offset_s", self.offset_s).option("duration_s", self.duration_s)
    }
}

/// Part of a decoded file: what comes before is not decoded, if the container can be searched. Its time starts at 0.
pub struct ExcerptAudio {
    decoder: Decoder,
    excerpt: Excerpt,
    /// Maximum number of frames.
    max_frames: u64,
    frames: u64,
}

impl ExcerptAudio {
    /// Opens a part of a file. Blocks.
    ///
    /// # Errors
    /// If the file can be read only once, or its container does not support seeking.
    pub fn new(mut decoder: Decoder, excerpt: Excerpt) -> Result<Self, DecodeError> {
        let is_after_end = decoder.length_s().is_some_and(|length_s| length_s <= excerpt.offset_s);
        if excerpt.offset_s > 0.0 && !is_after_end {
            decoder.seek(excerpt.offset_s)?;
        }
        let hz = decoder.rate().hz();
        let frames = |duration_s: f64| (duration_s * hz).round() as u64;
        let max_frames = if is_after_end { 0 } else { excerpt.duration_s.map_or(u64::MAX, frames) };
        Ok(Self { decoder, excerpt, max_frames, frames: 0 })
    }

    /// Counts a block of `frames` frames, and returns the number of those that belong to the excerpt.
    fn take(&mut self, frames: usize) -> usize {
        let left = usize::try_from(self.max_frames - self.frames).unwrap_or(usize::MAX);
        let taken = frames.min(left);
        self.frames += taken as u64;
        taken
    }
}

impl AudioSource for ExcerptAudio {
    fn rate(&self) -> SampleRate {
        self.decoder.rate()
    }

    fn channels(&self) -> usize {
        self.decoder.channels()
    }

    fn length_s(&self) -> Option<f64> {
        let rest = self.decoder.length_s().map(|length_s| (length_s - self.excerpt.offset_s).max(0.0));
        match (rest, self.excerpt.duration_s) {
            (Some(rest), Some(duration_s)) => Some(rest.min(duration_s)),
            (rest, duration_s) => rest.or(duration_s),
        }
    }

    fn frames(&self) -> u64 {
        self.frames
    }

    fn issues(&self) -> DecodeIssues {
        self.decoder.issues()
    }

    fn backend(&self) -> Option<DecoderBackend> {
        Some(self.decoder.backend())
    }

    fn file(&self) -> Option<AnalyzedFile> {
        let duration_s = self.rate().seconds(self.frames);
        let bit_rate = self.decoder.encoding().bit_rate(duration_s);
        Some(AnalyzedFile { duration_s, bit_rate, ..AnalyzedFile::of(&self.decoder) })
    }

    fn rewind(&mut self) -> Result<(), DecodeError> {
        self.frames = 0;
        if self.max_frames == 0 { Ok(()) } else { self.decoder.seek(self.excerpt.offset_s) }
    }

    fn next_block(&mut self) -> Result<Option<&[f32]>, DecodeError> {
        if self.frames >= self.max_frames {
            return Ok(None);
        }
        let Some(frames) = self.decoder.next_block()?.map(<[f32]>::len) else { return Ok(None) };
        let taken = self.take(frames);
        Ok(Some(&self.decoder.last_mono()[..taken]))
    }

    fn next_interleaved(&mut self) -> Result<Option<&[f32]>, DecodeError> {
        if self.frames >= self.max_frames {
            return Ok(None);
        }
        let Some(frames) = self.decoder.next_block()?.map(<[f32]>::len) else { return Ok(None) };
        let taken = self.take(frames);
        let (interleaved, channels) = self.decoder.last_interleaved();
        Ok(Some(&interleaved[..taken * channels]))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn excerpt_has_the_frames_of_the_whole_file_at_its_place() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/tune.flac");
        let samples = |mut source: Box<dyn AudioSource>| {
            let mut samples = Vec::new();
            while let Some(block) = source.next_block().unwrap() {
                samples.extend_from_slice(block);
            }
            assert_eq!(source.frames(), samples.len() as u64);
            samples
        };
        let open = |offset_s, duration_s| {
            let excerpt = Excerpt { offset_s, duration_s };
            Box::new(ExcerptAudio::new(Decoder::open(&path).unwrap(), excerpt).unwrap())
        };
        let whole = samples(Box::new(Decoder::open(&path).unwrap()));
        assert_eq!(samples(open(0.0, None)), whole);
        assert_eq!(samples(open(1.5, Some(2.0))), whole[24_000..56_000]);
        assert_eq!(samples(open(5.0, Some(100.0))), whole[80_000..]);
        assert!(samples(open(100.0, None)).is_empty());
        let mut source = open(1.5, Some(2.0));
        assert_eq!(source.length_s(), Some(2.0));
        while source.next_interleaved().unwrap().is_some() {}
        assert_eq!(source.file().unwrap().duration_s, 2.0);
        source.rewind().unwrap();
        assert_eq!(source.next_block().unwrap().unwrap()[..100], whole[24_000..24_100]);
    }
}
