//! Errors of decoding.

use std::io;

use earmark_dsp::DspError;
use thiserror::Error;

use super::extensions::AUDIO_EXTENSIONS;

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
    #[error("not a supported audio file (expected {}): {why}", AUDIO_EXTENSIONS.join(", "))]
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
    /// The container does not support seeking.
    #[error("cannot seek: {0}")]
    Seek(String),
    /// The sample rate changes within the track.
    #[error("cannot decode the track: its sample rate changes from {from} to {to} Hz")]
    RateChange {
        /// Rate of the first packet, in Hz.
        from: u32,
        /// Rate of a later packet, in Hz.
        to: u32,
    },
    /// The number of channels changes within the track.
    #[error("cannot decode the track: its number of channels changes from {from} to {to}")]
    ChannelChange {
        /// Channels of the first packet.
        from: usize,
        /// Channels of a later packet.
        to: usize,
    },
    /// The sample rate is out of range.
    #[error(transparent)]
    Dsp(#[from] DspError),
}
