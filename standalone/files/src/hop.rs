//! Hop between predictions, in frames of a model or in seconds.

use earmark_models::Card;

/// Hop between predictions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Hop {
    /// Number of frames of each model, above 0.
    Frames(usize),
    /// Seconds, above 0. Each model takes the nearest number of its frames, at least one.
    Seconds(f64),
}

impl Hop {
    /// Returns the hop in frames of a model.
    #[must_use]
    pub fn frames(self, card: &Card) -> usize {
        match self {
            Self::Frames(frames) => frames,
            Self::Seconds(seconds) => (seconds / frame_s(card)).round().max(1.0) as usize,
        }
    }
}

/// Returns the hop of a model in frames: `hop`, or that of its card.
pub(crate) fn frames_of(hop: Option<Hop>, card: &Card) -> usize {
    hop.map_or(card.hop_frames, |hop| hop.frames(card))
}

/// Returns the distance of two frames of a model in seconds.
pub(crate) fn frame_s(card: &Card) -> f64 {
    card.front_end.hop() as f64 / card.front_end.rate().hz()
}

#[cfg(test)]
mod tests {
    use earmark_models::Registry;

    use super::*;

    #[test]
    fn seconds_are_the_nearest_number_of_frames_of_each_model() {
        let cards = Registry::global().cards();
        let card = cards.iter().find(|card| card.id == "msd-musicnn").unwrap();
        assert!((frame_s(card) - 0.016).abs() < 1e-12);
        for (hop, frames) in [
            (Hop::Frames(7), 7),
            (Hop::Seconds(0.5), 31),
            (Hop::Seconds(1.488), 93),
            (Hop::Seconds(1e-9), 1),
            (Hop::Seconds(3600.0), 225_000),
        ] {
            assert_eq!(hop.frames(card), frames, "{hop:?}");
        }
        assert_eq!((frames_of(None, card), frames_of(Some(Hop::Frames(2)), card)), (93, 2));
    }
}
