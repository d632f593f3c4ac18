//! How a worker divides its time.

use std::time::Duration;

/// How a worker divides its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkerConfig {
    /// How long it sleeps when no active stream has anything for it.
    pub poll: Duration,
    /// How many samples a stream is given in one turn (at least 1).
    pub slice_samples: usize,
}

impl Default for WorkerConfig {
    /// Every 4 ms, and 4096 samples (85 ms at 48 kHz) a turn.
    fn default() -> Self {
        Self { poll: Duration::from_millis(4), slice_samples: 4096 }
    }
}
