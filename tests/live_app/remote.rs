//! Remote control of the tempo by python-osc, and by notes of JACK's MIDI sequencer.

use std::fs;
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use earmark_tests::drums::{Drum, Hit, render};
use earmark_tests::requirements::python;
use serde_json::Value;

use super::outputs::Helper;
use super::running::Running;
use super::virtual_sound_card::VirtualSoundCard;
use crate::command::wav::float_wav;

/// Program that sends messages to a port: one line of JSON each, an address and a list of arguments.
const OSC_SENDER: &str = r#"
import json, sys
from pythonosc.udp_client import SimpleUDPClient
client = SimpleUDPClient("127.0.0.1", int(sys.argv[1]))
for message in json.loads(sys.argv[2]):
    client.send_message(message[0], message[1])
"#;

/// Writes two minutes of drums at 120 BPM; returns the path.
fn clip(folder: &Path) -> PathBuf {
    let hits: Vec<Hit> = (0..240)
        .map(|beat| Hit {
            drum: if beat % 2 == 0 { Drum::Kick } else { Drum::Snare },
            at_s: 0.5 + f64::from(beat) * 0.5,
            gain: 0.7,
        })
        .collect();
    let path = folder.join("drums.wav");
    float_wav(&path, 44_100, 1, &render(&hits, 44_100.0, 3));
    path
}

/// Returns the port of the line with this beginning on standard error.
fn port(program: &Running, beginning: &str) -> String {
    let begun = Instant::now();
    loop {
        let errors = program.errors();
        if let Some(line) = errors.lines().find(|line| line.starts_with(beginning)) {
            return line.rsplit(':').next().unwrap().to_owned();
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "no `{beginning}`: {errors}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Whether a line has a locked tempo within 2 % of `bpm`.
fn has_tempo(line: &Value, bpm: f64) -> bool {
    line["event"] == "tempo" && line["bpm"].as_f64().is_some_and(|found| (found / bpm - 1.0).abs() < 0.02)
}

/// Whether a line is about a command of a source.
pub(super) fn is_command(line: &Value, source: &str, command: &str) -> bool {
    line["event"] == "remote" && line["source"] == source && line["command"] == command
}

/// Sends OSC messages to a program that was started with `--osc-in`: a JSON array of addresses, each with its arguments.
pub(super) fn send_osc(program: &Running, messages: &str) {
    let port = port(program, "earmark: OSC input");
    let sent = Command::new(python()).args(["-c", OSC_SENDER, &port, messages]).status().unwrap();
    assert!(sent.success());
}

/// Returns the addresses of the datagrams that are waiting at a socket, as one text.
fn waiting(socket: &UdpSocket) -> String {
    socket.set_nonblocking(true).unwrap();
    let mut bytes = [0; 4096];
    let mut text = String::new();
    while let Ok(length) = socket.recv(&mut bytes) {
        text += &String::from_utf8_lossy(&bytes[..length]);
    }
    text
}

#[test(needs(PythonOsc))]
fn tempo_is_controlled_by_python_osc() {
    if !cfg!(feature = "tempocnn") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let clip = clip(folder.path());
    let outgoing = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = format!("127.0.0.1:{}", outgoing.local_addr().unwrap().port());
    let scenes = folder.path().join("show.toml");
    fs::write(&scenes, "[[remote]]\naction = \"tempo.lock\"\nosc = \"/1/toggle1\"\n").unwrap();
    let arguments =
        ["listen", "--file", clip.to_str().unwrap(), "--rate", "2", "--osc", &address, "--osc-in", "0", "--scenes"];
    let mut program = Running::start(&[&arguments[..], &[scenes.to_str().unwrap()]].concat(), |_| {});
    let (at, _) = program.wait(0, 60, "a tempo", |line| has_tempo(line, 120.0) && line["state"] == "locked");
    send_osc(&program, r#"[["/earmark/tempo/half", []]]"#);
    program.wait(at, 20, "the command", |line| is_command(line, "osc", "tempo.half"));
    let (at, _) = program.wait(at, 20, "half of the tempo", |line| has_tempo(line, 60.0));
    send_osc(
        &program,
        r#"[["/earmark/tempo/double", [1]], ["/earmark/tempo/double", [0]], ["/earmark/tempo/range", [70.0, 150.0]]]"#,
    );
    let (at, _) = program.wait(at, 20, "the tempo in its range", |line| has_tempo(line, 120.0));
    send_osc(&program, r#"[["/1/toggle1", [1.0]], ["/earmark/tempo/double", []]]"#);
    program.wait(at, 20, "the lock", |line| is_command(line, "osc", "tempo.lock"));
    let (at, _) = program.wait(at, 20, "double of the locked tempo", |line| has_tempo(line, 240.0));

    // A tempo below the minimum confidence stays in the program; a locked one leaves it.
    assert!(waiting(&outgoing).contains("/earmark/beat\0"));
    send_osc(&program, r#"[["/1/toggle1", [0.0]], ["/earmark/tempo/min_confidence", [1.0]]]"#);
    program.wait(at, 20, "the minimum", |line| is_command(line, "osc", "tempo.min_confidence"));
    std::thread::sleep(Duration::from_secs(2));
    let _ = waiting(&outgoing);
    std::thread::sleep(Duration::from_secs(3));
    let sent = waiting(&outgoing);
    assert!(sent.contains("/earmark/tempo/state\0"));
    assert!(!sent.contains("/earmark/tempo\0") && !sent.contains("/earmark/beat\0"), "the tempo is held back");

    send_osc(
        &program,
        r#"[["/earmark/tempo/hlaf", []], ["/earmark/tempo/bpm", ["fast"]], ["/earmark/tempo/bpm", [1e9]]]"#,
    );
    let (_, ignored) = program.wait(at, 20, "a line about ignored messages", |line| line["ignored"].is_u64());
    assert!(ignored.json["message"].as_str().unwrap().contains("expected"), "{}", ignored.json);
    let (_, ignored) = program.wait(at, 20, "all of them", |line| line["ignored"] == 3);
    println!("live_app: remote: {}", ignored.json);
    let lines = program.lines().iter().filter(|line| line.json["ignored"].is_u64()).count();
    assert_eq!((lines, program.interrupt()), (2, 130), "{}", program.errors());
}

#[test(needs(Jack))]
fn tempo_is_controlled_by_notes_over_jack() {
    if !cfg!(feature = "tempocnn") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let clip = clip(folder.path());
    let card = VirtualSoundCard::start(48_000);
    // Note 36, half, and note 60, which is not bound, every 20 s.
    let mut sequencer = Command::new("jack_midiseq");
    card.offer(
        sequencer.args(["keys", "960000", "240000", "36", "8000", "480000", "60", "8000"]).stdout(Stdio::null()),
    );
    let _sequencer = Helper(sequencer.spawn().unwrap());
    let begun = Instant::now();
    while !card.ports().iter().any(|port| port.starts_with("keys:")) {
        assert!(begun.elapsed() < Duration::from_secs(10), "the sequencer has not come up");
        std::thread::sleep(Duration::from_millis(50));
    }
    let arguments = ["listen", "--file", clip.to_str().unwrap(), "--rate", "2", "--midi-in", "keys"];
    let mut program = Running::start(&arguments, |command| card.offer(command));
    let (at, _) = program.wait(0, 60, "the command", |line| is_command(line, "midi", "tempo.half"));
    program.wait(at, 30, "half of the tempo", |line| has_tempo(line, 60.0));
    program.wait(0, 40, "a line about the other note", |line| line["ignored"].is_u64() && line["source"] == "midi");
    assert_eq!(program.interrupt(), 130, "{}", program.errors());
    assert!(program.errors().contains("MIDI input earmark-remote:control (JACK)"), "{}", program.errors());
}
