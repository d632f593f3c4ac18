//! Entries of the timeline.

use earmark_models::Prediction;

use crate::transport::BarBeat;

/// Number of predictions in a timeline: 1 h at 10 Hz of tags, 10 Hz of derived moods, and 2 Hz of tempo. The oldest are
/// dropped first and counted.
pub const TIMELINE_ENTRIES: usize = 80_000;

/// Number of live tempi and beats in their timeline: more than 1 h. The oldest are dropped first and counted.
pub const TEMPO_ENTRIES: usize = 20_000;

/// Prediction on the timeline, with its host position.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineEntry {
    /// Prediction without its embedding.
    pub prediction: Prediction,
    /// Host position at the start of the analyzed audio; none if the host gives no position.
    pub begin: Option<BarBeat>,
    /// Host position at the end of the analyzed audio; none if the host gives no position.
    pub end: Option<BarBeat>,
    /// Whether the analyzed audio ends after a loop point. Source time then counts the played time, which is ahead of the
    /// position in the song.
    pub looped: bool,
}
