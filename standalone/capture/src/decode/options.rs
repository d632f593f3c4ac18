//! Options of decoding.

use std::fmt;

/// Decoder to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DecoderChoice {
    /// The built-in decoders, and ffmpeg, if it is installed, for formats that they lack.
    #[default]
    Auto,
    /// The built-in decoders only.
    Builtin,
    /// ffmpeg only.
    Ffmpeg,
}

/// Decoder in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DecoderBackend {
    /// A built-in decoder.
    #[default]
    Builtin,
    /// The program ffmpeg.
    Ffmpeg,
}

impl DecoderBackend {
    /// Returns the name of the decoder in outputs: `builtin` or `ffmpeg`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Builtin => "builtin",
            Self::Ffmpeg => "ffmpeg",
        }
    }
}

impl fmt::Display for DecoderBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Options of decoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DecodeOptions {
    /// Decoder to use (default: the built-in ones, and ffmpeg for formats that they lack).
    pub decoder: DecoderChoice,
    /// Whether to compute a digest of the encoded audio while it is decoded (default: no).
    pub digest: bool,
}

impl DecodeOptions {
    /// Returns the default options with this decoder.
    #[must_use]
    pub fn of(decoder: DecoderChoice) -> Self {
        Self { decoder, ..Self::default() }
    }
}
