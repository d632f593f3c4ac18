//! The live app with a virtual sound card, and with independent programs that receive its output. Tests whose programs
//! are not installed are ignored.

mod browser;
mod clock;
mod costs;
mod descriptors;
mod devices;
mod endurance;
mod fidelity;
mod mappings;
mod options;
mod outputs;
mod pulse;
mod reactions;
mod recovery;
mod remote;
mod running;
mod screen_reader;
mod virtual_sound_card;
mod window;

use std::path::PathBuf;

use crate::command::wav::float_wav;
use crate::host::clip::Clip;
use earmark_tests::reference::{fixtures, folder};

/// Writes a clip of the reference data, or else the project's tune, as a mono WAV into a folder; returns path, samples
/// and rate.
fn mono_clip(name: &str, to: &std::path::Path) -> (PathBuf, Vec<f32>, u32) {
    let reference = folder().ok().map(|folder| folder.join(format!("audio/{name}")));
    let clip = Clip::read(&reference.filter(|path| path.is_file()).unwrap_or_else(|| fixtures().join("tune.flac")));
    let channels = clip.channels.len() as f32;
    let mix = |i: usize| clip.channels.iter().map(|channel| channel[i]).sum::<f32>() / channels;
    let samples: Vec<f32> = (0..clip.frames()).map(mix).collect();
    let path = to.join("clip.wav");
    float_wav(&path, clip.rate_hz as u32, 1, &samples);
    (path, samples, clip.rate_hz as u32)
}
