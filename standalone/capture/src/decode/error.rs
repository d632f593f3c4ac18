//! Errors of decoding.

use std::io;

use earmark_dsp::DspError;
use thiserror::Error;

use super::extensions::AUDIO_EXTENSIONS;

/// Reason that a file gives no samples.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// There is no such file.
    #[error("no such file or folder")]
    Missing,
    /// The file cannot be read, or the system gives no thread to play it.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// The file has no bytes.
    #[error("expected audio, got an empty file")]
    Empty,
    /// The file is in no known container.
    #[error("expected audio ({}), got something else: {why}", AUDIO_EXTENSIONS.join(", "))]
    NotAudio {
        /// Message of the prober.
        why: String,
    },
    /// The container holds no audio.
    #[error("expected at least one track of audio, got none")]
    NoTrack,
    /// All packets are damaged; their number.
    #[error("expected sound, got {0} damaged packets and no sample")]
    NoSound(u64),
    /// The codec is unknown or refuses the track.
    #[error("the audio cannot be decoded: {0}")]
    Codec(String),
    /// The container cannot seek.
    #[error("cannot be wound to another place: {0}")]
    Seek(String),
    /// The sample rate changes inside the track.
    #[error("the track changes its rate from {from} to {to} Hz, which is not followed")]
    RateChange {
        /// Rate of the first packet, in Hz.
        from: u32,
        /// Rate of a later packet, in Hz.
        to: u32,
    },
    /// The sample rate is out of range.
    #[error(transparent)]
    Dsp(#[from] DspError),
}
