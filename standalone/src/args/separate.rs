//! Options of `separate`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::ValueEnum;
use earmark_files::separate::{NamePattern, StemFormat};
use earmark_separate::MaskExtension;

use super::decoder::DecoderOption;
use super::file_list::FileListOptions;
use super::values::count;

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct SeparateOptions {
    /// Audio files, or folders to search for audio files; `-` reads WAV data from standard input, whose level is not
    /// measured.
    #[arg(required_unless_present = "files_from")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) list: FileListOptions,
    /// Output folder; `-` writes WAV data of one stem to standard output.
    #[arg(short, long, value_name = "FOLDER", default_value = ".")]
    pub(crate) out: PathBuf,
    /// Added model of stems [default: the built-in model of vocals and accompaniment].
    #[arg(long, value_name = "ID")]
    pub(crate) model: Option<String>,
    /// Stems to write, separated by commas [default: all stems of the model].
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) stems: Vec<String>,
    /// Format of the files.
    #[arg(long, value_enum, default_value_t = SeparateFormat::Wav)]
    pub(crate) format: SeparateFormat,
    /// Bits per sample: integers, or floating point, which has no full scale [default: 32f for WAV, 24 for FLAC].
    #[arg(long, value_enum, value_name = "BITS")]
    pub(crate) bits: Option<Bits>,
    /// Paths of the stems in the output folder; keys: `{name}`, `{stem}`, `{ext}`, `{folder}`, `{model}`.
    #[arg(long, value_name = "PATTERN", default_value = NamePattern::DEFAULT)]
    pub(crate) name: String,
    /// Compute what Spleeter computes: blocks of 12 s, no level, nothing above 11 kHz, two channels at 44.1 kHz. The stems
    /// do not add up to the mix.
    #[arg(long)]
    pub(crate) exact: bool,
    /// Run one of the two networks: half of the time, slightly worse stems.
    #[arg(long)]
    pub(crate) eco: bool,
    /// Level of the input of the networks. The level of the stems does not change.
    #[arg(long, value_enum, default_value_t = LevelMode::Auto)]
    pub(crate) level: LevelMode,
    /// Vocals above 11 kHz, where the networks have no output [default: energy; zeros with `--exact`].
    #[arg(long = "above-11k", value_enum, value_name = "METHOD")]
    pub(crate) above_11k: Option<Above11k>,
    /// Separate the mono mix of the channels, for files with more than two.
    #[arg(long)]
    pub(crate) downmix: bool,
    /// Scale all stems of a file by one factor if one would be clipped (16 or 24 bits).
    #[arg(long)]
    pub(crate) fit: bool,
    /// Number of files to process in parallel.
    #[arg(long, value_name = "N", default_value = "1", value_parser = count)]
    pub(crate) jobs: NonZeroUsize,
    #[command(flatten)]
    pub(crate) decoder: DecoderOption,
    /// Overwrite existing files.
    #[arg(long)]
    pub(crate) force: bool,
    /// Print a JSON line per file: paths, levels and the gain before the networks.
    #[arg(long)]
    pub(crate) json: bool,
}

impl SeparateOptions {
    /// Returns the format of the stems.
    pub(crate) fn stem_format(&self) -> Result<StemFormat, String> {
        match (self.format, self.bits) {
            (SeparateFormat::Wav, None | Some(Bits::Float32)) => Ok(StemFormat::WavFloat),
            (SeparateFormat::Wav, Some(Bits::Int16)) => Ok(StemFormat::Wav { bits: 16 }),
            (SeparateFormat::Wav, Some(Bits::Int24)) => Ok(StemFormat::Wav { bits: 24 }),
            (SeparateFormat::Flac, Some(Bits::Int16)) => Ok(StemFormat::Flac { bits: 16 }),
            (SeparateFormat::Flac, None | Some(Bits::Int24)) => Ok(StemFormat::Flac { bits: 24 }),
            (SeparateFormat::Flac, Some(Bits::Float32)) => {
                Err("FLAC has no floating-point samples (expected `--bits 16` or `--bits 24`, got 32f)".to_owned())
            }
        }
    }
}

/// Format of the stems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SeparateFormat {
    /// WAV, at most 4 GiB.
    Wav,
    /// FLAC.
    Flac,
}

/// Bits per sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Bits {
    /// 16-bit integers.
    #[value(name = "16")]
    Int16,
    /// 24-bit integers.
    #[value(name = "24")]
    Int24,
    /// 32-bit floating point.
    #[value(name = "32f")]
    Float32,
}

/// Level of the input of the networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LevelMode {
    /// Scale files outside -24 to -12 dBFS RMS.
    Auto,
    /// Do not scale.
    Off,
}

/// Method above 11 kHz.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Above11k {
    /// Continue the mask between 8 and 11 kHz, weighted by energy.
    Energy,
    /// Continue the mean of the whole mask.
    Average,
    /// End at 11 kHz.
    Zeros,
    /// Contain the whole mix.
    Mix,
}

impl From<Above11k> for MaskExtension {
    fn from(method: Above11k) -> Self {
        match method {
            Above11k::Energy => Self::Energy,
            Above11k::Average => Self::Average,
            Above11k::Zeros => Self::Zeros,
            Above11k::Mix => Self::Mix,
        }
    }
}
