//! List of the audio inputs.

use std::process::Command;

use super::virtual_sound_card::VirtualSoundCard;
use crate::command::program;

#[test(needs(Jack))]
fn devices_are_listed_with_the_default_marked() {
    let card = VirtualSoundCard::start(44_100);
    let list = |options: &[&str]| {
        let mut command = Command::new(program::path());
        card.offer(command.arg("devices").args(options));
        let output = command.output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let (text, json) = (list(&[]), list(&["--json"]));
    println!("$ earmark devices\n{text}");
    let found: serde_json::Value = serde_json::from_str(&json).unwrap();
    let found = found.as_array().unwrap();
    let jack = found.iter().find(|found| found["id"] == "jack:input").expect("the card is listed");
    assert_eq!((&jack["rate_hz"], &jack["kind"]), (&44_100.into(), &"input".into()));
    assert_eq!(found.iter().filter(|found| found["default"] == true).count(), 1);
    assert_eq!(text.lines().count(), found.len());
    assert_eq!(text.lines().filter(|line| line.starts_with("* ")).count(), 1);
    // Converters of ALSA are listed on request.
    let all: serde_json::Value = serde_json::from_str(&list(&["--json", "--all"])).unwrap();
    let ids = |list: &[serde_json::Value]| -> Vec<String> {
        list.iter().map(|found| found["id"].as_str().unwrap().to_owned()).collect()
    };
    let (usual, all) = (ids(found), ids(all.as_array().unwrap()));
    assert!(usual.iter().all(|id| all.contains(id)), "{usual:?}, {all:?}");
    for plugin in ["alsa:lavrate", "alsa:samplerate", "alsa:speexrate", "alsa:upmix", "alsa:oss"] {
        assert!(!usual.iter().any(|id| id == plugin), "{usual:?}");
    }
}
