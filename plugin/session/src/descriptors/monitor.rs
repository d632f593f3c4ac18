//! Monitor of the descriptors. They are computed only while a reader polls it, or while the saved state turns them on.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Time after the last poll during which descriptors are computed.
const WATCH_TIMEOUT: Duration = Duration::from_secs(1);

/// Request for descriptors, made by a window that shows them and read by the worker thread. The results are in
/// [`LatestResults::descriptors`](crate::LatestResults::descriptors).
#[derive(Debug)]
pub struct DescriptorMonitor {
    created: Instant,
    /// Time of the last poll in milliseconds since `created`, plus 1; 0 before the first poll.
    last_poll: AtomicU64,
}

impl Default for DescriptorMonitor {
    fn default() -> Self {
        Self { created: Instant::now(), last_poll: AtomicU64::new(0) }
    }
}

impl DescriptorMonitor {
    /// Requests descriptors for the next second. Real-time safe.
    pub fn poll(&self) {
        self.last_poll.store(self.now_ms() + 1, Ordering::Release);
    }

    /// Whether a reader polls the monitor. Real-time safe.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        let last_poll = self.last_poll.load(Ordering::Acquire);
        last_poll != 0 && self.now_ms() + 1 - last_poll <= WATCH_TIMEOUT.as_millis() as u64
    }

    fn now_ms(&self) -> u64 {
        self.created.elapsed().as_millis() as u64
    }
}
