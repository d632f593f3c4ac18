//! Entries of the time line.

use earmark_models::Prediction;

use crate::transport::BarBeat;

/// Number of predictions that a time line keeps: an hour at ten a second and two models. The oldest are dropped first,
/// and counted.
pub const TIMELINE_ENTRIES: usize = 45_000;

/// Prediction on the time line, with its place in the host's song.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineEntry {
    /// Prediction without its embedding.
    pub prediction: Prediction,
    /// Place in the host's song at the beginning of the analyzed stretch; none if the host gives no position.
    pub begin: Option<BarBeat>,
    /// Place in the host's song at its end.
    pub end: Option<BarBeat>,
}
