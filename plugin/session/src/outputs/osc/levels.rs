//! OSC messages of levels, 50 times per second, and of onsets, while the saved state turns them on.
//!
//! ```text
//! /earmark/level/time        d    end of the levels, source time in seconds
//! /earmark/level/rms         f    root mean square, 0 to 1; also peak, low, mid, high
//! /earmark/level/centroid    f    spectral centroid in Hz, 0 in silence
//! /earmark/level/momentary   f    loudness of the last 0.4 s in LUFS; also short_term (3 s)
//! /earmark/onset/kick        f    strength, 0 to 1; also snare, hat
//! ```
//!
//! The messages of one time are one bundle. A loudness is not sent before its time has passed.

use rosc::{OscMessage, OscType};

use super::{OscSender, OscTarget};
use crate::levels::{LevelEntry, LevelReading};
use crate::state::SharedState;

impl OscSender {
    /// Sends levels or an onset, if the saved state turns them on.
    pub fn levels(&mut self, state: &SharedState, entry: &LevelEntry) {
        if let Some(target) = self.target(state)
            && state.get().levels
        {
            target.send(&messages(target, entry));
        }
    }
}

fn messages(target: &OscTarget, entry: &LevelEntry) -> Vec<OscMessage> {
    let levels = match entry {
        LevelEntry::Onset(onset) => {
            return vec![target.message(&format!("onset/{}", onset.band.name()), vec![OscType::Float(onset.strength)])];
        }
        LevelEntry::Levels(levels) => levels,
    };
    let LevelReading { end_s, rms, peak, low, mid, high, centroid_hz, momentary_lufs, short_term_lufs, .. } = *levels;
    let values = [
        ("rms", Some(rms)),
        ("peak", Some(peak)),
        ("low", Some(low)),
        ("mid", Some(mid)),
        ("high", Some(high)),
        ("centroid", Some(centroid_hz)),
        ("momentary", momentary_lufs),
        ("short_term", short_term_lufs),
    ];
    let time = target.message("level/time", vec![OscType::Double(end_s)]);
    let message = |(name, value): (&str, Option<f32>)| {
        Some(target.message(&format!("level/{name}"), vec![OscType::Float(value?)]))
    };
    std::iter::once(time).chain(values.into_iter().filter_map(message)).collect()
}

#[cfg(test)]
mod tests {
    use earmark_dsp::OnsetBand;

    use super::super::tests::{receive, receiver};
    use super::*;
    use crate::levels::OnsetReading;

    #[test]
    fn levels_and_onsets_are_sent_if_the_state_turns_them_on() {
        let (socket, state, mut osc) = receiver();
        state.change(|state| state.osc.on = true);
        let levels = LevelReading {
            end_s: 1.5,
            rms: 0.5,
            peak: 0.75,
            low: 0.25,
            mid: 0.125,
            centroid_hz: 1000.0,
            momentary_lufs: Some(-20.0),
            ..LevelReading::default()
        };
        let onset = OnsetReading { band: OnsetBand::Kick, time_s: 1.51, generation: 1, strength: 0.5 };
        osc.levels(&state, &LevelEntry::Onset(onset));
        assert!(receive(&socket).is_empty(), "off by default");
        state.change(|state| state.levels = true);
        osc.levels(&state, &LevelEntry::Levels(levels));
        let expected = [
            "time [Double(1.5)]",
            "rms [Float(0.5)]",
            "peak [Float(0.75)]",
            "low [Float(0.25)]",
            "mid [Float(0.125)]",
            "high [Float(0.0)]",
            "centroid [Float(1000.0)]",
            "momentary [Float(-20.0)]",
        ];
        assert_eq!(receive(&socket), expected.map(|message| format!("/earmark/level/{message}")));
        osc.levels(&state, &LevelEntry::Onset(onset));
        assert_eq!(receive(&socket), ["/earmark/onset/kick [Float(0.5)]"]);
    }
}
