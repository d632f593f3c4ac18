#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod board;
pub mod downmix;
mod error;
mod feature_stream;
mod frame;
mod front_end;
mod mark;
mod mel;
mod patch;
mod resample;
mod spectrum;
mod tap;
mod timeline;
mod units;
mod worker;

pub use board::{BoardReader, BoardWriter, board};
pub use error::DspError;
pub use feature_stream::{FeatureStream, Frame};
pub use frame::Framer;
pub use front_end::{FeatureExtractor, FrontEnd};
pub use mark::*;
pub use mel::{MelBank, MelScale, MelSpec, Slopes};
pub use patch::{Patch, PatchGenerator, Tail};
pub use resample::Resampler;
pub use spectrum::{Spectrum, Window};
pub use tap::*;
pub use timeline::*;
pub use units::{FrameIndex, SampleRate};
pub use worker::*;
