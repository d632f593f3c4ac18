//! Configuration of an analyzer, as the settings request it.

use earmark_models::{Card, ContextMode};

use crate::settings_source::{ModelSelection, SettingsSource};
use crate::state::{AddedModel, ReportHop};

/// Maximum rate of tempo predictions in real time, in Hz. A tempo model has a context of 12 s, so more is redundant.
const MAX_TEMPO_HZ: f64 = 2.0;

/// Configuration of an analyzer, as the settings request it.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalyzerConfig {
    /// Selected shipped models.
    pub selection: ModelSelection,
    /// Whether silent input is reported as silence instead of being analyzed.
    pub gate: bool,
    /// Left context of patches.
    pub context_mode: ContextMode,
    /// Whether a prediction is given as soon as its network needs no more frames. A render takes whole patches, like a
    /// file.
    pub early: bool,
    /// Selected added models.
    pub added_models: Vec<AddedModel>,
    /// Whether moods are derived from the tags.
    pub moods: bool,
    hop: HopConfig,
}

/// Rule for the distance between two predictions.
#[derive(Debug, Clone, Copy, PartialEq)]
enum HopConfig {
    Card,
    Frames(usize),
    Hz(f64),
}

impl AnalyzerConfig {
    /// Creates the configuration that the settings request now, in real time or in an offline render. Locks and
    /// allocates: not for the audio thread.
    #[must_use]
    pub fn requested(settings: &dyn SettingsSource, offline: bool) -> Self {
        let state = settings.state().get();
        let hz = HopConfig::Hz(f64::from(settings.rate_hz()));
        let context_mode = if offline { ContextMode::ZeroPadded } else { state.context_mode };
        let hop = match state.report.hop {
            _ if !offline => hz,
            ReportHop::Card => HopConfig::Card,
            ReportHop::Rate => hz,
            ReportHop::Frames(frames) => HopConfig::Frames(usize::from(frames)),
        };
        Self {
            selection: settings.selection(),
            gate: settings.gate(),
            context_mode,
            early: !offline,
            added_models: state.added_models.clone(),
            // The tags in a report contain everything that moods are derived from.
            moods: settings.derives_moods() && !offline,
            hop,
        }
    }

    /// Whether both configurations run the same models on the same patches, at whatever rate.
    pub(super) fn same_models(&self, other: &Self) -> bool {
        self.selection == other.selection
            && self.context_mode == other.context_mode
            && self.early == other.early
            && self.added_models == other.added_models
            && self.moods == other.moods
    }

    /// Returns the distance between two predictions of a model in frames, at least 1.
    #[must_use]
    pub fn hop_frames(&self, card: &Card) -> usize {
        match self.hop {
            // A window is classified when it is described, once per second.
            _ if card.takes_descriptors => card.hop_frames,
            HopConfig::Card => card.hop_frames,
            HopConfig::Frames(frames) => frames.max(1),
            HopConfig::Hz(hz) => {
                let hz = if card.kind.is_tempo() { hz.min(MAX_TEMPO_HZ) } else { hz };
                card.hop_frames_at(hz)
            }
        }
    }
}

/// Returns the frame rate of a model's front end in Hz.
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
        assert_eq!((hop(false, "msd-musicnn"), hop(true, "msd-musicnn")), (6, 93), "10.4 Hz, and the hop for files");
        if cfg!(feature = "tempocnn") {
            assert_eq!((hop(false, "tempocnn-fcn"), hop(true, "tempocnn-fcn")), (11, 128), "twice a second");
        }
        let context_mode = |offline: bool| AnalyzerConfig::requested(&settings, offline).context_mode;
        settings.state().change(|state| state.context_mode = ContextMode::Streaming);
        assert_eq!(
            (context_mode(false), context_mode(true)),
            (ContextMode::Streaming, ContextMode::ZeroPadded),
            "a render pads like a file"
        );
        let early = |offline: bool| AnalyzerConfig::requested(&settings, offline).early;
        assert_eq!((early(false), early(true)), (true, false), "a render takes whole patches");
        settings.state().change(|state| state.report.hop = ReportHop::Rate);
        assert_eq!(hop(true, "msd-musicnn"), 6);
        settings.state().change(|state| state.report.hop = ReportHop::Frames(31));
        assert_eq!((hop(false, "msd-musicnn"), hop(true, "msd-musicnn")), (6, 31));
    }
}
