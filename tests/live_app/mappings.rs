//! Example files of mappings: every address is received by python-osc with the right type.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use earmark_tests::drums::{Drum, hits, render};
use earmark_tests::reference::root;
use earmark_tests::requirements::python;

use super::outputs::{Helper, OSC_RECEIVER, lines, next};
use super::running::Running;
use crate::command::wav::float_wav;

/// Rate of the stream in Hz.
const RATE_HZ: f64 = 48_000.0;

/// Returns the addresses of an example file with the types of their arguments.
fn addresses(text: &str) -> Vec<(String, &'static str)> {
    let maps = text.split("[[map]]").skip(1);
    let quoted = |map: &str, key: &str| {
        let line = map.lines().find(|line| line.starts_with(&format!("{key} = \"")))?;
        line.split('"').nth(1).map(str::to_owned)
    };
    maps.map(|map| {
        let argument = if quoted(map, "type").as_deref() == Some("int") { "int" } else { "float" };
        (quoted(map, "osc").unwrap(), argument)
    })
    .collect()
}

#[test(needs(PythonOsc))]
fn every_address_of_the_example_files_is_received() {
    let folder = tempfile::tempdir().unwrap();
    // Half a minute, so that there is a tempo.
    let drums = hits(&Drum::ALL, 120, (0.2, 0.3), 17);
    let clip = folder.path().join("drums.wav");
    float_wav(&clip, RATE_HZ as u32, 1, &render(&drums, RATE_HZ, 17));
    for name in ["resolume", "touchdesigner", "qlcplus", "max", "sonic-pi"] {
        let mut receiver = Command::new(python()).args(["-c", OSC_RECEIVER]).stdout(Stdio::piped()).spawn().unwrap();
        let received = lines(&mut receiver);
        let _receiver = Helper(receiver);
        let port = next(&received, "port ").1.trim_start_matches("port ").to_owned();
        let text = fs::read_to_string(root().join(format!("standalone/examples/{name}.toml"))).unwrap();
        let target = text.lines().find(|line| line.starts_with("osc = ")).unwrap();
        let scenes = folder.path().join(format!("{name}.toml"));
        fs::write(&scenes, text.replace(target, &format!("osc = \"127.0.0.1:{port}\""))).unwrap();
        let arguments = ["listen", "--file", clip.to_str().unwrap(), "--speed", "4", "--rate", "2", "--scenes"];
        let mut program = Running::start(&[&arguments[..], &[scenes.to_str().unwrap()]].concat(), |_| {});
        assert_eq!(program.end(), 0, "{}", program.errors());
        thread::sleep(Duration::from_millis(200));
        let received: Vec<String> = received.try_iter().map(|(_, line)| line).collect();
        let expected = addresses(&text);
        assert!(expected.len() >= 3, "{name}: {expected:?}");
        for (address, argument) in expected {
            if address.ends_with("/bpm") && !cfg!(feature = "tempocnn") {
                continue;
            }
            let values: Vec<&str> = received
                .iter()
                .filter_map(|line| line.split_once(&format!(" {address} ")).map(|(_, value)| value))
                .collect();
            println!("live_app: {name}: {} messages to {address}", values.len());
            assert!(!values.is_empty(), "{name}: no message to {address}");
            let is_right =
                |value: &&str| if argument == "int" { value.parse::<i32>().is_ok() } else { value.contains('.') };
            assert!(values.iter().all(is_right), "{name}: {address}: {values:?}");
        }
        let others = program.lines().iter().filter(|line| line.json["event"] == "levels").count();
        assert_eq!(others, 0, "levels that only a mapping needs are not written");
    }
}
