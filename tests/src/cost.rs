//! Measurement of thread time, which other programs on the machine influence less than wall time.

use std::time::Duration;

use cpu_time::ThreadTime;
use earmark_models::{ContextMode, Model, ModelError, PatchStep};

use crate::listen::features;
use crate::signal;

/// Time budget of one median.
const TIME_BUDGET: Duration = Duration::from_millis(1500);
/// Smallest number of patches for a median.
const MIN_RUNS: usize = 9;

/// Returns the median thread time of `work` in seconds over at least `fewest` runs.
///
/// # Errors
/// Returns the first error of `work`.
pub fn median<E>(fewest: usize, mut work: impl FnMut() -> Result<(), E>) -> Result<f64, E> {
    let begun = ThreadTime::now();
    let mut times = Vec::new();
    while times.len() < fewest.max(1) || begun.elapsed() < TIME_BUDGET {
        let one = ThreadTime::now();
        work()?;
        times.push(one.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

/// Returns the median thread time in seconds that a model takes for one patch of a stream of music whose patches move
/// by `hop_frames`.
///
/// # Errors
/// Returns the error of the model.
pub fn follow_s(model: &Model, hop_frames: usize, context_mode: ContextMode) -> Result<f64, ModelError> {
    let card = model.card();
    let (bands, rate_hz) = (card.front_end.bands(), card.front_end.rate().hz());
    let hop_s = (hop_frames * card.front_end.hop()) as f64 / rate_hz;
    // Long enough to exclude the first patches, which share no work.
    let samples = signal::tune(rate_hz, card.context_s() + (40.0 * hop_s).max(2.0));
    let frames = features(card.front_end, rate_hz, [&samples[..]])?;
    let patches: Vec<&[f32]> = frames.windows(card.patch_frames * bands).step_by(hop_frames * bands).collect();
    let mut network = model.network_with(context_mode);
    let mut at = 0;
    let mut next = |new_frames: usize| {
        let patch = patches[at % patches.len()];
        at += 1;
        // The last patch is followed by the first, which does not continue it; this changes the result, not the cost.
        network.run_next(patch, PatchStep { new_frames, next_hop: hop_frames }).map(std::hint::black_box).map(drop)
    };
    next(card.patch_frames)?;
    next(hop_frames)?;
    median(MIN_RUNS, || next(hop_frames))
}

/// Returns the median thread time in seconds that a warm model takes for one patch of music.
///
/// # Errors
/// Returns the error of the model.
pub fn patch_s(model: &Model) -> Result<f64, ModelError> {
    let card = model.card();
    let rate_hz = card.front_end.rate().hz();
    let samples = signal::tune(rate_hz, card.context_s() + 0.1);
    let frames = features(card.front_end, rate_hz, [&samples[..]])?;
    let patch = &frames[..card.patch_frames * card.front_end.bands()];
    let mut network = model.network();
    // The first run is slower: memory is allocated and kernels are selected.
    network.run(patch)?;
    median(MIN_RUNS, || network.run(patch).map(std::hint::black_box).map(drop))
}
