//! OSC over UDP, from the worker: for what does not get MIDI out of its host.
//!
//! With the prefix `/earmark`, for every prediction of tags:
//!
//! ```text
//! /earmark/time    d       source time behind what was heard, in seconds
//! /earmark/silent  i       1 in silence
//! /earmark/tag/female_vocalists  f i    smoothed value 0 to 1, and 1 if lit
//! /earmark/begin   s       a tag that has just lit up
//! /earmark/end     s       a tag that has just gone out
//! ```
//!
//! and of a tempo `/earmark/tempo f f`: beats per minute (0 in silence) and confidence. Of an added model:
//!
//! ```text
//! /earmark/model/mood_happy-msd-musicnn-1/happy  f i    smoothed value on the model's scale, and 1 if lit
//! /earmark/model/crepe-tiny-1/pitch              f f    Hz (0 in silence) and confidence
//! /earmark/model/deeptemp_k16/tempo              f f    beats per minute (0 in silence) and confidence
//! ```

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use rosc::{OscBundle, OscMessage, OscPacket, OscTime, OscType, encoder};

use crate::latest_prediction::{LabelValues, LatestPrediction, ModelValue, TempoEstimate};
use crate::state::{OscChoice, StateCell};

/// The most messages in one datagram, so that it fits into one packet of most networks.
const MESSAGES: usize = 20;

/// OSC's "immediately".
const NOW: OscTime = OscTime { seconds: 0, fractional: 1 };

/// Sends results to where the state says, if it says so. Never waits: what the system does not take is lost, as
/// everything over UDP may be.
#[derive(Debug, Default)]
pub struct OscSender {
    /// State revision that `line` was made for, plus 1; 0 for none.
    seen: u64,
    line: Option<Line>,
    /// Which tags were active when they were sent last.
    sent: Vec<bool>,
}

#[derive(Debug)]
struct Line {
    socket: UdpSocket,
    target: SocketAddr,
    prefix: String,
}

impl OscSender {
    /// Sends a prediction of an added model.
    pub fn added(&mut self, state: &StateCell, reading: &LatestPrediction<ModelValue>) {
        self.follow(state);
        let Some(line) = &self.line else { return };
        let model = address_part(&reading.card.id);
        let pair = |what: &str, first: Option<f32>, confidence: f32| {
            let arguments = vec![OscType::Float(first.unwrap_or(0.0)), OscType::Float(confidence)];
            vec![line.message(&format!("model/{model}/{what}"), arguments)]
        };
        let messages = match &reading.value {
            ModelValue::Tempo(tempo) => pair("tempo", tempo.bpm, tempo.confidence),
            ModelValue::Pitch(pitch) => pair("pitch", pitch.hz, pitch.confidence),
            ModelValue::Labels(values) => line.labels(&format!("model/{model}"), &reading.card.labels, values),
        };
        line.send(&messages);
    }

    /// Sends a prediction of tags.
    pub fn tags(&mut self, state: &StateCell, reading: &LatestPrediction<LabelValues>) {
        self.follow(state);
        let Some(line) = &self.line else { return };
        let (labels, active) = (&reading.card.labels, &reading.value.active);
        let mut messages = vec![
            line.message("time", vec![OscType::Double(reading.end_s)]),
            line.message("silent", vec![OscType::Int(reading.silent.into())]),
        ];
        messages.extend(line.labels("tag", labels, &reading.value));
        for (i, (label, &active)) in labels.iter().zip(active).enumerate() {
            if active != self.sent.get(i).copied().unwrap_or(false) {
                let name = if active { "begin" } else { "end" };
                messages.push(line.message(name, vec![OscType::String(label.clone())]));
            }
        }
        line.send(&messages);
        self.sent.clone_from(active);
    }

    /// Sends a tempo.
    pub fn tempo(&mut self, state: &StateCell, reading: &LatestPrediction<TempoEstimate>) {
        self.follow(state);
        let Some(line) = &self.line else { return };
        let TempoEstimate { bpm, confidence, .. } = reading.value;
        line.send(&[line.message("tempo", vec![OscType::Float(bpm.unwrap_or(0.0)), OscType::Float(confidence)])]);
    }

    /// Makes the way out anew when the choice has changed.
    fn follow(&mut self, state: &StateCell) {
        let revision = state.revision() + 1;
        if revision != self.seen {
            self.seen = revision;
            let choice = &state.get().osc;
            self.line = choice.on.then(|| Line::new(choice)).flatten();
        }
    }
}

impl Line {
    fn new(choice: &OscChoice) -> Option<Self> {
        let target = choice.target()?;
        let socket = match target {
            SocketAddr::V4(_) => UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)),
            SocketAddr::V6(_) => UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)),
        }
        .ok()?;
        socket.set_nonblocking(true).ok()?;
        let parts = choice.prefix.split('/').filter(|part| !part.is_empty()).map(address_part);
        let prefix = parts.fold(String::new(), |prefix, part| prefix + "/" + &part);
        Some(Self { socket, target, prefix })
    }

    fn message(&self, name: &str, args: Vec<OscType>) -> OscMessage {
        OscMessage { addr: format!("{}/{name}", self.prefix), args }
    }

    /// Returns a message per label, with its averaged value and whether it is active.
    fn labels(&self, below: &str, labels: &[String], values: &LabelValues) -> Vec<OscMessage> {
        let labels = labels.iter().zip(&values.smoothed).zip(&values.active);
        let message = |((label, &value), &active): ((&String, &f32), &bool)| {
            let arguments = vec![OscType::Float(value), OscType::Int(active.into())];
            self.message(&format!("{below}/{}", address_part(label)), arguments)
        };
        labels.map(message).collect()
    }

    fn send(&self, messages: &[OscMessage]) {
        for messages in messages.chunks(MESSAGES) {
            let content = messages.iter().cloned().map(OscPacket::Message).collect();
            let bundle = OscPacket::Bundle(OscBundle { timetag: NOW, content });
            if let Ok(bytes) = encoder::encode(&bundle) {
                // Nobody may be listening; that is not our affair.
                let _ = self.socket.send_to(&bytes, self.target);
            }
        }
    }
}

/// A label as a part of an OSC address, in which spaces and `#*,/?[]{}` have a meaning.
fn address_part(label: &str) -> String {
    label.chars().map(|c| if c.is_ascii_graphic() && !"#*,/?[]{}".contains(c) { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rosc::decoder;

    use super::*;
    use crate::latest_prediction::PitchValue;

    fn tags(active: [bool; 2]) -> LatestPrediction<LabelValues> {
        let values = LabelValues { smoothed: vec![0.5, 0.25], active: active.to_vec(), latest: vec![0.5, 0.25] };
        LatestPrediction::of_labels("m", &["female vocalists", "r&b/soul"], values)
    }

    /// The messages of the next datagram as words; none when nothing comes.
    fn receive(socket: &UdpSocket) -> Vec<String> {
        let mut bytes = [0; 2048];
        let Ok(length) = socket.recv(&mut bytes) else { return Vec::new() };
        let (_, OscPacket::Bundle(bundle)) = decoder::decode_udp(&bytes[..length]).unwrap() else {
            panic!("expected a bundle")
        };
        let words = |packet: &OscPacket| match packet {
            OscPacket::Message(OscMessage { addr, args }) => format!("{addr} {args:?}"),
            OscPacket::Bundle(_) => panic!("expected a message"),
        };
        bundle.content.iter().map(words).collect()
    }

    #[test]
    fn results_are_sent_where_and_when_the_state_says() {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        let (state, mut osc) = (StateCell::default(), OscSender::default());
        state.change(|state| state.osc.address = format!("localhost:{}", socket.local_addr().unwrap().port()));
        osc.tags(&state, &tags([true, false]));
        assert!(receive(&socket).is_empty(), "off by default");
        state.change(|state| {
            state.osc.on = true;
            state.osc.prefix = "stage left/#1".into();
        });
        osc.tags(&state, &tags([true, false]));
        let heard = receive(&socket);
        let expected = [
            "/stage_left/_1/time [Double(4.0)]",
            "/stage_left/_1/silent [Int(0)]",
            "/stage_left/_1/tag/female_vocalists [Float(0.5), Int(1)]",
            "/stage_left/_1/tag/r&b_soul [Float(0.25), Int(0)]",
            "/stage_left/_1/begin [String(\"female vocalists\")]",
        ];
        assert_eq!(heard, expected);
        osc.tags(&state, &tags([false, false]));
        assert_eq!(receive(&socket).last().unwrap(), "/stage_left/_1/end [String(\"female vocalists\")]");
        let value = TempoEstimate { bpm: Some(120.0), confidence: 0.5, alternatives: Vec::new() };
        let tempo = LatestPrediction::of_labels("t", &[], value);
        osc.tempo(&state, &tempo);
        assert_eq!(receive(&socket), ["/stage_left/_1/tempo [Float(120.0), Float(0.5)]"]);
        state.change(|state| state.osc.on = false);
        osc.tempo(&state, &tempo);
        assert!(receive(&socket).is_empty());
    }

    #[test]
    fn added_models_are_sent_below_their_ids() {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        let (state, mut osc) = (StateCell::default(), OscSender::default());
        state.change(|state| {
            state.osc.on = true;
            state.osc.address = format!("localhost:{}", socket.local_addr().unwrap().port());
        });
        let values = LabelValues { smoothed: vec![0.5, 0.25], active: vec![true, false], latest: Vec::new() };
        let pitch = PitchValue { hz: Some(440.0), confidence: 0.75 };
        for (id, value, expected) in [
            (
                "mood happy",
                ModelValue::Labels(values),
                vec![
                    "/earmark/model/mood_happy/happy [Float(0.5), Int(1)]",
                    "/earmark/model/mood_happy/non_happy [Float(0.25), Int(0)]",
                ],
            ),
            ("t", ModelValue::Tempo(TempoEstimate::default()), vec!["/earmark/model/t/tempo [Float(0.0), Float(0.0)]"]),
            ("p", ModelValue::Pitch(pitch), vec!["/earmark/model/p/pitch [Float(440.0), Float(0.75)]"]),
        ] {
            osc.added(&state, &LatestPrediction::of_labels(id, &["happy", "non_happy"], value));
            assert_eq!(receive(&socket), expected);
        }
    }
}
