//! Commands to a worker's thread.

use std::sync::Arc;

use super::analyze::Analyze;
use super::stream::{AnalysisStream, Shared};

/// A command to the worker's thread.
pub(super) enum Command<A: Analyze> {
    Attach(AnalysisStream<A>, Arc<Shared>),
    /// The handle of the stream was dropped.
    Detach(Arc<Shared>),
    /// The state of a stream changed: poll again.
    Wake,
    Stop,
}
