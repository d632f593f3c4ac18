//! Division of a worker's time.

use std::time::Duration;

/// Division of a worker's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkerConfig {
    /// Time between two polls while no active stream has data (default 4 ms).
    pub poll_interval: Duration,
    /// Samples per stream and time slice, at least 1 (default 4096: 85 ms at 48 kHz).
    pub slice_samples: usize,
    /// Maximum number of threads, at least 1 (default 1). Threads beyond the first work only while it does not keep up.
    pub threads: usize,
}

impl Default for WorkerConfig {
    fn default() -> Self {
        Self { poll_interval: Duration::from_millis(4), slice_samples: 4096, threads: 1 }
    }
}
