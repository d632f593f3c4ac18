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
use crate::error::{FileError, catch_panic};
use crate::find::is_pipe;
use crate::path_text::PathText;
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
        let mut source = self.open(path)?;
        let gain = if self.level && !self.exact && !is_pipe(path) { self.measure(path, progress)? } else { 1.0 };
        let config = SeparatorConfig {
            mode: if self.exact { SeparationMode::Exact } else { SeparationMode::Blocks },
            level: NetworkLevel::Gain(gain),
            extension: self.extension,
            eco: self.eco,
        };
        let rate = source.decoder.rate();
        let mut separator = Separator::new(&self.model, rate, source.channels(), config)?;
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
        progress.opened(source.decoder.length_s());
        let mut buffers = StemBuffers::default();
        let mut channels = vec![Vec::new(); source.channels()];
        while source.next(&mut channels)? {
            if progress.is_cancelled() {
                return Err(FileError::Cancelled);
            }
            let input: Vec<&[f32]> = channels.iter().map(Vec::as_slice).collect();
            separator.push(&input, &mut buffers)?;
            self.write(&mut files, &mut buffers)?;
            progress.advanced(rate.seconds(input[0].len() as u64));
        }
        // The decoder replaces invalid samples where it mixes the channels.
        let sanitized_samples = if self.downmix { source.decoder.issues().sanitized } else { separator.sanitized() };
        separator.flush(&mut buffers)?;
        self.write(&mut files, &mut buffers)?;
        let output_channels = separator.output_channels();
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
            decoder: source.decoder.backend().name(),
            duration_s: rate.seconds(source.decoder.frames()),
            sample_rate_hz: rate.hz(),
            channels: source.decoder.channels(),
            model: self.model.id().to_owned(),
            sha256: self.model.sha256().to_vec(),
            level_gain_db: 20.0 * f64::from(gain).log10(),
            sanitized_samples,
            fit_factor,
            stems: self.stems.iter().zip(paths).zip(&levels).map(stem).collect(),
            issues: source.decoder.issues(),
        })
    }

    fn open(&self, path: &Path) -> Result<Source, FileError> {
        let decoder = Decoder::open_with(path, DecodeOptions::of(self.decoder))?;
        if decoder.channels() > earmark_separate::CHANNELS && !self.downmix {
            return Err(FileError::TooManyChannels { got: decoder.channels() });
        }
        Ok(Source { decoder, downmix: self.downmix })
    }

    /// Decodes the file once and returns the gain for its level.
    fn measure(&self, path: &Path, progress: &dyn FileProgress) -> Result<f32, FileError> {
        let mut source = self.open(path)?;
        let mut meter = LevelMeter::new(source.decoder.rate().hz());
        let mut channels = vec![Vec::new(); source.channels()];
        while source.next(&mut channels)? {
            if progress.is_cancelled() {
                return Err(FileError::Cancelled);
            }
            meter.push(&channels.iter().map(Vec::as_slice).collect::<Vec<_>>());
        }
        Ok(meter.gain())
    }

    fn write(&self, files: &mut [StemFile], buffers: &mut StemBuffers) -> Result<(), FileError> {
        if !buffers.is_empty() {
            for (file, &stem) in files.iter_mut().zip(&self.stems) {
                file.write(buffers.stem(stem))?;
            }
        }
        buffers.clear();
        Ok(())
    }
}

/// Decoder of the channels to separate.
struct Source {
    decoder: Decoder,
    downmix: bool,
}

impl Source {
    fn channels(&self) -> usize {
        if self.downmix { 1 } else { self.decoder.channels() }
    }

    /// Replaces the content of `channels` by the next block; returns false at the end.
    fn next(&mut self, channels: &mut [Vec<f32>]) -> Result<bool, FileError> {
        let count = channels.len();
        let block = if self.downmix { self.decoder.next_block()? } else { self.decoder.next_interleaved()? };
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
    let mut source = Source { decoder: Decoder::open(from)?, downmix: false };
    let rate_hz = source.decoder.rate().hz().round() as u32;
    let mut file = StemFile::create(to, format, source.channels(), rate_hz, factor)?;
    let mut channels = vec![Vec::new(); source.channels()];
    while source.next(&mut channels)? {
        file.write(&channels)?;
    }
    file.finish()
}
