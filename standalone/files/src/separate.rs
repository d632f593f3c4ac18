//! Separation of one file into stems.

mod format;
mod names;
mod report;
mod stem_file;

use std::fs;
use std::path::{Path, PathBuf};

use earmark_capture::decode::{DecodeOptions, Decoder, DecoderChoice};
use earmark_separate::{
    LevelMeter, MaskExtension, NetworkLevel, SeparationMode, Separator, SeparatorConfig, StemBuffers, StemModel,
};

pub use self::format::StemFormat;
pub use self::names::{NamePattern, NamePatternError, NameValues, NamedInput, name_inputs};
pub use self::report::{SeparatedFile, WrittenStem};
use self::stem_file::{Levels, StemFile};
use crate::analyzed_file::AnalyzedFile;
use crate::audio_source::AudioSource;
use crate::error::{FileError, catch_panic};
use crate::find::is_pipe;
use crate::path_text::PathText;
use crate::provenance::Provenance;
use crate::tag::FileProgress;
use crate::whole_file::with_suffix;

/// Destination of the stems of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StemDestination {
    /// One path per stem, in the order of [`FileSeparator::stems`].
    Files(Vec<PathBuf>),
    /// WAV data on standard output, for a single stem.
    StandardOutput,
}

/// Function that takes the blocks of several stems: for each stem a vector per channel.
pub type StemSink<'a> = dyn FnMut(&[&[Vec<f32>]]) -> Result<(), FileError> + 'a;

/// Separator of files: model and settings.
#[derive(Clone)]
pub struct FileSeparator {
    /// Model.
    pub model: StemModel,
    /// Indices of the stems to write.
    pub stems: Vec<usize>,
    /// Whether to compute what the reference computes, at 44.1 kHz in two channels (default false).
    pub exact: bool,
    /// Whether to run one of two networks (default false).
    pub eco: bool,
    /// Whether to scale very quiet or loud files before the networks (default true).
    pub level: bool,
    /// Computation above 11 kHz; `None` chooses that of the mode.
    pub extension: Option<MaskExtension>,
    /// Whether to separate the mono mix of the channels (default false).
    pub downmix: bool,
    /// Format of the files.
    pub format: StemFormat,
    /// Whether to scale all stems by one factor if one would be clipped (default false).
    pub fit: bool,
    /// Whether to overwrite existing files (default false).
    pub overwrite: bool,
    /// Decoder (default: [`DecoderChoice::Auto`]).
    pub decoder: DecoderChoice,
}

impl FileSeparator {
    /// Creates a separator of all stems with default settings.
    #[must_use]
    pub fn new(model: StemModel) -> Self {
        Self {
            stems: (0..model.stems().len()).collect(),
            model,
            exact: false,
            eco: false,
            level: true,
            extension: None,
            downmix: false,
            format: StemFormat::WavFloat,
            fit: false,
            overwrite: false,
            decoder: DecoderChoice::Auto,
        }
    }

    /// Separates the file or pipe at `path`; `-` is standard input. The level of a pipe is not measured. A panic of the
    /// decoder on a damaged file is returned as an error. Interrupted runs leave no stems. Blocks.
    ///
    /// # Errors
    /// If the path is a folder, the file cannot be decoded or has more than two channels, a stem exists or cannot be
    /// written, or `progress` cancels the separation.
    pub fn separate(
        &self,
        path: &Path,
        destination: &StemDestination,
        progress: &dyn FileProgress,
    ) -> Result<SeparatedFile, FileError> {
        if path.is_dir() {
            // The search returns a folder only if it contains no audio file.
            return Err(FileError::EmptyFolder);
        }
        catch_panic(|| self.run(path, destination, progress))
    }

    /// Separates audio that is open or in memory, and passes the blocks of the stems to `take`, in the order of
    /// [`FileSeparator::stems`]. Returns the sample rate of the stems, and the number of
    /// samples that were NaN or infinite and count as 0. A panic is returned as an error. Blocks.
    ///
    /// # Errors
    /// If the audio has more than two channels or can no longer be read, or `progress` cancels the separation.
    pub fn separate_source(
        &self,
        source: &mut dyn AudioSource,
        progress: &dyn FileProgress,
        take: &mut StemSink<'_>,
    ) -> Result<(f64, u64), FileError> {
        catch_panic(|| {
            self.check_channels(source.channels())?;
            let mut input = SeparatorInput { source, downmix: self.downmix };
            let mut gain = 1.0;
            if self.level && !self.exact {
                gain = measure(&mut input, progress)?;
                input.source.rewind()?;
            }
            let mut separator = self.separator(&input, gain)?;
            let sanitized = self.separate_blocks(&mut input, &mut separator, progress, take)?;
            Ok((separator.output_rate().hz(), sanitized))
        })
    }

    fn check_channels(&self, got: usize) -> Result<(), FileError> {
        if got > earmark_separate::CHANNELS && !self.downmix {
            return Err(FileError::TooManyChannels { got });
        }
        Ok(())
    }

    /// Creates the separator of an input whose level needs `gain`.
    fn separator(&self, input: &SeparatorInput<'_>, gain: f32) -> Result<Separator, FileError> {
        let config = SeparatorConfig {
            mode: if self.exact { SeparationMode::Exact } else { SeparationMode::Blocks },
            level: NetworkLevel::Gain(gain),
            extension: self.extension,
            eco: self.eco,
        };
        Ok(Separator::new(&self.model, input.source.rate(), input.channels(), config)?)
    }

    /// Separates an input to its end. Returns the number of samples that were NaN or infinite.
    fn separate_blocks(
        &self,
        input: &mut SeparatorInput<'_>,
        separator: &mut Separator,
        progress: &dyn FileProgress,
        take: &mut StemSink<'_>,
    ) -> Result<u64, FileError> {
        let rate = input.source.rate();
        progress.opened(input.source.length_s());
        let mut buffers = StemBuffers::default();
        let mut give = |buffers: &mut StemBuffers| {
            if !buffers.is_empty() {
                let stems: Vec<&[Vec<f32>]> = self.stems.iter().map(|&stem| buffers.stem(stem)).collect();
                take(&stems)?;
            }
            buffers.clear();
            Ok::<(), FileError>(())
        };
        let mut channels = vec![Vec::new(); input.channels()];
        while input.next(&mut channels)? {
            if progress.is_cancelled() {
                return Err(FileError::Cancelled);
            }
            let block: Vec<&[f32]> = channels.iter().map(Vec::as_slice).collect();
            separator.push(&block, &mut buffers)?;
            give(&mut buffers)?;
            progress.advanced(rate.seconds(block[0].len() as u64));
        }
        // The source replaces invalid samples where it mixes the channels.
        let sanitized = if self.downmix { input.source.issues().sanitized } else { separator.sanitized() };
        separator.flush(&mut buffers)?;
        give(&mut buffers)?;
        Ok(sanitized)
    }

    fn run(
        &self,
        path: &Path,
        destination: &StemDestination,
        progress: &dyn FileProgress,
    ) -> Result<SeparatedFile, FileError> {
        if let StemDestination::Files(paths) = destination
            && let Some(existing) = paths.iter().find(|path| !self.overwrite && path.exists())
        {
            return Err(FileError::Exists { path: existing.clone() });
        }
        let mut decoder = self.open(path)?;
        let mut input = SeparatorInput { source: &mut decoder, downmix: self.downmix };
        let mut gain = 1.0;
        if self.level && !self.exact && !is_pipe(path) {
            let mut again = self.open(path)?;
            gain = measure(&mut SeparatorInput { source: &mut again, downmix: self.downmix }, progress)?;
        }
        let mut separator = self.separator(&input, gain)?;
        let output_rate_hz = separator.output_rate().hz().round() as u32;
        // A factor that fits all stems is known at the end: they are written in full first.
        let fit = self.fit && self.format.integer_bits().is_some();
        let unscaled = |path: &PathBuf| with_suffix(path, ".unscaled");
        let mut files = Vec::new();
        match destination {
            StemDestination::StandardOutput => {
                let file = StemFile::standard_output(self.format, separator.output_channels(), output_rate_hz)?;
                files.push(file);
            }
            StemDestination::Files(paths) => {
                for path in paths {
                    let (path, format) =
                        if fit { (unscaled(path), StemFormat::WavFloat) } else { (path.clone(), self.format) };
                    files.push(StemFile::create(&path, format, separator.output_channels(), output_rate_hz, 1.0)?);
                }
            }
        }
        let sanitized_samples = self.separate_blocks(&mut input, &mut separator, progress, &mut |stems| {
            files.iter_mut().zip(stems).try_for_each(|(file, stem)| file.write(stem))
        })?;
        let (output_channels, rate) = (separator.output_channels(), decoder.rate());
        let mut levels = files.into_iter().map(StemFile::finish).collect::<Result<Vec<_>, _>>()?;
        let mut fit_factor = 1.0;
        if let (true, StemDestination::Files(paths)) = (fit, destination) {
            // Removed at the end, also after an error.
            let temporary: Vec<Temporary> = paths.iter().map(|path| Temporary(unscaled(path))).collect();
            fit_factor = 1.0 / levels.iter().fold(1.0_f32, |peak, levels| peak.max(levels.peak));
            for ((path, from), levels) in paths.iter().zip(&temporary).zip(&mut levels) {
                *levels = rescale(&from.0, path, self.format, fit_factor)?;
            }
        }
        let paths = match destination {
            StemDestination::StandardOutput => vec![PathBuf::from("-")],
            StemDestination::Files(paths) => paths.clone(),
        };
        let stem = |((&stem, path), levels): ((&usize, PathBuf), &Levels)| WrittenStem {
            stem: self.model.stems()[stem].clone(),
            path,
            peak: levels.peak,
            rms: (levels.energy / (levels.len.max(1) as f64 * output_channels as f64)).sqrt(),
            clipped: levels.clipped,
        };
        Ok(SeparatedFile {
            schema: "earmark/1",
            path: PathText::new(path),
            decoder: decoder.backend().name(),
            duration_s: rate.seconds(decoder.frames()),
            sample_rate_hz: rate.hz(),
            channels: decoder.channels(),
            model: self.model.id().to_owned(),
            sha256: self.model.sha256().to_vec(),
            level_gain_db: 20.0 * f64::from(gain).log10(),
            sanitized_samples,
            fit_factor,
            stems: self.stems.iter().zip(paths).zip(&levels).map(stem).collect(),
            file: AnalyzedFile::of(&decoder),
            provenance: self.provenance(),
            issues: decoder.issues(),
        })
    }

    /// Returns the origin of the stems: program and settings.
    fn provenance(&self) -> Provenance {
        let origin = Provenance::new(None, self.decoder).option("exact", self.exact).option("eco", self.eco);
        let origin = origin.option("level", self.level).option("downmix", self.downmix).option("fit", self.fit);
        match self.extension {
            Some(extension) => origin.option("above_11k", format!("{extension:?}").to_lowercase()),
            None => origin,
        }
    }

    fn open(&self, path: &Path) -> Result<Decoder, FileError> {
        let decoder = Decoder::open_with(path, DecodeOptions::of(self.decoder))?;
        self.check_channels(decoder.channels())?;
        Ok(decoder)
    }
}

/// Reads an input to its end and returns the gain for its level.
fn measure(input: &mut SeparatorInput<'_>, progress: &dyn FileProgress) -> Result<f32, FileError> {
    let mut meter = LevelMeter::new(input.source.rate().hz());
    let mut channels = vec![Vec::new(); input.channels()];
    while input.next(&mut channels)? {
        if progress.is_cancelled() {
            return Err(FileError::Cancelled);
        }
        meter.push(&channels.iter().map(Vec::as_slice).collect::<Vec<_>>());
    }
    Ok(meter.gain())
}

/// Channels to separate.
struct SeparatorInput<'a> {
    source: &'a mut dyn AudioSource,
    downmix: bool,
}

impl SeparatorInput<'_> {
    fn channels(&self) -> usize {
        if self.downmix { 1 } else { self.source.channels() }
    }

    /// Replaces the content of `channels` by the next block; returns false at the end.
    fn next(&mut self, channels: &mut [Vec<f32>]) -> Result<bool, FileError> {
        let count = channels.len();
        let block = if self.downmix { self.source.next_block()? } else { self.source.next_interleaved()? };
        let Some(block) = block else { return Ok(false) };
        for (index, channel) in channels.iter_mut().enumerate() {
            channel.clear();
            channel.extend(block.iter().skip(index).step_by(count));
        }
        Ok(true)
    }
}

/// File that is removed when this value is dropped.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Writes a stem again with all samples multiplied by `factor`.
fn rescale(from: &Path, to: &Path, format: StemFormat, factor: f32) -> Result<Levels, FileError> {
    let mut decoder = Decoder::open(from)?;
    let rate_hz = decoder.rate().hz().round() as u32;
    let mut source = SeparatorInput { source: &mut decoder, downmix: false };
    let mut file = StemFile::create(to, format, source.channels(), rate_hz, factor)?;
    let mut channels = vec![Vec::new(); source.channels()];
    while source.next(&mut channels)? {
        file.write(&channels)?;
    }
    file.finish()
}
