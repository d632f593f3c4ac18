#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod blocks;
mod config;
mod engine_network;
mod error;
#[cfg(feature = "unet")]
mod kernel;
mod level;
mod live;
mod mask;
mod model;
mod network;
#[cfg(feature = "spleeter")]
mod program_file;
mod run_memory;
mod runs;
mod separator;
mod spectra;
#[cfg(feature = "spleeter")]
mod spleeter;
mod stem_buffers;
mod synthesis;
#[cfg(feature = "unet")]
mod two_networks;
#[cfg(feature = "unet")]
mod unet;
mod unet_error;
#[cfg(feature = "unet")]
mod unet_network;
pub mod user_models;
#[cfg(feature = "unet")]
mod weights;

pub use config::{NetworkLevel, Resampling, SeparationMode, SeparatorConfig};
pub use engine_network::{EngineNetwork, StemLayout};
pub use error::SeparateError;
pub use level::LevelMeter;
pub use live::{LiveCounters, Schedule};
pub use mask::MaskExtension;
pub use model::StemModel;
pub use network::{BINS, CHANNELS, FRAME_MULTIPLE, StemNetwork, StemRun};
pub use run_memory::RunMemory;
pub use separator::Separator;
pub use spectra::{FRAME_LEN, HOP};
#[cfg(feature = "spleeter")]
pub use spleeter::two_stems;
pub use stem_buffers::StemBuffers;
#[cfg(feature = "unet")]
pub use two_networks::two_stems_of;
pub use unet_error::UNetError;
