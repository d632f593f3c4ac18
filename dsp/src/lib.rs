//! Streaming signal path of Earmark: from a block of audio to the mel patches that a network takes.
//!
//! ```text
//! audio thread                worker thread
//! block ─ downmix ─ Tap ═ring═ TapReader ─ Resampler ─ Framer ─ FeatureExtractor ─ PatchGenerator ─► patch
//!                       marks             └────────────── FeatureStream ────────┘
//! ```
//!
//! This crate depends on no model, host or window. The [`Worker`] runs any implementation of [`Analyze`]; its sink
//! publishes results in a [latest-value channel](mod@latest) (newest result, without locks), a [`Timeline`] (every
//! result), or both.
//!
//! Two guarantees hold for every type. The same samples give the same features, byte for byte, for any block size.
//! Constructors allocate; processing does not, except to grow an output buffer that the caller passes in.

#![forbid(unsafe_code)]

pub mod downmix;
mod error;
mod feature_stream;
mod frame;
mod front_end;
pub mod latest;
mod mark;
mod mel;
mod patch;
mod resample;
mod spectrum;
mod tap;
mod timeline;
mod units;
mod worker;

pub use error::DspError;
pub use feature_stream::{FeatureStream, Frame};
pub use frame::Framer;
pub use front_end::{FeatureExtractor, FrontEnd};
pub use latest::{LatestReader, LatestWriter, latest_channel};
pub use mark::*;
pub use mel::{FilterShape, MelBank, MelScale, MelSpec};
pub use patch::{LastPatchMode, Patch, PatchGenerator};
pub use resample::Resampler;
pub use spectrum::{Spectrum, Window};
pub use tap::*;
pub use timeline::*;
pub use units::{FrameIndex, SampleRate};
pub use worker::*;
