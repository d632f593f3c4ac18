//! Latest results of one instance, as the latest-value channel carries them.

use std::sync::Arc;
use std::time::Instant;

use earmark_dsp::MarkKind;
use earmark_models::Progress;

use crate::latest_prediction::{LabelValues, LatestPrediction, ModelValue, TempoEstimate};
use crate::outputs::MidiFrame;
use crate::settings_source::{ModelSelection, SettingsSource};

/// State of the analysis.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AnalysisStatus {
    /// No audio has come yet, and no model is loaded.
    #[default]
    Waiting,
    /// It listens; until the first prediction, [`LatestResults::progress`] says how far it is.
    Listening,
    /// The models could not be loaded or do not run, in these words. Another choice, or a reset, tries anew.
    Failed(String),
}

/// Latest value of every output of one instance.
///
/// An age is the source time of the tap less `end_s` of what is shown.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LatestResults {
    /// Built-in models that these results are of; none before the first audio. If it differs from the selection of the
    /// settings, the results are of earlier models and are about to be replaced.
    pub selection: Option<ModelSelection>,
    /// Grows with every reset, jump and change of models: values of two generations do not belong together.
    pub generation: u64,
    /// How the analysis is.
    pub status: AnalysisStatus,
    /// Why chosen models do not listen, in words.
    pub missing: Vec<String>,
    /// How far each model is from its first prediction since the last break; empty after it.
    pub progress: Vec<Progress>,
    /// The last break in what was heard, if no prediction has come since.
    pub broke: Option<MarkKind>,
    /// The tags, smoothed and as predicted.
    pub tags: Option<LatestPrediction<LabelValues>>,
    /// The tempo.
    pub tempo: Option<LatestPrediction<TempoEstimate>>,
    /// Values of each added model, in the order in which they were chosen.
    pub more: Vec<LatestPrediction<ModelValue>>,
    /// Everything that can be followed: the tags, then the labels of added models that are not among those before.
    pub names: Arc<[String]>,
    /// How many times fewer predictions are made than was asked for, because the machine does not keep up: 1, 2, 4 ...
    pub thinned: usize,
    /// How many predictions of tags were left out so.
    pub skipped: u64,
    /// What is to be sent as MIDI.
    pub midi: MidiFrame,
    /// When this was published; none before the first time.
    pub published: Option<Instant>,
}

impl LatestResults {
    /// Whether the models that are chosen now said this. Real-time safe.
    #[must_use]
    pub fn is_current(&self, settings: &dyn SettingsSource) -> bool {
        self.selection == Some(settings.selection())
    }
}
