//! Configuration of an analyzer, from the settings of its instance.

use earmark_models::{Card, ContextMode};

use crate::settings_source::{ModelSelection, SettingsSource};
use crate::state::{AddedModel, ReportHop};

/// The most tempi per second while playing: a beat does not change faster, and the context is 12 s long.
const TEMPO_HZ: f64 = 2.0;

/// Configuration of an analyzer, from the settings of its instance.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalyzerConfig {
    /// Built-in models.
    pub selection: ModelSelection,
    /// Whether silent patches are not analyzed.
    pub gate: bool,
    /// Context of patches beyond their borders.
    pub context_mode: ContextMode,
    /// Added models.
    pub more: Vec<AddedModel>,
    hop: Hop,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Hop {
    Card,
    Frames(usize),
    Hz(f64),
}

impl AnalyzerConfig {
    /// Returns the configuration that the settings request now, while playing or in an offline render. Worker thread.
    #[must_use]
    pub fn requested(settings: &dyn SettingsSource, offline: bool) -> Self {
        let state = settings.state().get();
        let hz = Hop::Hz(f64::from(settings.rate_hz()));
        let context_mode = if offline { ContextMode::ZeroPadded } else { state.context_mode };
        let hop = match state.report.hop {
            _ if !offline => hz,
            ReportHop::Card => Hop::Card,
            ReportHop::Rate => hz,
            ReportHop::Frames(frames) => Hop::Frames(usize::from(frames)),
        };
        Self { selection: settings.selection(), gate: settings.gate(), context_mode, more: state.more.clone(), hop }
    }

    /// Whether the same models listen in the same way, however often.
    pub(super) fn has_models_of(&self, other: &Self) -> bool {
        self.selection == other.selection && self.context_mode == other.context_mode && self.more == other.more
    }

    /// How many frames lie between two predictions of a model, at least 1.
    #[must_use]
    pub fn hop_frames(&self, card: &Card) -> usize {
        match self.hop {
            Hop::Card => card.hop_frames,
            Hop::Frames(frames) => frames.max(1),
            Hop::Hz(hz) => {
                let hz = if card.kind.is_tempo() { hz.min(TEMPO_HZ) } else { hz };
                // A share of a frame less is a higher rate than asked for, never a lower one by more than half a frame.
                ((frames_per_second(card) / hz).round() as usize).max(1)
            }
        }
    }
}

/// Frames per second of a model's front-end.
#[must_use]
pub(crate) fn frames_per_second(card: &Card) -> f64 {
    card.front_end.rate().hz() / card.front_end.hop() as f64
}

#[cfg(test)]
mod tests {
    use earmark_models::Registry;

    use super::*;
    use crate::settings::SharedSettings;

    #[test]
    fn hops_follow_the_rate_while_playing_and_the_card_in_a_render() {
        let settings = SharedSettings::new(Registry::global());
        let card = |id: &str| Registry::global().card(id).unwrap();
        let hop = |offline: bool, id: &str| AnalyzerConfig::requested(&settings, offline).hop_frames(card(id));
        assert_eq!((hop(false, "msd-musicnn"), hop(true, "msd-musicnn")), (6, 93), "10.4 Hz, and the file's hop");
        if cfg!(feature = "tempocnn") {
            assert_eq!((hop(false, "tempocnn-fcn"), hop(true, "tempocnn-fcn")), (11, 128), "twice a second");
        }
        let context_mode = |offline: bool| AnalyzerConfig::requested(&settings, offline).context_mode;
        settings.state().change(|state| state.context_mode = ContextMode::Streaming);
        assert_eq!(
            (context_mode(false), context_mode(true)),
            (ContextMode::Streaming, ContextMode::ZeroPadded),
            "a render is as a file is"
        );
        settings.state().change(|state| state.report.hop = ReportHop::Rate);
        assert_eq!(hop(true, "msd-musicnn"), 6);
        settings.state().change(|state| state.report.hop = ReportHop::Frames(31));
        assert_eq!((hop(false, "msd-musicnn"), hop(true, "msd-musicnn")), (6, 31));
    }
}
