//! Option of the decoder, which several commands have.

use clap::ValueEnum;
use earmark_capture::decode::DecoderChoice;

#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct DecoderOption {
    /// Decoder of audio files.
    #[arg(long, value_enum, default_value_t = FileDecoder::Auto)]
    decoder: FileDecoder,
}

/// Decoder of audio files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FileDecoder {
    /// The built-in decoders, and ffmpeg, if it is installed, for formats that they lack.
    Auto,
    /// The built-in decoders only.
    Builtin,
    /// The program ffmpeg only.
    Ffmpeg,
}

impl DecoderOption {
    /// Returns the chosen decoder.
    pub(crate) fn choice(self) -> DecoderChoice {
        match self.decoder {
            FileDecoder::Auto => DecoderChoice::Auto,
            FileDecoder::Builtin => DecoderChoice::Builtin,
            FileDecoder::Ffmpeg => DecoderChoice::Ffmpeg,
        }
    }
}
