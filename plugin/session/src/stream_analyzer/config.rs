//! What the wishes ask of an analyzer.

use earmark_models::{Borders, Card};

use crate::settings_source::{Choice, Wishes};
use crate::state::{Added, ReportHop};

/// The most tempi per second while playing: a beat does not change faster, and the context is 12 s long.
const TEMPO_HZ: f64 = 2.0;

/// What the wishes ask of an analyzer.
#[derive(Debug, Clone, PartialEq)]
pub struct Setup {
    /// Which models.
    pub choice: Choice,
    /// Whether silence is called silence.
    pub gate: bool,
    /// What patches find beyond their borders.
    pub borders: Borders,
    /// Which added models listen, too.
    pub more: Vec<Added>,
    hop: Hop,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Hop {
    Card,
    Frames(usize),
    Hz(f64),
}

impl Setup {
    /// What is wished now, while playing or in an offline render. Not for the audio thread.
    #[must_use]
    pub fn wished(wishes: &dyn Wishes, offline: bool) -> Self {
        let state = wishes.state().get();
        let hz = Hop::Hz(f64::from(wishes.rate_hz()));
        let borders = if offline { Borders::Exact } else { state.borders };
        let hop = match state.report.hop {
            _ if !offline => hz,
            ReportHop::Card => Hop::Card,
            ReportHop::Rate => hz,
            ReportHop::Frames(frames) => Hop::Frames(usize::from(frames)),
        };
        Self { choice: wishes.choice(), gate: wishes.gate(), borders, more: state.more.clone(), hop }
    }

    /// Whether the same models listen in the same way, however often.
    pub(super) fn has_models_of(&self, other: &Self) -> bool {
        self.choice == other.choice && self.borders == other.borders && self.more == other.more
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
    use crate::settings::Settings;

    #[test]
    fn hops_follow_the_rate_while_playing_and_the_card_in_a_render() {
        let wishes = Settings::new(Registry::global());
        let card = |id: &str| Registry::global().card(id).unwrap();
        let hop = |offline: bool, id: &str| Setup::wished(&wishes, offline).hop_frames(card(id));
        assert_eq!((hop(false, "msd-musicnn"), hop(true, "msd-musicnn")), (6, 93), "10.4 Hz, and the file's hop");
        if cfg!(feature = "tempocnn") {
            assert_eq!((hop(false, "tempocnn-fcn"), hop(true, "tempocnn-fcn")), (11, 128), "twice a second");
        }
        let borders = |offline: bool| Setup::wished(&wishes, offline).borders;
        wishes.state().change(|state| state.borders = Borders::Streaming);
        assert_eq!((borders(false), borders(true)), (Borders::Streaming, Borders::Exact), "a render is as a file is");
        wishes.state().change(|state| state.report.hop = ReportHop::Rate);
        assert_eq!(hop(true, "msd-musicnn"), 6);
        wishes.state().change(|state| state.report.hop = ReportHop::Frames(31));
        assert_eq!((hop(false, "msd-musicnn"), hop(true, "msd-musicnn")), (6, 31));
    }
}
