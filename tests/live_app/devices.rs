//! List of the audio inputs.

use std::process::Command;

use super::virtual_sound_card::VirtualSoundCard;
use crate::command::program;

#[test(needs(Jack))]
fn devices_are_listed_with_the_default_marked() {
    let card = VirtualSoundCard::start(44_100);
    let list = |json: bool| {
        let mut command = Command::new(program::path());
        card.offer(command.arg("devices").args(json.then_some("--json")));
        let output = command.output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let (text, json) = (list(false), list(true));
    println!("$ earmark devices\n{text}");
    let found: serde_json::Value = serde_json::from_str(&json).unwrap();
    let found = found.as_array().unwrap();
    let jack = found.iter().find(|found| found["id"] == "jack:input").expect("the card is listed");
    assert_eq!((&jack["rate_hz"], &jack["kind"]), (&44_100.into(), &"input".into()));
    assert_eq!(found.iter().filter(|found| found["default"] == true).count(), 1);
    assert_eq!(text.lines().count(), found.len());
    assert_eq!(text.lines().filter(|line| line.starts_with("* ")).count(), 1);
}
