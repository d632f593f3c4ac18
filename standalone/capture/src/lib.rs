//! Audio from files and sound cards: decoding, inputs that are reopened after a failure, playback and recording.
//!
//! ```text
//!  sound card ─ callback (channels, gain, high-pass) ─┐
//!                                                     ├─► CaptureSinks ─┬─► StreamSink: the analysis
//!  file ─ Decoder ─ PlayerThread (speed, seek) ───────┘                 └─► Tap ─ ring ─► Recorder: WAV file, clips
//! ```
//!
//! The analysis implements [`sinks::StreamSink`]. This crate depends neither on the models nor on the session.
//!
//! | feature | adds | default |
//! |---|---|---|
//! | `live-input` | `input`: sound cards through cpal (ALSA, JACK and PulseAudio on Linux) | off |

#![forbid(unsafe_code)]

pub mod decode;
#[cfg(feature = "live-input")]
pub mod input;
pub mod player;
pub mod recorder;
pub mod sinks;
pub mod worker_thread;
