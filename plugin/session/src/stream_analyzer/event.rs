//! Events of the analysis of one stream.

use std::sync::Arc;

use earmark_dsp::MarkKind;
use earmark_models::{Card, Prediction, Progress, TempoEvent};

use super::config::AnalyzerConfig;
use crate::descriptors::LiveDescriptors;
use crate::levels::LevelEntry;
use crate::song_change::Pause;

/// Event of the analysis of one stream, in order.
#[derive(Debug, Clone)]
pub enum AnalysisEvent {
    /// Start of a take: the first samples after the start of the stream, an end or a reset. Sent again with `offline`
    /// false if a take that was considered an offline render turns out to be real time.
    TakeStarted {
        /// Whether the take is an offline render.
        offline: bool,
    },
    /// Change of the configuration: other models, or the same ones with another rate or gate.
    ConfigApplied {
        /// Applied configuration.
        config: AnalyzerConfig,
        /// Cards of the running models, the tag model first.
        cards: Vec<Arc<Card>>,
        /// Whether the models have changed. Those that stay go on.
        restarted: bool,
        /// Generation of the predictions that follow.
        generation: u64,
        /// Factor by which the prediction rate is reduced.
        decimation: usize,
        /// Messages about requested models that do not run.
        unavailable: Vec<String>,
    },
    /// Progress of the models to their first predictions.
    Progress(Vec<Progress>),
    /// Prediction of a model.
    Predicted(Prediction),
    /// Live tempo or a beat of the selected tempo model.
    Tempo(TempoEvent),
    /// Descriptors of the last 30 s, once per second of source while they are requested.
    Described(Arc<LiveDescriptors>),
    /// End of the descriptors: they are no longer requested, or cannot be computed.
    DescriptorsEnded {
        /// Message that they cannot be computed.
        error: Option<String>,
    },
    /// Pause of the music that has ended.
    Paused(Pause),
    /// Levels or an onset, while they are requested.
    Leveled(LevelEntry),
    /// End of the levels: they are no longer requested, or cannot be computed.
    LevelsEnded {
        /// Message that they cannot be computed.
        error: Option<String>,
    },
    /// Number of predictions that were skipped to reach the newest audio.
    Skipped(u64),
    /// Discontinuity: audio before it does not join on to audio after it. After a reset another take starts.
    Discontinuity {
        /// Kind of the discontinuity: gap, seek or reset.
        kind: MarkKind,
        /// Generation of the predictions that follow.
        generation: u64,
    },
    /// Message that the models could not be loaded, or failed.
    Failed(String),
    /// Message that a classifier of descriptors failed; the other models run.
    ClassifierFailed(String),
    /// End of a take, after all of its predictions.
    TakeEnded {
        /// Length of the take in samples at the rate of the stream, with dropped samples.
        samples: u64,
    },
}
