//! Scenes as they go on and off.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use earmark_models::{Outcome, Prediction};
use rosc::{OscMessage, OscPacket, encoder};

use super::condition::Heard;
use super::deed::{self, Deed};
use super::file::{Scene, Scenes};
use crate::output::midi::Midi;

/// How hard notes are struck, of 127.
const VELOCITY: u8 = 100;

/// A scene went on or off.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    /// The scene.
    pub(crate) name: String,
    /// Whether it is on now.
    pub(crate) on: bool,
    /// Source time, in seconds.
    pub(crate) at_s: f64,
}

/// Scenes, and how each is.
pub(crate) struct Stage {
    scenes: Vec<(Scene, Course)>,
    sockets: Sockets,
    /// In which generation, and beats per minute.
    tempo: Option<(u64, f32)>,
    /// Of the last prediction of tags: where in the stream it was.
    at_s: f64,
    generation: u64,
}

/// How a scene is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Course {
    on: bool,
    /// Since when its conditions say otherwise, in source time.
    since_s: Option<f64>,
    /// When it ended last.
    ended_s: Option<f64>,
}

/// Ways out; messages that the system does not take are lost, as everything over UDP may be.
struct Sockets {
    v4: UdpSocket,
    v6: Option<UdpSocket>,
}

impl Stage {
    /// All scenes, off.
    ///
    /// # Errors
    /// When the system gives no socket.
    pub(crate) fn new(scenes: Scenes) -> io::Result<Self> {
        let scenes = scenes.scenes.into_iter().map(|scene| (scene, Course::default())).collect();
        Ok(Self { scenes, sockets: Sockets::open()?, tempo: None, at_s: 0.0, generation: 0 })
    }

    /// Whether any of them sends MIDI.
    pub(crate) fn needs_midi(&self) -> bool {
        let mut deeds = self.scenes.iter().flat_map(|(scene, _)| scene.begin.iter().chain(&scene.end));
        deeds.any(|deed| matches!(deed, Deed::Midi(_)))
    }

    /// Takes a prediction, with the smoothed values of the tags if it is of tags; gives what went on and off.
    pub(crate) fn take(
        &mut self,
        prediction: &Prediction,
        tags: Option<(&[String], &[f32])>,
        midi: Option<&Midi>,
    ) -> Vec<Change> {
        if tags.is_none() {
            self.tempo = match &prediction.outcome {
                Outcome::Tempo { local, .. } => Some((prediction.generation, local.bpm)),
                _ => None,
            };
            return Vec::new();
        }
        if prediction.generation != self.generation {
            // Time has jumped: what has been waited for is waited for anew.
            self.generation = prediction.generation;
            self.scenes.iter_mut().for_each(|(_, course)| (course.since_s, course.ended_s) = (None, None));
        }
        self.at_s = prediction.end_s;
        // A tempo from before a jump is another music's.
        let bpm = self.tempo.filter(|(generation, _)| *generation == prediction.generation).map(|(_, bpm)| bpm);
        let heard = Heard { tags, bpm, silent: matches!(prediction.outcome, Outcome::Silent) };
        let Self { scenes, sockets, at_s, .. } = self;
        let turned = scenes.iter_mut().filter_map(|(scene, course)| {
            let holds = scene.when.iter().all(|condition| condition.holds(heard));
            course.turns(scene, holds, *at_s).then(|| sockets.turn(scene, course.on, *at_s, midi))
        });
        turned.collect()
    }

    /// Ends every scene that is on.
    pub(crate) fn finish(&mut self, midi: Option<&Midi>) -> Vec<Change> {
        self.tempo = None;
        let Self { scenes, sockets, at_s, .. } = self;
        let on = scenes.iter_mut().filter(|(_, course)| course.on);
        on.map(|(scene, course)| {
            *course = Course::default();
            sockets.turn(scene, false, *at_s, midi)
        })
        .collect()
    }
}

impl Course {
    /// Takes whether the conditions hold; true when that turns the scene on or off.
    fn turns(&mut self, scene: &Scene, holds: bool, at_s: f64) -> bool {
        if holds == self.on {
            self.since_s = None;
            return false;
        }
        let since_s = *self.since_s.get_or_insert(at_s);
        let waits_s = if self.on { scene.hold_s } else { scene.for_s };
        let rests = !self.on && self.ended_s.is_some_and(|ended_s| at_s - ended_s < scene.rest_s);
        if at_s - since_s < waits_s || rests {
            return false;
        }
        let ended_s = self.on.then_some(at_s);
        *self = Self { on: !self.on, since_s: None, ended_s };
        true
    }
}

impl Sockets {
    fn open() -> io::Result<Self> {
        let open = |address: SocketAddr| {
            let socket = UdpSocket::bind(address)?;
            socket.set_nonblocking(true)?;
            io::Result::Ok(socket)
        };
        let v4 = open((Ipv4Addr::UNSPECIFIED, 0).into())?;
        // Not every machine has it.
        Ok(Self { v4, v6: open((Ipv6Addr::UNSPECIFIED, 0).into()).ok() })
    }

    /// Does what is to be done when a scene goes on or off.
    fn turn(&self, scene: &Scene, on: bool, at_s: f64, midi: Option<&Midi>) -> Change {
        if !on {
            for deed in &scene.begin {
                if let (Deed::Midi(deed::Midi::Note(channel, key)), Some(midi)) = (deed, midi) {
                    midi.send([0x80 | channel, *key, 0]);
                }
            }
        }
        for deed in if on { &scene.begin } else { &scene.end } {
            match deed {
                Deed::Osc(target, message) => self.send(*target, message),
                Deed::Midi(message) => midi.into_iter().for_each(|midi| play(midi, *message)),
            }
        }
        Change { name: scene.name.clone(), on, at_s }
    }

    fn send(&self, target: SocketAddr, message: &OscMessage) {
        let socket = match target {
            SocketAddr::V4(_) => Some(&self.v4),
            SocketAddr::V6(_) => self.v6.as_ref(),
        };
        if let (Some(socket), Ok(bytes)) = (socket, encoder::encode(&OscPacket::Message(message.clone()))) {
            // Nobody may be listening; that is not our affair.
            let _ = socket.send_to(&bytes, target);
        }
    }
}

fn play(midi: &Midi, message: deed::Midi) {
    match message {
        deed::Midi::Control(channel, cc, value) => midi.send([0xb0 | channel, cc, value]),
        deed::Midi::Program(channel, program) => midi.send_two([0xc0 | channel, program]),
        deed::Midi::Note(channel, key) => midi.send([0x90 | channel, key, VELOCITY]),
    }
}
