#![doc = include_str!("../README.md")]
#![deny(missing_debug_implementations)]
#![forbid(unsafe_code)]

pub mod downmix;
mod error;
mod feature_stream;
mod frame;
mod front_end;
pub mod latest;
mod levels;
mod mark;
mod mel;
mod patch;
mod resample;
mod spectrum;
mod stft;
mod tap;
mod timeline;
mod units;
mod worker;

pub use error::DspError;
pub use feature_stream::{FeatureStream, Frame};
pub use frame::Framer;
pub use front_end::{
    BandNorm, Bank, Compression, ConstantQ, DescribedFeatures, DescribedFrontEnd, FeatureExtractor, FrontEnd,
    FrontEndDescription, Logarithm, Quantity, SpectralFeatures,
};
pub use latest::{LatestReader, LatestWriter, latest_channel};
pub use levels::{LEVEL_FRAMES_PER_S, LevelAnalyzer, LevelEvent, LevelFrame, Onset, OnsetBand};
pub use mark::*;
pub use mel::{FilterShape, MelBank, MelScale, MelSpec};
pub use patch::{LastPatchMode, Patch, PatchGenerator};
pub use realfft::num_complex::Complex;
pub use resample::Resampler;
pub use spectrum::{InverseSpectrum, Precision, Spectrum, Window};
pub use stft::{Istft, Stft};
pub use tap::*;
pub use timeline::*;
pub use units::{FrameIndex, SampleRate};
pub use worker::*;
