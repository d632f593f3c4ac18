//! Errors of decoding.

use std::io;

use earmark_dsp::DspError;
use thiserror::Error;

/// Ways to decode what the built-in decoders lack.
const FFMPEG_HINT: &str = "install ffmpeg, which then decodes it, or convert the file, for example to FLAC";

/// Error of decoding an audio file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The file does not exist.
    #[error("no such file or folder")]
    Missing,
    /// The file cannot be read, or no thread can be started to play it.
    #[error("cannot read the file: {0}")]
    Io(#[from] io::Error),
    /// The file is empty.
    #[error("cannot decode the file: the file is empty")]
    Empty,
    /// The container format is not supported.
    #[error("not a supported audio file (expected WAV, AIFF, CAF, FLAC, MP3, AAC, MP4, Ogg or Matroska): {why}")]
    NotAudio {
        /// Message of the format probe.
        why: String,
    },
    /// The container has no audio track.
    #[error("cannot decode the file (expected an audio track, got none)")]
    NoTrack,
    /// No packet could be decoded; the number of damaged packets.
    #[error("cannot decode the file (expected audio, got no sample and {0} damaged packets)")]
    NoSound(u64),
    /// The codec is unknown or rejects the track.
    #[error("cannot decode the audio: {0}")]
    Codec(String),
    /// The codec has no built-in decoder.
    #[error("cannot decode {name}: {FFMPEG_HINT}")]
    UnsupportedCodec {
        /// Name of the codec.
        name: String,
    },
    /// The format has no built-in decoder, and ffmpeg is not installed or not wanted.
    #[error("cannot decode {name}: {FFMPEG_HINT}")]
    UnsupportedFormat {
        /// Name of the format.
        name: String,
    },
    /// ffmpeg is wanted but not installed.
    #[error("ffmpeg is not installed (expected the program `ffmpeg` in a folder of PATH)")]
    NoFfmpeg,
    /// ffmpeg cannot decode the file; its last message.
    #[error("ffmpeg cannot decode the file: {0}")]
    Ffmpeg(String),
    /// The container does not support seeking.
    #[error("cannot seek: {0}")]
    Seek(String),
    /// The sample rate is out of range.
    #[error(transparent)]
    Dsp(#[from] DspError),
}
