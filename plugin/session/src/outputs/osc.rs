//! OSC output over UDP, sent by the worker thread.
//!
//! Every prediction of tags sends, with the prefix `/earmark`:
//!
//! ```text
//! /earmark/time    d       end of the analyzed audio, source time in seconds
//! /earmark/silent  i       1 in silence
//! /earmark/tag/female_vocalists  f i    smoothed value 0 to 1, and 1 if active
//! /earmark/begin   s       tag that became active
//! /earmark/end     s       tag that became inactive
//! ```
//!
//! The begin of another piece sends `/earmark/song d`: its source time in seconds.
//!
//! Every answer about the tempo, and every beat, send:
//!
//! ```text
//! /earmark/tempo        f f   BPM (0 in silence) and confidence; not while there is no tempo yet
//! /earmark/tempo/state  s f   listening, likely, locked, holding or lost, and the analyzed seconds
//! /earmark/beat         i f   number of the beat since the start, and confidence of its phase
//! ```
//!
//! A prediction of an added model sends:
//!
//! ```text
//! /earmark/model/mood_happy-msd-musicnn-1/happy  f i    smoothed value on the model's scale, and 1 if active
//! /earmark/model/crepe-tiny-1/pitch              f f    Hz (0 in silence) and confidence
//! /earmark/model/deeptemp_k16/tempo              f f    BPM (0 in silence) and confidence
//! ```
//!
//! Levels are sent 50 times per second, and onsets when they occur, if the saved state turns them on; see the module
//! `outputs/osc/levels.rs`.
//!
//! Descriptors are sent once a second if the saved state turns them on; see the module `outputs/osc/descriptors.rs`.

mod address;
mod descriptors;
mod levels;
mod receivers;

use earmark_models::BeatEvent;
use rosc::{OscBundle, OscMessage, OscPacket, OscTime, OscType, encoder};

use crate::latest_prediction::{LabelValues, LatestPrediction, ModelValue, TempoEstimate};
use crate::song_change::SongChange;
use crate::state::{OscConfig, SharedState};

pub use self::address::{OscAddress, OscAddressError};
pub use self::receivers::OscReceivers;

/// Maximum number of messages in one datagram, so that a datagram fits into one network packet.
const MAX_MESSAGES: usize = 20;

/// OSC time tag "immediately".
const IMMEDIATELY: OscTime = OscTime { seconds: 0, fractional: 1 };

/// Sender of results as OSC to the receivers in the saved state. Never blocks; UDP send errors are ignored, because
/// delivery is not guaranteed.
#[derive(Debug, Default)]
pub struct OscSender {
    /// State revision of `config`, plus 1; 0 for none.
    revision: u64,
    /// Configuration of `target`.
    config: Option<OscConfig>,
    target: Option<OscTarget>,
    /// Activity of the tags when they were sent last.
    sent: Vec<bool>,
    /// Whether the confidence of the newest tempo is below the minimum of the state.
    holds_tempo_back: bool,
}

/// Receivers, and the prefix of their messages.
#[derive(Debug)]
struct OscTarget {
    receivers: OscReceivers,
    prefix: String,
}

impl OscSender {
    /// Sends a prediction of an added model.
    pub fn added(&mut self, state: &SharedState, reading: &LatestPrediction<ModelValue>) {
        let Some(target) = self.target(state) else { return };
        let model = address_part(&reading.card.id);
        let pair = |name: &str, first: Option<f32>, confidence: f32| {
            let arguments = vec![OscType::Float(first.unwrap_or(0.0)), OscType::Float(confidence)];
            vec![target.message(&format!("model/{model}/{name}"), arguments)]
        };
        let messages = match &reading.value {
            ModelValue::Tempo(tempo) => pair("tempo", tempo.bpm, tempo.confidence),
            ModelValue::Pitch(pitch) => pair("pitch", pitch.hz, pitch.confidence),
            ModelValue::Labels(values) => target.labels(&format!("model/{model}"), &reading.card.labels, values),
        };
        target.send(&messages);
    }

    /// Sends a prediction of tags.
    pub fn tags(&mut self, state: &SharedState, reading: &LatestPrediction<LabelValues>) {
        self.sync_settings(state);
        let Some(target) = &self.target else { return };
        let (labels, active) = (&reading.card.labels, &reading.value.active);
        let mut messages = vec![
            target.message("time", vec![OscType::Double(reading.end_s)]),
            target.message("silent", vec![OscType::Int(reading.silent.into())]),
        ];
        messages.extend(target.labels("tag", labels, &reading.value));
        for (i, (label, &active)) in labels.iter().zip(active).enumerate() {
            if active != self.sent.get(i).copied().unwrap_or(false) {
                let name = if active { "begin" } else { "end" };
                messages.push(target.message(name, vec![OscType::String(label.clone())]));
            }
        }
        target.send(&messages);
        self.sent.clone_from(active);
    }

    /// Sends the live tempo; `outgoing` is the tempo in BPM that may leave the program.
    pub fn live_tempo(
        &mut self,
        state: &SharedState,
        reading: &LatestPrediction<TempoEstimate>,
        outgoing: Option<f32>,
    ) {
        self.holds_tempo_back = reading.value.bpm.is_some() && outgoing.is_none();
        let Some(target) = self.target(state) else { return };
        let TempoEstimate { confidence, status, analyzed_s, .. } = reading.value;
        let arguments = vec![OscType::String(status.name().into()), OscType::Float(analyzed_s as f32)];
        let mut messages = vec![target.message("tempo/state", arguments)];
        if outgoing.is_some() || reading.silent {
            let arguments = vec![OscType::Float(outgoing.unwrap_or(0.0)), OscType::Float(confidence)];
            messages.insert(0, target.message("tempo", arguments));
        }
        target.send(&messages);
    }

    /// Sends a beat, unless the newest tempo may not leave the program.
    pub fn beat(&mut self, state: &SharedState, beat: &BeatEvent) {
        let is_held_back = self.holds_tempo_back;
        let Some(target) = self.target(state).filter(|_| !is_held_back) else { return };
        // The number wraps after more than twenty years.
        let arguments = vec![OscType::Int(beat.number as i32), OscType::Float(beat.confidence)];
        target.send(&[target.message("beat", arguments)]);
    }

    /// Sends the begin of another piece.
    pub fn song(&mut self, state: &SharedState, song: &SongChange) {
        if let Some(target) = self.target(state) {
            target.send(&[target.message("song", vec![OscType::Double(song.time_s)])]);
        }
    }

    /// Returns the target of the current settings; none if OSC is off.
    fn target(&mut self, state: &SharedState) -> Option<&OscTarget> {
        self.sync_settings(state);
        self.target.as_ref()
    }

    /// Opens the target again if its settings have changed.
    fn sync_settings(&mut self, state: &SharedState) {
        let revision = state.revision() + 1;
        if revision != self.revision {
            self.revision = revision;
            let config = &state.get().osc;
            if self.config.as_ref() != Some(config) {
                self.target = config.on.then(|| OscTarget::new(config)).flatten();
                self.config = Some(config.clone());
            }
        }
    }
}

impl OscTarget {
    fn new(config: &OscConfig) -> Option<Self> {
        let receivers = OscReceivers::open(&config.receivers().ok()?);
        let parts = config.prefix.split('/').filter(|part| !part.is_empty()).map(address_part);
        let prefix = parts.fold(String::new(), |prefix, part| prefix + "/" + &part);
        Some(Self { receivers, prefix })
    }

    fn message(&self, name: &str, args: Vec<OscType>) -> OscMessage {
        OscMessage { addr: format!("{}/{name}", self.prefix), args }
    }

    /// Returns a message for each label, with its averaged value and activity.
    fn labels(&self, below: &str, labels: &[String], values: &LabelValues) -> Vec<OscMessage> {
        let labels = labels.iter().zip(&values.smoothed).zip(&values.active);
        let message = |((label, &value), &active): ((&String, &f32), &bool)| {
            let arguments = vec![OscType::Float(value), OscType::Int(active.into())];
            self.message(&format!("{below}/{}", address_part(label)), arguments)
        };
        labels.map(message).collect()
    }

    fn send(&self, messages: &[OscMessage]) {
        for messages in messages.chunks(MAX_MESSAGES) {
            let content = messages.iter().cloned().map(OscPacket::Message).collect();
            let bundle = OscPacket::Bundle(OscBundle { timetag: IMMEDIATELY, content });
            if let Ok(bytes) = encoder::encode(&bundle) {
                self.receivers.send(&bytes);
            }
        }
    }
}

/// Returns a label as a part of an OSC address: spaces and the reserved `#*,/?[]{}` become `_`.
#[must_use]
pub fn address_part(label: &str) -> String {
    label.chars().map(|c| if c.is_ascii_graphic() && !"#*,/?[]{}".contains(c) { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, UdpSocket};
    use std::time::Duration;

    use earmark_models::TempoStatus;
    use rosc::decoder;

    use super::*;
    use crate::latest_prediction::PitchValue;

    fn tags(active: [bool; 2]) -> LatestPrediction<LabelValues> {
        let values = LabelValues { smoothed: vec![0.5, 0.25], active: active.to_vec(), latest: vec![0.5, 0.25] };
        LatestPrediction::of_labels("m", &["female vocalists", "r&b/soul"], values)
    }

    /// Returns a socket, a state whose OSC output has it as its target and is off, and a sender.
    pub(super) fn receiver() -> (UdpSocket, SharedState, OscSender) {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        let state = SharedState::default();
        state.change(|state| state.osc.address = format!("localhost:{}", socket.local_addr().unwrap().port()));
        (socket, state, OscSender::default())
    }

    /// Returns the messages of the next datagram as text; none after the timeout.
    pub(super) fn receive(socket: &UdpSocket) -> Vec<String> {
        let mut bytes = [0; 2048];
        let Ok(length) = socket.recv(&mut bytes) else { return Vec::new() };
        let (_, OscPacket::Bundle(bundle)) = decoder::decode_udp(&bytes[..length]).unwrap() else {
            panic!("expected a bundle")
        };
        let text = |packet: &OscPacket| match packet {
            OscPacket::Message(OscMessage { addr, args }) => format!("{addr} {args:?}"),
            OscPacket::Bundle(_) => panic!("expected a message"),
        };
        bundle.content.iter().map(text).collect()
    }

    #[test]
    fn results_are_sent_to_the_target_in_the_state() {
        let (socket, state, mut osc) = receiver();
        osc.tags(&state, &tags([true, false]));
        assert!(receive(&socket).is_empty(), "off by default");
        state.change(|state| {
            state.osc.on = true;
            state.osc.prefix = "stage left/#1".into();
        });
        osc.tags(&state, &tags([true, false]));
        let received = receive(&socket);
        let expected = [
            "/stage_left/_1/time [Double(4.0)]",
            "/stage_left/_1/silent [Int(0)]",
            "/stage_left/_1/tag/female_vocalists [Float(0.5), Int(1)]",
            "/stage_left/_1/tag/r&b_soul [Float(0.25), Int(0)]",
            "/stage_left/_1/begin [String(\"female vocalists\")]",
        ];
        assert_eq!(received, expected);
        osc.tags(&state, &tags([false, false]));
        assert_eq!(receive(&socket).last().unwrap(), "/stage_left/_1/end [String(\"female vocalists\")]");
        let tempo = locked(120.0);
        osc.live_tempo(&state, &tempo, Some(120.0));
        let expected = [
            "/stage_left/_1/tempo [Float(120.0), Float(0.5)]",
            "/stage_left/_1/tempo/state [String(\"locked\"), Float(4.0)]",
        ];
        assert_eq!(receive(&socket), expected);
        state.change(|state| state.osc.on = false);
        osc.live_tempo(&state, &tempo, Some(120.0));
        assert!(receive(&socket).is_empty());
    }

    fn locked(bpm: f32) -> LatestPrediction<TempoEstimate> {
        let (status, analyzed_s) = (TempoStatus::Locked, 4.0);
        let value = TempoEstimate { bpm: Some(bpm), confidence: 0.5, status, analyzed_s, ..TempoEstimate::default() };
        LatestPrediction::of_labels("t", &[], value)
    }

    #[test]
    fn beats_have_number_and_confidence_and_a_tempo_that_stays_here_sends_its_state() {
        let (socket, state, mut osc) = receiver();
        state.change(|state| state.osc.on = true);
        let beat = BeatEvent { number: 7, at_s: 3.5, bpm: 120.0, confidence: 0.75, generation: 0 };
        osc.beat(&state, &beat);
        assert_eq!(receive(&socket), ["/earmark/beat [Int(7), Float(0.75)]"]);
        osc.live_tempo(&state, &locked(120.0), None);
        assert_eq!(receive(&socket), ["/earmark/tempo/state [String(\"locked\"), Float(4.0)]"]);
        osc.beat(&state, &beat);
        assert!(receive(&socket).is_empty(), "beats of a tempo that stays here stay, too");
        osc.live_tempo(&state, &locked(120.0), Some(120.0));
        osc.beat(&state, &beat);
        assert_eq!((receive(&socket).len(), receive(&socket).len()), (2, 1));
    }

    #[test]
    fn every_address_of_the_state_gets_the_messages_and_an_unrelated_change_keeps_the_sockets() {
        let (first, state, mut osc) = receiver();
        let (second, ..) = receiver();
        let port = second.local_addr().unwrap().port();
        state.change(|state| {
            state.osc.on = true;
            state.osc.address += &format!(", 127.0.0.1:{port}");
        });
        let mut sources = Vec::new();
        for socket in [&first, &second, &first] {
            osc.tags(&state, &tags([false, false]));
            let mut bytes = [0; 2048];
            sources.push(socket.recv_from(&mut bytes).unwrap().1.port());
            state.change(|state| state.panel = format!("{}x", state.panel));
        }
        assert!(sources.iter().all(|port| *port == sources[0]), "{sources:?}");
    }

    #[test]
    fn added_models_are_sent_below_their_ids() {
        let (socket, state, mut osc) = receiver();
        state.change(|state| state.osc.on = true);
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
