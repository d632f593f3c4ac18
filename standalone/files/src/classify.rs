//! Classes of one track, from audio or from a file with descriptors.

#[cfg(feature = "parquet")]
mod class_rows;
mod classified_file;
mod error;
mod loaded;
mod writer;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use earmark_capture::decode::{DecodeIssues, DecoderChoice};
use earmark_descriptors::Selection;
use earmark_gaia::DescriptorSet;

use crate::audio_source::AudioSource;
use crate::error::FileError;
use crate::extract::{ExtractedFile, FileExtractor};
use crate::provenance::Provenance;
use crate::tag::FileProgress;

#[cfg(feature = "parquet")]
pub use self::class_rows::{CLASSES_SCHEMA, class_fields, classes_table};
pub use self::classified_file::{ClassifiedFile, ClassifierResult};
pub use self::error::LoadClassifierError;
pub use self::loaded::LoadedClassifier;
pub use self::writer::{ClassesFormat, ClassesWriter, classes_object};

/// Number of bytes that distinguish a file with descriptors from audio.
const HEAD_BYTES: usize = 512;

/// Runs classifiers on files.
#[derive(Debug)]
pub struct FileClassifier {
    classifiers: Vec<LoadedClassifier>,
    extractor: FileExtractor,
}

impl FileClassifier {
    /// Creates a runner of these classifiers. Only the descriptors that they need are computed from audio.
    #[must_use]
    pub fn new(classifiers: Vec<LoadedClassifier>) -> Self {
        let mut needed: Vec<&str> = classifiers.iter().flat_map(LoadedClassifier::needed).collect();
        needed.sort_unstable();
        needed.dedup();
        // Names that the extractor does not compute are reported as missing with each track.
        needed.retain(|name| Selection::new(&[name]).is_ok());
        let selection = Selection::new(&needed).unwrap_or_default();
        let extractor = FileExtractor { selection, ..FileExtractor::default() };
        Self { classifiers, extractor }
    }

    /// Chooses the decoder of audio files (default: [`DecoderChoice::Auto`]).
    #[must_use]
    pub fn with_decoder(mut self, decoder: DecoderChoice) -> Self {
        self.extractor.decoder = decoder;
        self
    }

    /// Classifies the track at `path`: an audio file, `-` for WAV data from standard input, or a file with descriptors
    /// (JSON, YAML or `.sig`). A panic of a decoder is returned as an error. Blocks.
    ///
    /// # Errors
    /// If the file cannot be read or decoded, or `progress` cancels the analysis. A classifier that cannot be used on the
    /// track is a [`ClassifierResult`] with an error.
    pub fn classify(&self, path: &Path, progress: &dyn FileProgress) -> Result<ClassifiedFile, FileError> {
        if track_source(path) == TrackSource::Descriptors {
            return Ok(self.classify_descriptors(&DescriptorSet::read(path)?));
        }
        Ok(self.classified(self.extractor.extract(path, progress)?))
    }

    /// Classifies a track by its descriptors.
    #[must_use]
    pub fn classify_descriptors(&self, descriptors: &DescriptorSet) -> ClassifiedFile {
        ClassifiedFile {
            from_descriptors: true,
            decoder: None,
            silent: false,
            results: self.results(descriptors),
            issues: DecodeIssues::default(),
            file: None,
            provenance: self.provenance(),
            duration_s: 0.0,
            sample_rate_hz: 0.0,
        }
    }

    /// Classifies audio that is open or in memory. A panic is returned as an error. Blocks.
    ///
    /// # Errors
    /// If the audio can no longer be read, or `progress` cancels the analysis.
    pub fn classify_source(
        &self,
        source: &mut dyn AudioSource,
        progress: &dyn FileProgress,
    ) -> Result<ClassifiedFile, FileError> {
        Ok(self.classified(self.extractor.extract_source(source, progress)?))
    }

    fn classified(&self, file: ExtractedFile) -> ClassifiedFile {
        let pool = file.descriptions.first().map(|description| &description.pool);
        let silent = pool.is_none_or(|pool| pool.condition.silent);
        let results = match pool {
            Some(pool) if !silent => self.results(&DescriptorSet::from(pool)),
            _ => Vec::new(),
        };
        ClassifiedFile {
            from_descriptors: false,
            decoder: file.decoder,
            silent,
            results,
            issues: file.issues,
            file: file.file,
            provenance: self.provenance(),
            duration_s: file.duration_s,
            sample_rate_hz: file.sample_rate_hz,
        }
    }

    /// Returns the classifiers.
    #[must_use]
    pub fn classifiers(&self) -> &[LoadedClassifier] {
        &self.classifiers
    }

    /// Returns the origin of the classes.
    #[must_use]
    pub fn provenance(&self) -> Provenance {
        let origins = self.classifiers.iter().map(LoadedClassifier::origin).collect::<Vec<_>>();
        self.extractor.provenance().option("classifiers", origins)
    }

    fn results(&self, descriptors: &DescriptorSet) -> Vec<ClassifierResult> {
        self.classifiers.iter().map(|classifier| classifier.result(descriptors)).collect()
    }
}

/// Content of the file of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackSource {
    /// Audio; also a file that cannot be read.
    Audio,
    /// Descriptors as JSON or YAML.
    Descriptors,
}

/// Returns the content of a track's file, from its first bytes. Blocks.
#[must_use]
pub fn track_source(path: &Path) -> TrackSource {
    let mut head = Vec::new();
    let mut read = || File::open(path).and_then(|file| file.take(HEAD_BYTES as u64).read_to_end(&mut head));
    if path.is_file() && read().is_ok() && is_text(&head) { TrackSource::Descriptors } else { TrackSource::Audio }
}

/// Whether bytes are the beginning of a text.
fn is_text(head: &[u8]) -> bool {
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The last character may be incomplete.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    let text = valid.trim_start();
    !text.is_empty() && !text.starts_with("RIFF") && !text.chars().any(|c| c.is_control() && !c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_differ_from_audio_by_their_first_bytes() {
        let texts = ["{\"lowlevel\": {}}", "metadata:\n  version: 2", "\u{feff}rhythm: {bpm: 120}", "n\u{e4}h"];
        for text in texts {
            assert!(is_text(text.as_bytes()), "{text}");
        }
        assert!(is_text(&"key: \u{e4}".as_bytes()[..6]), "the last character is incomplete");
        for audio in [
            &b"RIFF\x24\x00\x00\x00WAVE"[..],
            b"fLaC\x00\x00\x00\x22",
            b"\xff\xfb\x90\x64",
            b"ID3\x04\x00",
            b"OggS\x00",
            b"",
        ] {
            assert!(!is_text(audio), "{audio:?}");
        }
    }
}
