//! Descriptor files: JSON and YAML trees of the music extractor, of Essentia, of AcousticBrainz and of Gaia (`.sig`).

mod error;
mod tree;

use std::fs;
use std::path::Path;

use serde_json::Value;
use serde_saphyr::NonFiniteFloatPolicy;

pub use self::error::{DescriptorFileError, DescriptorTextError};
use crate::descriptor_set::DescriptorSet;

/// Largest descriptor file that is read, in bytes.
const MAX_LEN: u64 = 64 << 20;
/// First bytes of files that are no descriptors, with what they are.
const OTHER_FORMATS: [(&[u8], &str); 8] = [
    (b"RIFF", "a RIFF (WAVE) file"),
    (b"fLaC", "a FLAC file"),
    (b"OggS", "an Ogg file"),
    (b"ID3", "an MP3 file"),
    (&[0xff, 0xfb], "an MP3 file"),
    (&[0x6a, 0xea, 0x72, 0x3d], "a Gaia history"),
    (&[0x1f, 0x8b], "a gzip archive"),
    (b"PAR1", "a Parquet file"),
];

impl DescriptorSet {
    /// Reads a descriptor file. Blocks.
    ///
    /// # Errors
    /// If the file cannot be read, is larger than 64 MiB, or is no tree of descriptors.
    pub fn read(path: &Path) -> Result<Self, DescriptorFileError> {
        let failed = |cause| DescriptorFileError { path: path.to_owned(), cause };
        let io = |error: std::io::Error| failed(DescriptorTextError::Io(error.to_string()));
        let len = fs::metadata(path).map_err(io)?.len();
        if len > MAX_LEN {
            return Err(failed(DescriptorTextError::TooLarge { max: MAX_LEN, got: len }));
        }
        Self::from_bytes(&fs::read(path).map_err(io)?).map_err(failed)
    }

    /// Parses descriptors in JSON or YAML, which are distinguished by the first bytes. The groups `segments` and
    /// `configuration` are left out, as are the facts that `earmark extract` writes beside the groups.
    ///
    /// Numbers and lists of numbers are real; quoted numbers are texts; a list of lists is a matrix; null and NaN are
    /// missing.
    ///
    /// # Errors
    /// If the bytes are neither JSON nor YAML, or a value has a form that descriptors do not have.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DescriptorTextError> {
        if let Some((_, format)) = OTHER_FORMATS.iter().find(|(start, _)| bytes.starts_with(start)) {
            return Err(DescriptorTextError::OtherFormat { got: format });
        }
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let line = 1 + bytes[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count();
            DescriptorTextError::Encoding { line }
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        tree::to_set(&parse(text)?)
    }
}

fn parse(text: &str) -> Result<Value, DescriptorTextError> {
    let inner = text.trim_start().strip_prefix('{').map(str::trim_start);
    // After a brace, only YAML has names without quotes.
    if !inner.is_some_and(|inner| inner.starts_with(['"', '}'])) {
        return parse_yaml(text);
    }
    serde_json::from_str(text).map_err(|error| DescriptorTextError::Syntax {
        format: "JSON",
        line: error.line() as u64,
        cause: error.to_string(),
    })
}

fn parse_yaml(text: &str) -> Result<Value, DescriptorTextError> {
    let options = serde_saphyr::options! {
        strict_booleans: true,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let line = error.location().map_or(0, |location| location.line());
        let error = error.without_snippet().to_string();
        let cause = error.lines().next().unwrap_or_default().trim().to_owned();
        DescriptorTextError::Syntax { format: "YAML", line, cause }
    })
}

#[cfg(test)]
mod tests;
