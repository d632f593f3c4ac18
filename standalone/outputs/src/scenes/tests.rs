//! Tests of scenes: files, errors with line and column, begin and end.

use std::net::UdpSocket;
use std::time::Duration;

use earmark_models::{Prediction, PredictionValue};

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
        ("", "1:1: expected a `[[scene]]`, got none"),
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
    engine.set_tempo(0, Some(130.0));
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
