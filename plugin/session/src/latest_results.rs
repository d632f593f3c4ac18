//! Latest results of an instance, as the worker thread publishes them.

use std::sync::Arc;
use std::time::Instant;

use earmark_dsp::MarkKind;
use earmark_models::Progress;

use crate::descriptors::LiveDescriptors;
use crate::latest_prediction::{LabelValues, LatestPrediction, ModelValue, TempoEstimate};
use crate::levels::LevelReading;
use crate::outputs::MidiFrame;
use crate::settings_source::{ModelSelection, SettingsSource};
use crate::song_change::SongChange;

/// State of the analysis.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AnalysisStatus {
    /// No audio arrived yet, and no model is loaded.
    #[default]
    Waiting,
    /// The analysis runs. [`LatestResults::progress`] holds the progress to the first predictions.
    Listening,
    /// The models could not be loaded or failed, with this message. Another selection, or a reset, starts again.
    Failed(String),
}

/// Latest results of one instance.
///
/// The age of a prediction is the source time of the tap minus its `end_s`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LatestResults {
    /// Models that made these results; none before the first audio. If they differ from the selected models, the
    /// results are about to be replaced and must not be shown as results of the selected models.
    pub selection: Option<ModelSelection>,
    /// Generation of the results. Grows with every reset and seek; predictions of two generations do not join.
    pub generation: u64,
    /// State of the analysis.
    pub status: AnalysisStatus,
    /// Messages about selected models that do not run.
    pub unavailable: Vec<String>,
    /// Progress of each model to its first prediction since the last discontinuity; without the models that have
    /// predicted.
    pub progress: Vec<Progress>,
    /// Last discontinuity; none after the next prediction.
    pub discontinuity: Option<MarkKind>,
    /// Latest tags; [stale](LatestPrediction::stale) after a seek or a reset until the next ones, as all predictions here.
    pub tags: Option<LatestPrediction<LabelValues>>,
    /// Latest tempo.
    pub tempo: Option<LatestPrediction<TempoEstimate>>,
    /// Latest values of each added model, in the order in which the models were selected.
    pub added_models: Vec<LatestPrediction<ModelValue>>,
    /// Latest descriptors; none while they are not requested.
    pub descriptors: Option<Arc<LiveDescriptors>>,
    /// Latest levels; none while they are not requested.
    pub levels: Option<LevelReading>,
    /// Last change of the piece; none since the last seek, reset or change of models.
    pub song: Option<SongChange>,
    /// Names of all labels that MIDI can map: those of the tag model, then those of the added models.
    pub names: Arc<[String]>,
    /// Factor by which the prediction rate is reduced because the machine does not keep up: 1, 2, 4, 8 or 16.
    pub decimation: usize,
    /// Number of skipped predictions of tags.
    pub skipped: u64,
    /// Current values of everything that is sent as MIDI.
    pub midi: MidiFrame,
    /// Time of publication; none before the first.
    pub published: Option<Instant>,
}

impl LatestResults {
    /// Marks all predictions as stale.
    pub fn mark_stale(&mut self) {
        if let Some(tags) = &mut self.tags {
            tags.stale = true;
        }
        if let Some(tempo) = &mut self.tempo {
            tempo.stale = true;
        }
        self.added_models.iter_mut().for_each(|added| added.stale = true);
    }

    /// Returns the current tempo; `None` while there is none or it is stale. Real-time safe.
    #[must_use]
    pub fn current_bpm(&self) -> Option<f32> {
        self.tempo.as_ref().filter(|tempo| !tempo.stale).and_then(|tempo| tempo.value.bpm)
    }

    /// Whether the latest tags are those of silence, and no other audio is expected to replace them. Real-time safe.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.tags.as_ref().is_some_and(|tags| tags.silent && !tags.stale)
    }

    /// Whether the selected models made these results. Real-time safe.
    #[must_use]
    pub fn is_current(&self, settings: &dyn SettingsSource) -> bool {
        self.selection == Some(settings.selection())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tempo_is_not_current_after_a_seek() {
        let value = TempoEstimate { bpm: Some(120.0), confidence: 0.9, ..TempoEstimate::default() };
        let tempo = LatestPrediction::of_labels("tempo", &["120"], value);
        let mut results = LatestResults { tempo: Some(tempo), ..LatestResults::default() };
        assert_eq!(results.current_bpm(), Some(120.0));
        results.mark_stale();
        assert_eq!(results.current_bpm(), None);
    }
}
