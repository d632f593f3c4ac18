//! Interface of a network that separates stems.

use std::ops::Range;
use std::sync::Arc;

use crate::SeparateError;
use crate::run_memory::RunMemory;

/// Number of frequency bins that a network processes: 0 to 11,015 Hz at 44.1 kHz.
pub const BINS: usize = 1024;
/// Number of channels that a network processes.
pub const CHANNELS: usize = 2;
/// The number of frames of a run is a multiple of this, because a network halves it six times.
pub const FRAME_MULTIPLE: usize = 64;

/// Network from the magnitudes of a mix to the magnitudes of its stems. Streams share a network.
pub trait StemNetwork: Send + Sync {
    /// Returns the number of stems that a run outputs.
    fn stems(&self) -> usize;

    /// Creates the buffers for runs of `frames` frames. Allocates, and may load the network: takes up to a second.
    ///
    /// Networks that run one after the other, as those of a stream do, are given the same `memory`.
    ///
    /// # Errors
    /// If `frames` is no multiple of [`FRAME_MULTIPLE`], or the engine cannot load the network.
    fn new_run(self: Arc<Self>, frames: usize, memory: &RunMemory) -> Result<Box<dyn StemRun>, SeparateError>;
}

/// Buffers of one stream for runs of a network.
pub trait StemRun: Send {
    /// Computes the magnitudes of all stems for the frames `wanted`.
    ///
    /// `mix` contains the planes `[channel][frame][bin]` of all frames; each vector of `stems` receives the planes of one
    /// stem, with the wanted frames only.
    ///
    /// # Errors
    /// If the engine fails.
    fn run(&mut self, mix: &[f32], wanted: Range<usize>, stems: &mut [Vec<f32>]) -> Result<(), SeparateError>;

    /// Computes the same as [`StemRun::run`], where the first frames of `mix` are those of the previous run from frame
    /// `moved` on: a network can reuse their results. Nothing is reused if `moved` is the number of frames.
    ///
    /// # Errors
    /// If the engine fails.
    fn run_moved(
        &mut self,
        mix: &[f32],
        moved: usize,
        wanted: Range<usize>,
        stems: &mut [Vec<f32>],
    ) -> Result<(), SeparateError> {
        let _ = moved;
        self.run(mix, wanted, stems)
    }
}

/// Checks the number of frames of a run.
pub(crate) fn check_frames(frames: usize) -> Result<(), SeparateError> {
    if frames > 0 && frames.is_multiple_of(FRAME_MULTIPLE) {
        return Ok(());
    }
    Err(SeparateError::Setting {
        what: "number of frames",
        expected: format!("a multiple of {FRAME_MULTIPLE}"),
        got: frames.to_string(),
    })
}
