//! State of a stream for the editor and for tests.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed};

use parking_lot::Mutex;

use crate::overload::Measure;

/// State of the separation of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeparationState {
    /// No stream is active.
    Inactive,
    /// The worker thread loads the networks.
    Loading,
    /// The stream is separated.
    Running,
    /// The separation failed: see [`StreamStatus::error`].
    Failed,
}

/// Numbers of an instance that the audio thread and the worker thread write, and that any thread reads.
#[derive(Debug, Default)]
pub struct StreamStatus {
    state: AtomicU8,
    measure: Mutex<Option<Measure>>,
    error: Mutex<Option<String>>,
    /// Declared latency in samples.
    pub latency_samples: AtomicU32,
    /// Sample rate in Hz.
    pub rate_hz: AtomicU32,
    /// Processor time of the worker thread in thousandths of the time of the audio.
    pub load_permille: AtomicU32,
    /// Processor time in thousandths of a core that runs at every hop need.
    pub needed_permille: AtomicU32,
    /// Processor time in thousandths of a core that the worker thread gets while it computes.
    pub available_permille: AtomicU32,
    /// Runs of the networks.
    pub runs: AtomicU64,
    /// Runs that were left out because their result would have been late.
    pub skipped_runs: AtomicU64,
    /// Runs that ended after their deadline, and those that were left out.
    pub late_runs: AtomicU64,
    /// Frames (of 1024 samples at 44.1 kHz) whose masks were held because a run was left out.
    pub held_frames: AtomicU64,
    /// Samples of the output that were all accompaniment because their vocals were not there.
    pub missing_samples: AtomicU64,
    /// Samples of the vocals that arrived after their time.
    pub late_samples: AtomicU64,
    /// Samples of the input that the worker thread did not get, because it was too far behind.
    pub dropped_samples: AtomicU64,
    /// Samples of the input that were NaN or infinite and were set to 0.
    pub sanitized_samples: AtomicU64,
    /// Jumps and resets.
    pub generations: AtomicU64,
    /// Offline renders that went on after the worker thread made no progress for 30 s.
    pub render_timeouts: AtomicU64,
    /// Whether the output needs no vocals.
    pub(crate) bypassed: AtomicBool,
    /// Whether one network alone is run, by the choice of the user.
    pub(crate) eco: AtomicBool,
    /// Largest amplitude of each stem since the editor read it.
    peaks: [AtomicU32; 2],
}

impl StreamStatus {
    /// Returns the state.
    #[must_use]
    pub fn state(&self) -> SeparationState {
        match self.state.load(Relaxed) {
            1 => SeparationState::Loading,
            2 => SeparationState::Running,
            3 => SeparationState::Failed,
            _ => SeparationState::Inactive,
        }
    }

    pub(crate) fn set_state(&self, state: SeparationState) {
        let state = match state {
            SeparationState::Inactive => 0,
            SeparationState::Loading => 1,
            SeparationState::Running => 2,
            SeparationState::Failed => 3,
        };
        self.state.store(state, Relaxed);
    }

    /// Sets the message and the state [`SeparationState::Failed`]. Locks: not for the audio thread.
    pub(crate) fn fail(&self, error: String) {
        *self.error.lock() = Some(error);
        self.set_state(SeparationState::Failed);
    }

    /// Clears the message. Locks: not for the audio thread.
    pub(crate) fn clear_error(&self) {
        *self.error.lock() = None;
    }

    /// Returns the message of the last failure. Locks: not for the audio thread.
    #[must_use]
    pub fn error(&self) -> Option<String> {
        self.error.lock().clone()
    }

    /// Returns the measure against late runs. Locks: not for the audio thread.
    #[must_use]
    pub fn measure(&self) -> Measure {
        self.measure.lock().unwrap_or(Measure::Full)
    }

    pub(crate) fn set_measure(&self, measure: Measure) {
        *self.measure.lock() = Some(measure);
    }

    /// Raises the peak of a stem. Real-time safe.
    pub(crate) fn add_peak(&self, stem: usize, amplitude: f32) {
        // The bits of floating-point numbers from 0 on have the order of the numbers.
        self.peaks[stem].fetch_max(amplitude.max(0.0).to_bits(), Relaxed);
    }

    /// Returns the largest amplitude of a stem (0 vocals, 1 accompaniment) since the last call.
    #[must_use]
    pub fn take_peak(&self, stem: usize) -> f32 {
        self.peaks.get(stem).map_or(0.0, |peak| f32::from_bits(peak.swap(0, Relaxed)))
    }

    /// Sets the numbers of runs and samples to 0, as for a new stream.
    pub(crate) fn clear_counters(&self) {
        for counter in [
            &self.runs,
            &self.skipped_runs,
            &self.late_runs,
            &self.held_frames,
            &self.missing_samples,
            &self.late_samples,
            &self.dropped_samples,
            &self.sanitized_samples,
            &self.generations,
            &self.render_timeouts,
        ] {
            counter.store(0, Relaxed);
        }
    }
}

/// Adds to a counter that one thread writes. Real-time safe.
pub(crate) fn add(counter: &AtomicU64, count: u64) {
    if count > 0 {
        counter.fetch_add(count, Relaxed);
    }
}
