#![doc = include_str!("../README.md")]
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
