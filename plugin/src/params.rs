//! Host parameters of the plugin. Their ids are part of every saved session and never change.

use earmark_models::Registry;
use earmark_session::state::SharedState;
use earmark_session::{ModelSelection, SettingsSource};
use nice_plug::plugin::ParamValue;
use nice_plug::prelude::*;

use crate::state::PersistedState;

/// Tag model. Variant ids are model ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum TagModel {
    /// MusiCNN trained on the Million Song Dataset.
    #[id = "msd-musicnn"]
    #[name = "MSD MusiCNN"]
    MsdMusicnn,
    /// MusiCNN trained on MagnaTagATune.
    #[id = "mtt-musicnn"]
    #[name = "MTT MusiCNN"]
    MttMusicnn,
    /// VGG trained on the Million Song Dataset.
    #[id = "msd-vgg"]
    #[name = "MSD VGG"]
    MsdVgg,
    /// VGG trained on MagnaTagATune.
    #[id = "mtt-vgg"]
    #[name = "MTT VGG"]
    MttVgg,
}

/// Tempo model, or off. Variant ids are model ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum TempoModel {
    /// No tempo model.
    #[id = "off"]
    #[name = "Off"]
    Off,
    /// Default tempo model of `earmark tag`.
    #[id = "tempocnn-deepsquare-k8"]
    #[name = "TempoCNN deepsquare"]
    DeepsquareK8,
    /// Smallest model.
    #[id = "tempocnn-deeptemp-k8"]
    #[name = "TempoCNN deeptemp"]
    DeeptempK8,
    /// Fully convolutional model.
    #[id = "tempocnn-fcn"]
    #[name = "TempoCNN FCN"]
    Fcn,
}

impl TagModel {
    /// Returns the id of the model in the registry.
    #[must_use]
    pub fn model_id(self) -> &'static str {
        id_of(self)
    }
}

impl TempoModel {
    /// Returns the id of the model in the registry; none for [`TempoModel::Off`].
    #[must_use]
    pub fn model_id(self) -> Option<&'static str> {
        (self != Self::Off).then(|| id_of(self))
    }
}

fn id_of<T: Enum>(variant: T) -> &'static str {
    T::ids().and_then(|ids| ids.get(variant.to_index())).copied().unwrap_or_default()
}

/// Parameters and saved state of the plugin.
///
/// Parameters are atomics that the audio thread, the worker thread and the editor read. The worker thread polls them
/// for changes, because a host does not activate the plugin again when it loads a state.
#[derive(Params)]
pub struct EarmarkParams {
    /// Tag model.
    #[id = "tags"]
    pub tags: EnumParam<TagModel>,
    /// Tempo model.
    #[id = "tempo"]
    pub tempo: EnumParam<TempoModel>,
    /// Predictions of tags in real time, in Hz, 1 to 20 (default 10). A tempo is predicted at most at 2 Hz.
    #[id = "rate"]
    pub rate: FloatParam,
    /// Time constant of the displayed and sent values, in seconds, 0 to 10 (default 2). 0 turns averaging off.
    #[id = "smooth"]
    pub smoothing: FloatParam,
    /// Whether silent input is reported as silence instead of being analyzed.
    #[id = "gate"]
    pub gate: BoolParam,
    /// Whether the displayed and sent results are frozen. Timeline and report continue.
    #[id = "freeze"]
    pub freeze: BoolParam,
    /// Whether control changes and notes are sent to the host.
    #[id = "midi"]
    pub midi: BoolParam,
    /// MIDI channel, 1 to 16 (default 1).
    #[id = "midich"]
    pub midi_channel: IntParam,
    /// Whether an offline render blocks until the analysis caught up, so that no audio is dropped.
    #[id = "block"]
    pub block: BoolParam,
    /// Saved state besides the parameters.
    #[persist = "earmark"]
    pub state: PersistedState,
}

impl Default for EarmarkParams {
    fn default() -> Self {
        let tempo = if cfg!(feature = "tempocnn") { TempoModel::DeepsquareK8 } else { TempoModel::Off };
        Self {
            tags: EnumParam::new("Tag model", TagModel::MsdMusicnn).non_automatable(),
            tempo: EnumParam::new("Tempo model", tempo).non_automatable(),
            rate: FloatParam::new("Update rate", 10.0, FloatRange::Linear { min: 1.0, max: 20.0 })
                .with_unit(" Hz")
                .with_step_size(0.1)
                .non_automatable(),
            smoothing: FloatParam::new("Smoothing", 2.0, FloatRange::Linear { min: 0.0, max: 10.0 })
                .with_unit(" s")
                .with_step_size(0.1),
            gate: BoolParam::new("Silence gate", true),
            freeze: BoolParam::new("Freeze", false),
            midi: BoolParam::new("MIDI output", false),
            midi_channel: IntParam::new("MIDI channel", 1, IntRange::Linear { min: 1, max: 16 }),
            block: BoolParam::new("Wait in offline renders", true).non_automatable(),
            state: PersistedState::default(),
        }
    }
}

impl EarmarkParams {
    /// Returns the id and value of every parameter, as a saved session stores them.
    #[must_use]
    pub fn values(&self) -> [(&'static str, ParamValue); 9] {
        let id = |id: &str| ParamValue::String(id.to_owned());
        [
            ("tags", id(id_of(self.tags.unmodulated_plain_value()))),
            ("tempo", id(id_of(self.tempo.unmodulated_plain_value()))),
            ("rate", ParamValue::F32(self.rate.value())),
            ("smooth", ParamValue::F32(self.smoothing.value())),
            ("gate", ParamValue::Bool(self.gate.value())),
            ("freeze", ParamValue::Bool(self.freeze.value())),
            ("midi", ParamValue::Bool(self.midi.value())),
            ("midich", ParamValue::I32(self.midi_channel.value())),
            ("block", ParamValue::Bool(self.block.value())),
        ]
    }
}

impl SettingsSource for EarmarkParams {
    fn selection(&self) -> ModelSelection {
        ModelSelection { tags: self.tags.value().model_id(), tempo: self.tempo.value().model_id() }
    }

    fn rate_hz(&self) -> f32 {
        self.rate.value()
    }

    fn smoothing_s(&self) -> f32 {
        self.smoothing.value()
    }

    fn gate(&self) -> bool {
        self.gate.value()
    }

    fn frozen(&self) -> bool {
        self.freeze.value()
    }

    fn block(&self) -> bool {
        self.block.value()
    }

    fn derives_moods(&self) -> bool {
        true
    }

    fn registry(&self) -> &'static Registry {
        Registry::global()
    }

    fn state(&self) -> &SharedState {
        &self.state
    }
}

#[cfg(test)]
mod tests {
    use earmark_models::Kind;

    use super::*;

    #[test]
    fn parameters_have_exactly_the_shipped_models() {
        let tags: Vec<_> = TagModel::ids().unwrap().to_vec();
        let tempos: Vec<_> = TempoModel::ids().unwrap()[1..].to_vec();
        let cards = Registry::global().builtin();
        let of = |tags: bool| {
            cards.iter().filter(move |card| (card.kind == Kind::Tags) == tags).map(|card| card.id.as_str())
        };
        assert_eq!(of(true).collect::<Vec<_>>(), tags);
        if cfg!(feature = "tempocnn") {
            assert_eq!(of(false).collect::<Vec<_>>(), tempos);
        }
        assert_eq!(TagModel::MttVgg.model_id(), "mtt-vgg");
        assert_eq!((TempoModel::Off.model_id(), TempoModel::Fcn.model_id()), (None, Some("tempocnn-fcn")));
    }

    #[test]
    fn parameter_ids_do_not_change() {
        let ids: Vec<String> = EarmarkParams::default().param_map().into_iter().map(|(id, _, _)| id).collect();
        assert_eq!(ids, EarmarkParams::default().values().map(|(id, _)| id));
        assert_eq!(ids, ["tags", "tempo", "rate", "smooth", "gate", "freeze", "midi", "midich", "block"]);
    }
}
