//! OSC messages of descriptors, once per second while the saved state turns them on.
//!
//! ```text
//! /earmark/descriptors/time        d     end of the window, source time in seconds
//! /earmark/descriptors/window      f     length of the window in seconds, up to 30
//! /earmark/descriptors/silent      i     1 in silence
//! /earmark/descriptors/key         s f i name such as "F# minor", strength, and 1 if reliable
//! /earmark/descriptors/chord       s f   name such as "F#m", and strength
//! /earmark/descriptors/chroma      f×12  energy of C, C#, ... B, 0 to 1
//! /earmark/descriptors/loudness/momentary   f    LUFS; also short_term and integrated, and range in LU
//! /earmark/descriptors/bpm         f i   value, and 1 if reliable; also danceability, dissonance, onset_rate,
//!                                        dynamic_complexity, tuning_frequency
//! /earmark/descriptors/spectral_centroid    f    mean of the last second in Hz, 0 in silence
//! ```
//!
//! A value that is not known, or that the window is too short for, is not sent.

use rosc::{OscMessage, OscType};

use super::{OscSender, OscTarget};
use crate::descriptors::{DescriptorValue, LiveDescriptors};
use crate::state::SharedState;

impl OscSender {
    /// Sends descriptors, if the saved state turns them on.
    pub fn descriptors(&mut self, state: &SharedState, descriptors: &LiveDescriptors) {
        if let Some(target) = self.target(state)
            && state.get().descriptors
        {
            target.send(&messages(target, descriptors));
        }
    }
}

fn messages(target: &OscTarget, descriptors: &LiveDescriptors) -> Vec<OscMessage> {
    let message = |name: &str, arguments: Vec<OscType>| target.message(&format!("descriptors/{name}"), arguments);
    let mut messages = vec![
        message("time", vec![OscType::Double(descriptors.end_s)]),
        message("window", vec![OscType::Float(descriptors.window_s as f32)]),
        message("silent", vec![OscType::Int(descriptors.silent.into())]),
    ];
    if let Some(key) = &descriptors.key {
        let arguments =
            vec![OscType::String(key.name()), OscType::Float(key.strength), OscType::Int(key.reliable.into())];
        messages.push(message("key", arguments));
    }
    if let Some(chord) = &descriptors.chord {
        messages.push(message("chord", vec![OscType::String(chord.name()), OscType::Float(chord.strength)]));
    }
    messages.push(message("chroma", descriptors.chroma.map(OscType::Float).to_vec()));
    let loudness = &descriptors.loudness;
    for (name, value) in [
        ("loudness/momentary", loudness.momentary),
        ("loudness/short_term", loudness.short_term),
        ("loudness/integrated", loudness.integrated),
        ("loudness/range", loudness.range),
    ] {
        messages.extend(value.map(|value| message(name, vec![OscType::Float(value.value as f32)])));
    }
    for (name, value) in [
        ("bpm", descriptors.bpm),
        ("danceability", descriptors.danceability),
        ("dissonance", descriptors.dissonance),
        ("onset_rate", descriptors.onset_rate),
        ("dynamic_complexity", descriptors.dynamic_complexity),
        ("tuning_frequency", descriptors.tuning_hz),
    ] {
        messages.extend(value.map(|value| message(name, marked(value))));
    }
    let centroid_hz = descriptors.centroid_hz.last().map(|&hz| message("spectral_centroid", vec![OscType::Float(hz)]));
    messages.extend(centroid_hz);
    messages
}

/// Returns a value and its reliability as arguments.
fn marked(value: DescriptorValue) -> Vec<OscType> {
    vec![OscType::Float(value.value as f32), OscType::Int(value.is_reliable().into())]
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::tests::{receive, receiver};
    use super::*;
    use crate::descriptors::{ChordEstimate, KeyEstimate, LiveLoudness, Reliability};

    fn descriptors() -> LiveDescriptors {
        let value = |value| Some(DescriptorValue { value, reliability: Reliability::Reliable });
        LiveDescriptors {
            end_s: 12.5,
            window_s: 12.5,
            since_start_s: 12.5,
            generation: 1,
            silent: false,
            key: Some(KeyEstimate { tonic: 9, minor: true, strength: 0.5, reliable: false }),
            chord: Some(ChordEstimate { root: 0, minor: false, strength: 0.75 }),
            chroma: [0.5; 12],
            loudness: LiveLoudness { momentary: value(-20.0), ..LiveLoudness::default() },
            bpm: Some(DescriptorValue { value: 120.0, reliability: Reliability::Marked }),
            danceability: None,
            dissonance: value(0.25),
            onset_rate: None,
            dynamic_complexity: None,
            tuning_hz: None,
            centroid_hz: Arc::from([100.0, 2000.0]),
            window: Arc::default(),
            since_start: None,
        }
    }

    #[test]
    fn known_descriptors_are_sent_if_the_state_turns_them_on() {
        let (socket, state, mut osc) = receiver();
        state.change(|state| state.osc.on = true);
        osc.descriptors(&state, &descriptors());
        assert!(receive(&socket).is_empty(), "off by default");
        state.change(|state| state.descriptors = true);
        osc.descriptors(&state, &descriptors());
        let chroma = ["Float(0.5)"; 12].join(", ");
        let expected = [
            "time [Double(12.5)]",
            "window [Float(12.5)]",
            "silent [Int(0)]",
            "key [String(\"A minor\"), Float(0.5), Int(0)]",
            "chord [String(\"C\"), Float(0.75)]",
            &format!("chroma [{chroma}]"),
            "loudness/momentary [Float(-20.0)]",
            "bpm [Float(120.0), Int(0)]",
            "dissonance [Float(0.25), Int(1)]",
            "spectral_centroid [Float(2000.0)]",
        ];
        assert_eq!(receive(&socket), expected.map(|message| format!("/earmark/descriptors/{message}")));
    }
}
