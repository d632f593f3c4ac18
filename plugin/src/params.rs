//! The host's parameters. Their ids are part of every saved session and never change.

use earmark_models::Registry;
use earmark_session::state::StateCell;
use earmark_session::{ModelSelection, SettingsSource};
use nice_plug::plugin::ParamValue;
use nice_plug::prelude::*;

use crate::state::Saved;

/// Which tag model listens. The ids are those of the models.
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

/// Which tempo model listens, if any. The ids are those of the models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum TempoModel {
    /// No tempo.
    #[id = "off"]
    #[name = "Off"]
    Off,
    /// The model that `earmark tag` listens with.
    #[id = "tempocnn-deepsquare-k8"]
    #[name = "TempoCNN deepsquare"]
    DeepsquareK8,
    /// The smallest.
    #[id = "tempocnn-deeptemp-k8"]
    #[name = "TempoCNN deeptemp"]
    DeeptempK8,
    /// Fully convolutional.
    #[id = "tempocnn-fcn"]
    #[name = "TempoCNN FCN"]
    Fcn,
}

impl TagModel {
    /// The model's id in the registry.
    #[must_use]
    pub fn model_id(self) -> &'static str {
        id_of(self)
    }
}

impl TempoModel {
    /// The model's id in the registry; none when off.
    #[must_use]
    pub fn model_id(self) -> Option<&'static str> {
        (self != Self::Off).then(|| id_of(self))
    }
}

fn id_of<T: Enum>(variant: T) -> &'static str {
    T::ids().and_then(|ids| ids.get(variant.to_index())).copied().unwrap_or_default()
}

/// All parameters, and what else a session saves.
///
/// They are atomics: the audio thread, the worker and the editor read them as they are. Whatever needs another analyzer
/// is noticed by the worker, because loading a state activates nothing.
#[derive(Params)]
pub struct EarmarkParams {
    /// The tag model.
    #[id = "tags"]
    pub tags: EnumParam<TagModel>,
    /// The tempo model.
    #[id = "tempo"]
    pub tempo: EnumParam<TempoModel>,
    /// Predictions of tags per second while playing, 1 to 20 Hz. A tempo is predicted at most twice a second.
    #[id = "rate"]
    pub rate: FloatParam,
    /// Time constant of what is shown and sent, 0 to 10 s; 0 does not average.
    #[id = "smooth"]
    pub smoothing: FloatParam,
    /// Whether silence is called silence, and not asked about.
    #[id = "gate"]
    pub gate: BoolParam,
    /// Whether what is shown and sent stays as it is. The time line and the report go on.
    #[id = "freeze"]
    pub freeze: BoolParam,
    /// Whether control changes and notes are sent to the host.
    #[id = "midi"]
    pub midi: BoolParam,
    /// On which channel, 1 to 16.
    #[id = "midich"]
    pub midi_channel: IntParam,
    /// Whether an offline render waits for the analysis, so that nothing is left out.
    #[id = "block"]
    pub block: BoolParam,
    /// What is saved beside the parameters.
    #[persist = "earmark"]
    pub state: Saved,
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
            block: BoolParam::new("Block when behind", true).non_automatable(),
            state: Saved::default(),
        }
    }
}

impl EarmarkParams {
    /// Every parameter's id and value, as a state holds them.
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

    fn registry(&self) -> &'static Registry {
        Registry::global()
    }

    fn state(&self) -> &StateCell {
        &self.state
    }
}

#[cfg(test)]
mod tests {
    use earmark_models::Kind;

    use super::*;

    #[test]
    fn every_model_that_ships_can_be_chosen_and_every_choice_ships() {
        let tags: Vec<_> = TagModel::ids().unwrap().to_vec();
        let tempos: Vec<_> = TempoModel::ids().unwrap()[1..].to_vec();
        let cards = Registry::global().shipped();
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
    fn ids_are_those_of_saved_sessions() {
        let ids: Vec<String> = EarmarkParams::default().param_map().into_iter().map(|(id, _, _)| id).collect();
        assert_eq!(ids, EarmarkParams::default().values().map(|(id, _)| id));
        assert_eq!(ids, ["tags", "tempo", "rate", "smooth", "gate", "freeze", "midi", "midich", "block"]);
    }
}
