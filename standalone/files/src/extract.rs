//! Descriptors of one file, in the layout of Essentia's MusicExtractor.

#[cfg(feature = "parquet")]
mod descriptor_rows;
mod error;
#[cfg(feature = "parquet")]
mod parquet_table;
mod profile;
mod tags;
mod tree;
mod writer;

#[cfg(feature = "parquet")]
use std::collections::BTreeMap;
use std::path::Path;

use earmark_capture::decode::{DecodeIssues, DecodeOptions, Decoder, DecoderBackend, DecoderChoice};
#[cfg(feature = "parquet")]
use earmark_descriptors::LeafType;
use earmark_descriptors::{Downmix, Extractor, Pool, Selection, Stretch, Value};

use crate::analyzed_file::AnalyzedFile;
use crate::audio_source::AudioSource;
use crate::error::{FileError, catch_panic};
use crate::find::is_pipe;
use crate::provenance::Provenance;
use crate::tag::FileProgress;

#[cfg(feature = "parquet")]
pub use self::descriptor_rows::{DESCRIPTORS_SCHEMA, descriptor_fields, descriptors_table};
pub use self::error::ProfileError;
pub use self::profile::{ExtractSettings, ProfileFormat};
pub use self::tags::read as read_tags;
pub use self::tree::to_json;
pub use self::writer::{ExtractFormat, ExtractOutput, OutputError};

/// Version of the layout that is written.
const LAYOUT_VERSION: &str = "music 2.0";

/// Descriptors of one file or of one window of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// Start and end of the window in seconds; `None` for the whole file.
    pub window_s: Option<(f64, f64)>,
    /// Descriptors and metadata.
    pub pool: Pool,
    /// Values of each frame, if they were asked for.
    pub frames: Option<Pool>,
}

impl Description {
    /// Returns the descriptors and, if there are any, the values of each frame.
    fn pools(&mut self) -> impl Iterator<Item = &mut Pool> {
        std::iter::once(&mut self.pool).chain(&mut self.frames)
    }
}

/// Descriptors of one file, and the defects found by the decoder.
#[derive(Debug, Clone, PartialEq)]
pub struct ExtractedFile {
    /// One description, or one for each window.
    pub descriptions: Vec<Description>,
    /// Defects of the file.
    pub issues: DecodeIssues,
    /// Duration in seconds.
    pub duration_s: f64,
    /// Sample rate of the file in Hz.
    pub sample_rate_hz: f64,
    /// Number of channels of the file.
    pub channels: usize,
    /// Decoder of the file; `None` for samples in memory.
    pub decoder: Option<DecoderBackend>,
    /// Facts about the file; `None` for samples in memory.
    pub file: Option<AnalyzedFile>,
}

/// Extractor of descriptors from files.
#[derive(Debug, Clone, Default)]
pub struct FileExtractor {
    /// Profile and the settings of the output.
    pub settings: ExtractSettings,
    /// Descriptors that are computed (default all).
    pub selection: Selection,
    /// Length in seconds of the windows that are described one by one; `None`: the whole file (default).
    pub window_s: Option<f64>,
    /// Decoder (default: [`DecoderChoice::Auto`]).
    pub decoder: DecoderChoice,
}

impl FileExtractor {
    /// Extracts the descriptors of the file or pipe at `path`; `-` is standard input. A panic of the decoder on
    /// a damaged file is returned as an error, so that a batch continues. Blocks.
    ///
    /// # Errors
    /// If the path is a folder, the file cannot be decoded, it has no MusicBrainz id and the profile requires one, or
    /// `progress` cancels the analysis.
    pub fn extract(&self, path: &Path, progress: &dyn FileProgress) -> Result<ExtractedFile, FileError> {
        if path.is_dir() {
            // The search returns a folder only if it contains no audio file.
            return Err(FileError::EmptyFolder);
        }
        catch_panic(|| self.extract_file(path, progress))
    }

    /// Extracts the descriptors of audio that is open or in memory; without metadata of a file. A panic is returned as an
    /// error. Blocks.
    ///
    /// # Errors
    /// If the audio can no longer be read, or `progress` cancels the analysis.
    pub fn extract_source(
        &self,
        source: &mut dyn AudioSource,
        progress: &dyn FileProgress,
    ) -> Result<ExtractedFile, FileError> {
        catch_panic(|| {
            let mix = self.analyze(source, progress, Downmix::Mix)?;
            self.or_left_channel(mix, || {
                source.rewind()?;
                self.analyze(source, progress, Downmix::Left)
            })
        })
    }

    /// Returns the origin of the descriptors.
    #[must_use]
    pub fn provenance(&self) -> Provenance {
        let origin = Provenance::new(None, self.decoder).option("layout", LAYOUT_VERSION);
        let origin = origin.option("compat", self.settings.profile.essentia_compatible);
        match self.window_s {
            Some(window_s) => origin.option("window_s", window_s),
            None => origin,
        }
    }

    /// Returns the columns of a table of descriptors, with their types.
    #[cfg(feature = "parquet")]
    #[must_use]
    pub fn columns(&self) -> BTreeMap<String, LeafType> {
        let mut columns: BTreeMap<_, _> =
            earmark_descriptors::leaves(&self.settings.profile.statistics, &self.selection).into_iter().collect();
        if self.selection.is_all() {
            let file = [
                ("metadata.audio_properties.bit_rate", LeafType::Number),
                ("metadata.audio_properties.codec", LeafType::Text),
                ("metadata.audio_properties.lossless", LeafType::Number),
                ("metadata.audio_properties.md5_encoded", LeafType::Text),
                ("metadata.tags.file_name", LeafType::Text),
                ("metadata.version.earmark", LeafType::Text),
                ("metadata.version.extractor", LeafType::Text),
            ];
            columns.extend(file.map(|(name, leaf)| (name.to_owned(), leaf)));
            columns.extend(tags::names().map(|name| (format!("metadata.tags.{name}"), LeafType::Text)));
            columns.extend(self.settings.merge_values.iter().map(|(name, _)| (name.clone(), LeafType::Text)));
        }
        columns
    }

    fn extract_file(&self, path: &Path, progress: &dyn FileProgress) -> Result<ExtractedFile, FileError> {
        // A pipe is read once, for its audio.
        let is_pipe = is_pipe(path);
        let tags = if is_pipe { Vec::new() } else { tags::read(path) };
        if self.settings.require_mbid && !tags.iter().any(|(name, _)| name == tags::RECORDING_ID) {
            return Err(FileError::NoRecordingId);
        }
        let mut file = self.analyze_file(path, progress, Downmix::Mix)?;
        if !is_pipe {
            file = self.or_left_channel(file, || self.analyze_file(path, progress, Downmix::Left))?;
        }
        for pool in file.descriptions.iter_mut().flat_map(Description::pools) {
            self.describe_file(path, &tags, pool);
        }
        Ok(file)
    }

    /// Returns the descriptors of the mix or, if it is silent because channels of opposite phase cancel each other, those of
    /// the left channel.
    fn or_left_channel(
        &self,
        mix: ExtractedFile,
        left: impl FnOnce() -> Result<ExtractedFile, FileError>,
    ) -> Result<ExtractedFile, FileError> {
        let is_silent = |file: &ExtractedFile| file.descriptions.iter().all(|each| each.pool.condition.silent);
        if !is_silent(&mix) || mix.channels < 2 {
            return Ok(mix);
        }
        let mut left = left()?;
        if is_silent(&left) {
            return Ok(mix);
        }
        left.issues.channels_cancel = false;
        Ok(left)
    }

    fn analyze_file(
        &self,
        path: &Path,
        progress: &dyn FileProgress,
        downmix: Downmix,
    ) -> Result<ExtractedFile, FileError> {
        let options = DecodeOptions { decoder: self.decoder, digest: !is_pipe(path) };
        let mut decoder = Decoder::open_with(path, options)?;
        let mut file = self.analyze(&mut decoder, progress, downmix)?;
        if !self.selection.is_all() {
            return Ok(file);
        }
        let encoding = decoder.encoding();
        for pool in file.descriptions.iter_mut().flat_map(Description::pools) {
            let mut set = |name: &str, value| pool.insert(format!("metadata.audio_properties.{name}"), value);
            set("codec", Value::Text(encoding.codec().to_owned()));
            set("bit_rate", Value::Number(encoding.bit_rate(file.duration_s)));
            set("lossless", Value::Number(f64::from(u8::from(encoding.is_lossless()))));
            set("md5_encoded", encoding.digest().map_or(Value::Null, Value::Text));
            // The layout has no place for the name of a decoder, so the usual one is not stated.
            if decoder.backend() != DecoderBackend::Builtin {
                set("decoder", Value::Text(decoder.backend().name().to_owned()));
            }
        }
        Ok(file)
    }

    fn analyze(
        &self,
        source: &mut dyn AudioSource,
        progress: &dyn FileProgress,
        downmix: Downmix,
    ) -> Result<ExtractedFile, FileError> {
        let rate = source.rate();
        let builder = Extractor::builder(rate, source.channels()).profile(self.settings.profile.clone());
        let mut extractor = builder.only(self.selection.clone()).downmix(downmix).build()?;
        let mut descriptions = Vec::new();
        let mut described_s = 0.0;
        progress.opened(source.length_s());
        while let Some(block) = source.next_interleaved()? {
            if progress.is_cancelled() {
                return Err(FileError::Cancelled);
            }
            extractor.push(block);
            let frames = block.len() / extractor.channels();
            progress.advanced(rate.seconds(frames as u64));
            if let Some(window_s) = self.window_s
                && extractor.analyzed_s() >= described_s + window_s
            {
                descriptions.push(self.describe(&mut extractor, described_s));
                described_s = extractor.analyzed_s();
            }
        }
        if self.window_s.is_none() {
            let (pool, frames) = if self.settings.frames {
                let (pool, frames) = extractor.finish_with_frames();
                (pool, Some(frames))
            } else {
                (extractor.finish(), None)
            };
            descriptions.push(Description { window_s: None, pool, frames });
        } else {
            extractor.end();
            // A file without samples has one window, too.
            if extractor.analyzed_s() > described_s || descriptions.is_empty() {
                descriptions.push(self.describe(&mut extractor, described_s));
            }
        }
        let duration_s = rate.seconds(source.frames());
        Ok(ExtractedFile {
            descriptions,
            issues: source.issues(),
            duration_s,
            sample_rate_hz: rate.hz(),
            channels: source.channels(),
            decoder: source.backend(),
            file: source.file(),
        })
    }

    /// Describes the audio since `from_s`.
    fn describe(&self, extractor: &mut Extractor, from_s: f64) -> Description {
        let to_s = extractor.analyzed_s();
        let pool = extractor.describe(Stretch::Since(from_s));
        Description { window_s: Some((from_s, to_s)), pool, frames: None }
    }

    /// Writes the metadata of the file.
    fn describe_file(&self, path: &Path, tags: &[(String, Vec<String>)], pool: &mut Pool) {
        if !self.selection.is_all() {
            return;
        }
        let name = path.file_name().map_or_else(|| "-".into(), |name| name.to_string_lossy().into_owned());
        pool.insert("metadata.tags.file_name", Value::Text(name));
        for (name, texts) in tags {
            pool.insert(format!("metadata.tags.{name}"), Value::Texts(texts.clone()));
        }
        pool.insert("metadata.version.extractor", Value::Text(LAYOUT_VERSION.to_owned()));
        pool.insert("metadata.version.earmark", Value::Text(env!("CARGO_PKG_VERSION").to_owned()));
        for (name, text) in &self.settings.merge_values {
            pool.insert(name.clone(), Value::Text(text.clone()));
        }
    }
}
