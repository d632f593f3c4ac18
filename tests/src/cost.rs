//! What work costs: time of the thread, not of the wall, so that other programs on the machine count as little as can be.

use std::time::Duration;

use cpu_time::ThreadTime;
use earmark_models::{ContextMode, Model, ModelError, PatchStep};

use crate::listen::features;
use crate::signal;

/// Time to spend on one median.
const BUDGET: Duration = Duration::from_millis(1500);
/// Fewest patches for a median.
const FEWEST: usize = 9;

/// The median thread time of `work`, in seconds, over at least `fewest` runs.
///
/// # Errors
/// The first that `work` returns.
pub fn median<E>(fewest: usize, mut work: impl FnMut() -> Result<(), E>) -> Result<f64, E> {
    let begun = ThreadTime::now();
    let mut times = Vec::new();
    while times.len() < fewest.max(1) || begun.elapsed() < BUDGET {
        let one = ThreadTime::now();
        work()?;
        times.push(one.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

/// The median thread time that a model takes for one patch of a stream of music, in seconds, when patches move by
/// `hop_frames`.
///
/// # Errors
/// Whatever the model says.
pub fn follow_s(model: &Model, hop_frames: usize, context_mode: ContextMode) -> Result<f64, ModelError> {
    let card = model.card();
    let (bands, rate_hz) = (card.front_end.bands(), card.front_end.rate().hz());
    let hop_s = (hop_frames * card.front_end.hop()) as f64 / rate_hz;
    // Long enough that what is measured is not the first patches, which share nothing.
    let samples = signal::tune(rate_hz, card.context_s() + (40.0 * hop_s).max(2.0));
    let frames = features(card.front_end, rate_hz, [&samples[..]])?;
    let patches: Vec<&[f32]> = frames.windows(card.patch_frames * bands).step_by(hop_frames * bands).collect();
    let mut network = model.network_with(context_mode);
    let mut at = 0;
    let mut next = |new_frames: usize| {
        let patch = patches[at % patches.len()];
        at += 1;
        // Of the last patch, the first does not go on; that it is said to makes the answer another, not the work.
        network.follow(patch, PatchStep { new_frames, next_move: hop_frames }).map(std::hint::black_box).map(drop)
    };
    next(card.patch_frames)?;
    next(hop_frames)?;
    median(FEWEST, || next(hop_frames))
}

/// The median thread time that a model takes for one patch of music, in seconds, when it is warm.
///
/// # Errors
/// Whatever the model says.
pub fn patch_s(model: &Model) -> Result<f64, ModelError> {
    let card = model.card();
    let rate_hz = card.front_end.rate().hz();
    let samples = signal::tune(rate_hz, card.context_s() + 0.1);
    let frames = features(card.front_end, rate_hz, [&samples[..]])?;
    let patch = &frames[..card.patch_frames * card.front_end.bands()];
    let mut network = model.network();
    // The first run is slower: memory is found and kernels are chosen.
    network.run(patch)?;
    median(FEWEST, || network.run(patch).map(std::hint::black_box).map(drop))
}
