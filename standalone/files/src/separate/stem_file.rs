//! Writer of one stem: WAV or FLAC, written beside the destination and renamed when it is complete.

use std::fs::{self, File};
use std::io::{self, BufWriter, Stdout, Write};
use std::path::{Path, PathBuf};

use flac_codec::encode::{FlacChannelWriter, Options};
use hound::{SampleFormat, WavSpec, WavWriter};

use super::format::StemFormat;
use crate::error::FileError;

/// Number of samples in a block of a FLAC file, the usual one. The encoder keeps 32 bytes of each block until the end of the file: 3 MB
/// in three hours.
const FLAC_BLOCK: u16 = 4096;

/// Maximum size of the samples of a WAV file in bytes: the header has 32 bits for the size.
const MAX_WAV_LEN: u64 = u32::MAX as u64 - 1024;

/// Levels of a written stem.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Levels {
    /// Largest magnitude of a sample.
    pub(super) peak: f32,
    /// Sum of the squared samples of all channels.
    pub(super) energy: f64,
    /// Number of samples beyond full scale that were clipped.
    pub(super) clipped: u64,
    /// Number of samples of a channel.
    pub(super) len: u64,
}

enum Target {
    Wav(WavWriter<BufWriter<File>>),
    Flac(Box<FlacChannelWriter<BufWriter<File>>>),
    Stream(BufWriter<Stdout>),
}

/// Writer of one stem.
pub(super) struct StemFile {
    target: Target,
    format: StemFormat,
    /// Factor of all samples.
    factor: f32,
    paths: Option<Paths>,
    channels: usize,
    pub(super) levels: Levels,
    integers: Vec<Vec<i32>>,
}

/// Path of a stem and of the part that is written.
struct Paths {
    part: PathBuf,
    path: PathBuf,
}

impl Drop for Paths {
    /// Removes the part of an interrupted run; it does not exist after a complete one.
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.part);
    }
}

impl StemFile {
    /// Creates a file for `path`, and its folder.
    pub(super) fn create(
        path: &Path,
        format: StemFormat,
        channels: usize,
        rate_hz: u32,
        factor: f32,
    ) -> Result<Self, FileError> {
        let refused = |error: io::Error| FileError::Open { name: path.display().to_string(), error };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(refused)?;
        }
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let paths = Paths { part: part.into(), path: path.to_owned() };
        let file = BufWriter::new(File::create(&paths.part).map_err(refused)?);
        let target = match format {
            StemFormat::Flac { bits } => {
                let channels = u8::try_from(channels).unwrap_or(u8::MAX);
                let options =
                    Options::fast().block_size(FLAC_BLOCK).map_err(|error| refused(io::Error::other(error)))?;
                let writer = FlacChannelWriter::new(file, options, rate_hz, bits, channels, None);
                Target::Flac(Box::new(writer.map_err(flac_error)?))
            }
            _ => Target::Wav(WavWriter::new(file, wav_spec(format, channels, rate_hz)).map_err(wav_error)?),
        };
        Ok(Self::with(target, format, channels, factor, Some(paths)))
    }

    /// Creates a writer of WAV data without a length to standard output.
    pub(super) fn standard_output(format: StemFormat, channels: usize, rate_hz: u32) -> Result<Self, FileError> {
        let mut out = BufWriter::new(io::stdout());
        out.write_all(&stream_header(wav_spec(format, channels, rate_hz)))?;
        Ok(Self::with(Target::Stream(out), format, channels, 1.0, None))
    }

    fn with(target: Target, format: StemFormat, channels: usize, factor: f32, paths: Option<Paths>) -> Self {
        let integers = vec![Vec::new(); channels];
        Self { target, format, factor, paths, channels, levels: Levels::default(), integers }
    }

    /// Writes a block: one vector per channel.
    pub(super) fn write(&mut self, block: &[Vec<f32>]) -> Result<(), FileError> {
        let len = block.first().map_or(0, Vec::len);
        for channel in block {
            let peak = channel.iter().fold(self.levels.peak, |peak, sample| peak.max((sample * self.factor).abs()));
            self.levels.peak = peak;
            self.levels.energy += channel.iter().map(|&sample| f64::from(sample * self.factor).powi(2)).sum::<f64>();
        }
        self.levels.len += len as u64;
        let bytes = self.levels.len * self.channels as u64 * u64::from(self.format.bits().div_ceil(8));
        if matches!(self.target, Target::Wav(_)) && bytes > MAX_WAV_LEN {
            return Err(FileError::WavTooLong);
        }
        if let Some(bits) = self.format.integer_bits() {
            let scale = (1_i64 << (bits - 1)) as f32;
            for (integers, channel) in self.integers.iter_mut().zip(block) {
                integers.clear();
                for &sample in channel {
                    let scaled = (sample * self.factor * scale).round();
                    self.levels.clipped += u64::from(scaled < -scale || scaled > scale - 1.0);
                    integers.push(scaled.clamp(-scale, scale - 1.0) as i32);
                }
            }
        }
        match &mut self.target {
            Target::Flac(writer) => writer.write(&self.integers).map_err(flac_error)?,
            Target::Wav(writer) => {
                for i in 0..len {
                    for (channel, integers) in block.iter().zip(&self.integers) {
                        let written = match self.format.integer_bits() {
                            Some(_) => writer.write_sample(integers[i]),
                            None => writer.write_sample(channel[i] * self.factor),
                        };
                        written.map_err(wav_error)?;
                    }
                }
            }
            Target::Stream(out) => {
                let bytes = self.format.bits().div_ceil(8) as usize;
                for i in 0..len {
                    for (channel, integers) in block.iter().zip(&self.integers) {
                        match self.format.integer_bits() {
                            Some(_) => out.write_all(&integers[i].to_le_bytes()[..bytes])?,
                            None => out.write_all(&(channel[i] * self.factor).to_le_bytes())?,
                        }
                    }
                }
                out.flush()?;
            }
        }
        Ok(())
    }

    /// Completes the file and gives it its name.
    pub(super) fn finish(self) -> Result<Levels, FileError> {
        match self.target {
            Target::Wav(writer) => writer.finalize().map_err(wav_error)?,
            Target::Flac(writer) => writer.finalize().map_err(flac_error)?,
            Target::Stream(mut out) => out.flush()?,
        }
        if let Some(paths) = &self.paths {
            fs::rename(&paths.part, &paths.path)?;
        }
        Ok(self.levels)
    }
}

fn wav_spec(format: StemFormat, channels: usize, rate_hz: u32) -> WavSpec {
    WavSpec {
        channels: u16::try_from(channels).unwrap_or(u16::MAX),
        sample_rate: rate_hz,
        bits_per_sample: u16::try_from(format.bits()).unwrap_or(32),
        sample_format: if format.integer_bits().is_some() { SampleFormat::Int } else { SampleFormat::Float },
    }
}

/// Returns the header of a WAV stream of unknown length.
fn stream_header(spec: WavSpec) -> Vec<u8> {
    let tag: u16 = if spec.sample_format == SampleFormat::Float { 3 } else { 1 };
    let frame = spec.channels * spec.bits_per_sample.div_ceil(8);
    let mut header = Vec::new();
    header.extend(b"RIFF\xff\xff\xff\xffWAVEfmt ");
    header.extend(16_u32.to_le_bytes());
    header.extend(tag.to_le_bytes());
    header.extend(spec.channels.to_le_bytes());
    header.extend(spec.sample_rate.to_le_bytes());
    header.extend((spec.sample_rate * u32::from(frame)).to_le_bytes());
    header.extend(frame.to_le_bytes());
    header.extend(spec.bits_per_sample.to_le_bytes());
    header.extend(b"data\xff\xff\xff\xff");
    header
}

fn wav_error(error: hound::Error) -> FileError {
    match error {
        hound::Error::IoError(error) => error.into(),
        other => io::Error::other(other.to_string()).into(),
    }
}

fn flac_error(error: flac_codec::Error) -> FileError {
    match error {
        flac_codec::Error::Io(error) => error.into(),
        other => io::Error::other(other.to_string()).into(),
    }
}
