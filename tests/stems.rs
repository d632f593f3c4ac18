//! Earmark Stems in a CLAP host: latency, sum, offline renders, changes of mode, the real-time contract, and states.
//!
//! The plugin is loaded as a library, because its entry has the same name as that of Earmark, which is linked into these
//! tests.

mod activation;
mod bypass;
mod endurance;
mod instances;
mod latency;
mod real_time;
mod render;
mod resets;
mod state;
mod stems_host;
#[cfg(target_os = "linux")]
mod window;

use earmark_tests::signal::tune;

use crate::host::clip::Clip;

/// Returns the start of a song at 44.1 kHz.
fn song(seconds: f64) -> [Vec<f32>; 2] {
    let path = earmark_tests::reference::folder().unwrap().join("separation/mix2/mix.flac");
    let clip = Clip::read(&path);
    let frames = (seconds * clip.rate_hz) as usize;
    [0, 1].map(|channel| clip.channels[channel][..frames].to_vec())
}

/// Returns a stereo signal whose channels differ.
fn stereo(rate_hz: f64, seconds: f64) -> [Vec<f32>; 2] {
    let left = tune(rate_hz, seconds);
    let right = left.iter().enumerate().map(|(i, sample)| 0.5 * sample + 0.1 * (i as f32 * 0.05).sin()).collect();
    [left, right]
}
