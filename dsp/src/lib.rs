//! The streaming half of Earmark: from a block of audio to the mel patches that a network takes.
//!
//! ```text
//! audio thread                worker thread
//! block ─ downmix ─ Tap ═ring═ TapReader ─ Resampler ─ Framer ─ FeatureExtractor ─ PatchGenerator ─► patch
//!                       marks             └────────────── FeatureStream ────────┘
//! ```
//!
//! Nothing here knows a model, a host or a window. The [`Worker`] drives whatever implements [`Analyze`];
//! its results are published on a [latest-value channel](mod@latest) (the newest value, without locks) and a
//! [`Timeline`] (every value).
//!
//! Two promises hold for every type here. The same samples give the same features, byte for byte,
//! however they are cut into blocks. And set-up allocates, running does not, except for growing an output
//! buffer that the caller hands in.

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
pub use mel::{MelBank, MelScale, MelSpec, Slopes};
pub use patch::{LastPatchMode, Patch, PatchGenerator};
pub use resample::Resampler;
pub use spectrum::{Spectrum, Window};
pub use tap::*;
pub use timeline::*;
pub use units::{FrameIndex, SampleRate};
pub use worker::*;
