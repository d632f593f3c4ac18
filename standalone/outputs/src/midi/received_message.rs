//! Received MIDI message.

use std::time::Instant;

/// Received message of three bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReceivedMessage {
    pub(crate) bytes: [u8; 3],
    /// Time of arrival.
    pub(crate) at: Instant,
}
