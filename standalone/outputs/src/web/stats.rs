//! Counters of the server.

use std::sync::atomic::{AtomicU64, AtomicUsize};

/// Counters of the server.
#[derive(Debug, Default)]
pub struct WebStats {
    /// Number of connected WebSocket clients.
    pub clients: AtomicUsize,
    /// Number of clients that were disconnected because they were too slow.
    pub slow: AtomicU64,
    /// Number of refused requests.
    pub refused: AtomicU64,
}
