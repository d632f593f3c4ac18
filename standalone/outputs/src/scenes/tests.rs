//! Tests of scenes: files, errors with line and column, begin and end.

use std::net::UdpSocket;
use std::time::Duration;

use earmark_models::{Prediction, PredictionValue};
use earmark_session::levels::OnsetBand;
use earmark_session::{LevelEntry, LevelReading, OnsetReading};
use rosc::{OscPacket, OscType};

use super::engine::SceneEngine;
use super::file::{Scenes, parse, read};

fn tags() -> Vec<String> {
    ["metal", "female vocalists", "rock"].map(str::to_owned).to_vec()
}

fn scenes(text: &str) -> Scenes {
    parse(text, &tags()).unwrap()
}

/// Returns the error of a text as `line:column: message`.
fn error_of(text: &str) -> String {
    let error = parse(text, &tags()).expect_err(text).located("show.toml".as_ref(), text).to_string();
    error.strip_prefix("show.toml:").unwrap().to_owned()
}

/// Processes a prediction of tags that ends at `end_s`.
fn process(engine: &mut SceneEngine, end_s: f64, values: [f32; 3]) -> Vec<(String, bool)> {
    let outcome = PredictionValue::Tags { values: values.to_vec(), embedding: None };
    let prediction = Prediction { model: "m".into(), generation: 0, start_s: end_s - 3.0, end_s, outcome };
    let changes = engine.process(&prediction, Some((&tags(), &values)), None);
    changes.into_iter().map(|change| (change.name, change.on)).collect()
}

#[test]
fn byte_order_mark_of_a_scene_file_is_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("show.toml");
    let scene = "[[scene]]\nname = \"a\"\nwhen = [\"metal > 0.5\"]\n";
    std::fs::write(&path, format!("\u{feff}{scene}")).unwrap();
    assert!(read(&path, &tags()).is_ok());
    std::fs::write(&path, "\u{feff}volume = 11").unwrap();
    let error = read(&path, &tags()).err().unwrap().to_string();
    assert!(error.contains("show.toml:1:1: unknown field `volume`"), "{error}");
}

#[test]
fn scene_error_has_line_and_column() {
    let scene = "[[scene]]\nname = \"a\"\nwhen = [\"metal > 0.5\"]\n";
    for (text, expected) in [
        ("", "1:1: expected a `[[scene]]`, a `[[map]]` or a `[[remote]]`, got none"),
        ("[[scene]\n", "1:9: "),
        ("[[scene]]\nname = \"a\"\n", "1:1: missing field `when`"),
        ("[[scene]]\nname = 7\n", "2:8: invalid type: integer `7`, expected a string"),
        ("[[scene]]\nname = \"a\"\nwhen = []\n", "3:8: expected at least one condition"),
        (
            "[[scene]]\nname = \"a\"\nwhen = [\"rock > 0.1\", \"mettal > 0.5\"]",
            "3:23: expected `tempo`, `silence` or one of metal, female vocalists, rock, got `mettal`",
        ),
        ("[[scene]]\nname = \"ü\"\nwhen = [\"metal\"]", "3:9: expected a condition such as `metal > 0.6`"),
        ("[[scene]]\nname = \"a\"\nwhen = [\"metal > 60\"]", "3:9: metal: expected 0 to 1, got 60"),
        ("[[scene]]\nname = \"a\"\nwhen = [\"tempo > fast\"]", "3:9: expected a condition"),
        ("[[scene]]\nname = \"a\"\nwhen = [\"tempo > 0\"]", "3:9: tempo: expected 1 to 1000, got 0"),
        (&format!("{scene}after_s = -2"), "4:11: expected 0 to 86400 seconds, got -2"),
        (&format!("{scene}for_s = -2"), "4:9: expected 0 to 86400 seconds, got -2"),
        (&format!("{scene}after_s = 1\nfor_s = 1"), "1:1: duplicate field `after_s`"),
        (&format!("{scene}volume = 11"), "4:1: unknown field `volume`"),
        (&format!("{scene}{scene}"), "5:8: expected a unique scene name, got `a` twice"),
        (&format!("{scene}begin = [{{ osc = \"/a\" }}]"), "4:10: expected an OSC target"),
        (
            &format!("{scene}begin = [{{ osc = \"a\", to = \"localhost:1\" }}]"),
            "4:18: expected an OSC address such as `/lights/heavy`, got `a`",
        ),
        (&format!("{scene}begin = [{{ osc = \"/a\", to = \"stage\" }}]"), "4:29: expected an IP address"),
        (&format!("osc = \"stage:0\"\n{scene}"), "1:7: expected an IP address"),
        (&format!("{scene}begin = [{{ osc = \"/a\", cc = 1 }}]"), "4:10: expected one of `osc`"),
        (&format!("{scene}begin = [{{ cc = 128, value = 1 }}]"), "4:17: expected 0 to 127, got 128"),
        (&format!("{scene}begin = [{{ cc = 12 }}]"), "4:10: expected a `value` with `cc`"),
        (&format!("{scene}begin = [{{ note = 12, channel = 0 }}]"), "4:33: expected 1 to 16, got 0"),
        (&format!("{scene}end = [{{ note = 12 }}]"), "4:8: expected a `note` only in `begin`"),
        (
            &format!("{scene}begin = [{{ osc = \"/a\", to = \"localhost:1\", args = [[1]] }}]"),
            "4:52: expected a number, a string, true or false",
        ),
        (&format!("{scene}begin = [{{}}]"), "4:10: expected one of"),
    ] {
        let got = error_of(text);
        println!("{got}");
        assert!(got.starts_with(expected), "{text}\nexpected {expected}\ngot {got}");
    }
}

#[test]
fn example_file_is_valid() {
    let labels = &earmark_models::Registry::global().card("msd-musicnn").unwrap().labels;
    let scenes = parse(include_str!("../../../examples/show.toml"), labels).unwrap();
    assert_eq!(scenes.scenes.len(), 3);
}

#[test]
fn times_are_read_under_their_earlier_keys() {
    let scene = "[[scene]]\nname = \"a\"\nwhen = [\"metal > 0.5\"]\n";
    let now = scenes(&format!("{scene}after_s = 2\ncooldown_s = 4"));
    assert_eq!(scenes(&format!("{scene}for_s = 2\nrest_s = 4")), now);
    assert_ne!(scenes(scene), now);
}

#[test]
fn scene_begins_and_ends_after_its_times() {
    let text = "[[scene]]\nname = \"heavy\"\nwhen = [\"metal > 0.5\", \"rock < 0.9\"]\nafter_s = 2\nhold_s = 1\ncooldown_s = 4";
    let mut engine = SceneEngine::new(scenes(text));
    let loud = [0.6, 0.0, 0.1];
    let quiet = [0.4, 0.0, 0.1];
    assert!(process(&mut engine, 1.0, loud).is_empty());
    assert!(process(&mut engine, 2.0, [0.6, 0.0, 0.95]).is_empty(), "not all conditions hold: the timer restarts");
    assert!(process(&mut engine, 3.0, loud).is_empty() && process(&mut engine, 4.9, loud).is_empty());
    assert_eq!(process(&mut engine, 5.0, loud), [("heavy".into(), true)]);
    assert!(process(&mut engine, 6.0, quiet).is_empty() && process(&mut engine, 6.5, loud).is_empty());
    assert!(process(&mut engine, 7.0, quiet).is_empty());
    assert_eq!(process(&mut engine, 8.0, quiet), [("heavy".into(), false)]);
    // `cooldown_s` lasts until 12.
    assert!(process(&mut engine, 9.0, loud).is_empty() && process(&mut engine, 11.9, loud).is_empty());
    assert_eq!(process(&mut engine, 12.0, loud), [("heavy".into(), true)]);
    let ended: Vec<bool> = engine.finish(None).into_iter().map(|change| change.on).collect();
    assert_eq!(ended, [false]);
    assert!(engine.finish(None).is_empty());
}

#[test]
fn tempo_and_silence_are_conditions() {
    let text =
        "[[scene]]\nname = \"fast\"\nwhen = [\"tempo > 120\"]\n[[scene]]\nname = \"still\"\nwhen = [\"silence\"]";
    let mut engine = SceneEngine::new(scenes(text));
    assert!(process(&mut engine, 1.0, [0.0; 3]).is_empty(), "no tempo yet");
    engine.set_tempo(0, Some(130.0), 1.0, None);
    assert_eq!(process(&mut engine, 2.0, [0.0; 3]), [("fast".into(), true)]);
    let silent =
        Prediction { outcome: PredictionValue::Silent, model: "m".into(), generation: 0, start_s: 0.0, end_s: 3.0 };
    let names = tags();
    let changes = engine.process(&silent, Some((&names, &[0.0; 3])), None);
    assert_eq!((changes.len(), changes[0].name.as_str(), changes[0].on), (1, "still", true));
}

#[test]
fn osc_is_sent_to_the_target_of_the_file_or_the_action() {
    let receive = |socket: &UdpSocket| {
        let mut bytes = [0; 512];
        let length = socket.recv(&mut bytes).unwrap();
        format!("{:?}", rosc::decoder::decode_udp(&bytes[..length]).unwrap().1)
    };
    let [lights, sound] = [0, 1].map(|_| {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        socket
    });
    let (lights_at, sound_at) = (lights.local_addr().unwrap(), sound.local_addr().unwrap());
    let text = format!(
        "osc = \"{lights_at}\"\n[[scene]]\nname = \"heavy\"\nwhen = [\"metal > 0.5\"]\n\
         begin = [{{ osc = \"/lights\", args = [1, 0.5, \"red\", true] }}, {{ osc = \"/sound\", to = \"{sound_at}\" }}]\n\
         end = [{{ osc = \"/lights\", args = [0] }}]"
    );
    let mut engine = SceneEngine::new(scenes(&text));
    assert_eq!(process(&mut engine, 1.0, [0.6, 0.0, 0.0]).len(), 1);
    let got = receive(&lights);
    assert!(got.contains("/lights") && got.contains("[Int(1), Float(0.5), String(\"red\"), Bool(true)]"), "{got}");
    assert!(receive(&sound).contains("addr: \"/sound\", args: []"));
    process(&mut engine, 2.0, [0.0; 3]);
    assert!(receive(&lights).contains("[Int(0)]"));
}

/// Returns levels that end at `end_s`, with a level below 250 Hz.
fn levels(end_s: f64, low: f32) -> LevelEntry {
    LevelEntry::Levels(LevelReading { end_s, low, ..LevelReading::default() })
}

fn onset(time_s: f64, band: OnsetBand, strength: f32) -> LevelEntry {
    LevelEntry::Onset(OnsetReading { band, time_s, generation: 0, strength })
}

/// Returns a socket, and an engine whose file has this text after its `osc`.
fn mapped(text: &str) -> (UdpSocket, SceneEngine) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(true).unwrap();
    let at = socket.local_addr().unwrap();
    (socket, SceneEngine::new(scenes(&format!("osc = \"{at}\"\n{text}"))))
}

/// Returns the messages that have arrived: address and arguments.
fn arrived(socket: &UdpSocket) -> Vec<(String, OscType)> {
    let mut bytes = [0; 512];
    let mut messages = Vec::new();
    while let Ok(length) = socket.recv(&mut bytes) {
        let (_, OscPacket::Message(message)) = rosc::decoder::decode_udp(&bytes[..length]).unwrap() else {
            panic!("expected a message")
        };
        messages.push((message.addr, message.args[0].clone()));
    }
    messages
}

fn float(address: &str, value: f32) -> (String, OscType) {
    (address.to_owned(), OscType::Float(value))
}

#[test]
fn level_is_mapped_with_range_and_smoothing_and_sent_when_it_changes() {
    let (socket, mut engine) =
        mapped("[[map]]\nfrom = \"level.low\"\nosc = \"/low\"\nin = [0.0, 0.5]\nout = [1.0, 3.0]\nrelease_s = 0.1\n");
    assert!(engine.needs_levels() && !engine.needs_midi() && !engine.needs_descriptors());
    for (end_s, low) in [(0.02, 0.25), (0.04, 0.25), (0.06, 0.5), (0.16, 0.0), (60.0, 0.0), (60.02, 0.0)] {
        engine.process_levels(&levels(end_s, low), None);
    }
    let got = arrived(&socket);
    let OscType::Float(falling) = got[2].1 else { panic!("{got:?}") };
    assert!((falling - (1.0 + 2.0 * (-1.0_f32).exp())).abs() < 1e-4, "{falling}");
    let expected = [float("/low", 2.0), float("/low", 3.0), float("/low", falling), float("/low", 1.0)];
    assert_eq!(got, expected, "equal values are sent once");
}

#[test]
fn every_onset_is_sent_and_falls_to_the_start_of_the_output() {
    let (socket, mut engine) = mapped(
        "[[map]]\nfrom = \"onset.kick\"\nosc = \"/kick\"\nrelease_s = 0\n\
         [[map]]\nfrom = \"onset.kick\"\nosc = \"/cue\"\ntype = \"int\"\nthreshold = 0.5\nrelease_s = 0.03\n",
    );
    engine.process_levels(&onset(1.0, OnsetBand::Snare, 1.0), None);
    assert_eq!(arrived(&socket), [], "another range");
    let cue = |value: i32| ("/cue".to_owned(), OscType::Int(value));
    for time_s in [1.0, 1.5] {
        engine.process_levels(&onset(time_s, OnsetBand::Kick, 0.75), None);
        assert_eq!(arrived(&socket), [float("/kick", 0.75), cue(1)], "at {time_s} s");
        for step in 1..6 {
            engine.process_levels(&levels(time_s + 0.02 * f64::from(step), 0.5), None);
        }
        assert_eq!(arrived(&socket), [float("/kick", 0.0), cue(0)], "after {time_s} s");
    }
    engine.process_levels(&onset(2.0, OnsetBand::Kick, 0.25), None);
    assert_eq!(arrived(&socket), [float("/kick", 0.25), cue(0)], "below the threshold");
}

#[test]
fn tags_silence_and_tempo_are_mapped() {
    let (socket, mut engine) = mapped(
        "[[map]]\nfrom = \"metal\"\nosc = \"/metal\"\ncurve = \"square\"\n[[map]]\nfrom = \"silence\"\nosc = \"/still\"\n\
         type = \"bool\"\n[[map]]\nfrom = \"tempo\"\nosc = \"/bpm\"\nout = [60.0, 180.0]\n",
    );
    assert!(!engine.needs_levels());
    process(&mut engine, 1.0, [0.5, 0.0, 0.0]);
    assert_eq!(arrived(&socket), [float("/metal", 0.25), ("/still".into(), OscType::Bool(false))]);
    process(&mut engine, 2.0, [0.5, 0.0, 0.0]);
    assert_eq!(arrived(&socket), []);
    engine.set_tempo(0, Some(120.0), 12.0, None);
    assert_eq!(arrived(&socket), [float("/bpm", 120.0)]);
}

#[test]
fn mapping_error_has_line_and_column() {
    let map = "osc = \"127.0.0.1:1\"\n[[map]]\nfrom = \"level.low\"\n";
    for (text, expected) in [
        ("[[map]]\nfrom = \"level.low\"\n", "1:1: expected one of `osc`"),
        ("[[map]]\nfrom = \"level.low\"\nosc = \"/a\"", "1:1: expected an OSC target"),
        ("[[map]]\nfrom = \"loudness\"\ncc = 1", "2:8: expected `tempo`, `silence`, `level.rms`"),
        ("[[map]]\nfrom = \"level.bass\"\ncc = 1", "2:8: expected one of level.rms"),
        ("[[map]]\nfrom = \"descriptor.rhythm.bpm\"\ncc = 1", "2:8: expected `in`, the range of the descriptor"),
        (&format!("{map}osc = \"low\""), "4:7: expected an OSC address"),
        (&format!("{map}cc = 128"), "4:6: expected 0 to 127, got 128"),
        (&format!("{map}cc = 1\nnote = 2"), "2:1: expected one of"),
        (&format!("{map}osc = \"/a\"\nin = [1, 1]"), "5:6: expected two different numbers, got 1 and 1"),
        (&format!("{map}osc = \"/a\"\ncurve = \"log\""), "3:8: expected `in` above 0 for the curve `log`"),
        (&format!("{map}osc = \"/a\"\ncurve = \"bent\""), "5:9: expected one of linear, square, root, log"),
        (&format!("{map}osc = \"/a\"\ntype = \"text\""), "5:8: expected one of float, int, bool"),
        (&format!("{map}osc = \"/a\"\nrelease_s = -1"), "5:13: expected 0 to 60 seconds, got -1"),
        (&format!("{map}cc = 1\nout = [0, 200]"), "5:7: expected 0 to 127, got 0 and 200"),
        (&format!("{map}cc = 1\nvolume = 2"), "5:1: unknown field `volume`"),
        (&format!("{map}dmx = 513"), "4:7: expected 1 to 512, got 513"),
        (&format!("{map}dmx = 1\nuniverse = 0"), "5:12: expected 1 to 63999, got 0"),
        (&format!("{map}dmx = 1\nout = [0, 256]"), "5:7: expected 0 to 255, got 0 and 256"),
        (&format!("{map}dmx = 1\nchannel = 2"), "2:1: expected one of `osc`"),
        (&format!("{map}cc = 1\nuniverse = 2"), "2:1: expected one of `osc`"),
        (&format!("sacn = \"desk\"\n{map}dmx = 1"), "1:8: expected `multicast`, or an IP address"),
    ] {
        let got = error_of(text);
        assert!(got.starts_with(expected), "{text}\nexpected {expected}\ngot {got}");
    }
}

#[test]
fn examples_of_mappings_are_valid() {
    for (name, text, maps) in [
        ("resolume", include_str!("../../../examples/resolume.toml"), 4),
        ("touchdesigner", include_str!("../../../examples/touchdesigner.toml"), 9),
        ("qlcplus", include_str!("../../../examples/qlcplus.toml"), 5),
        ("max", include_str!("../../../examples/max.toml"), 6),
        ("sonic-pi", include_str!("../../../examples/sonic-pi.toml"), 3),
        ("lights", include_str!("../../../examples/lights.toml"), 3),
    ] {
        let scenes = parse(text, &tags()).unwrap_or_else(|error| panic!("{name}: {}", error.message));
        assert_eq!((scenes.scenes.len(), scenes.mappings.len()), (0, maps), "{name}");
    }
}
