//! Commands to a worker's thread.

use std::sync::Arc;

use super::analyze::Analyze;
use super::stream::{Shared, Stream};

/// A command to the worker's thread.
pub(super) enum Command<A: Analyze> {
    Attach(Stream<A>, Arc<Shared>),
    /// The handle of that stream is gone.
    Detach(Arc<Shared>),
    /// Something has changed: look again.
    Wake,
    Stop,
}
