//! The window on a display that is in memory only: `EARMARK_PICTURES` names a folder for pictures of it.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use super::card::Card;
use super::running::Running;

/// Fewer colours than that are a blank window.
const FEWEST_COLOURS: usize = 40;

/// Whether there is a display, and what takes pictures of it.
fn display() -> bool {
    if std::env::var_os("DISPLAY").is_none() {
        eprintln!("SKIPPED: there is no display here (cargo xtask prove has one)");
        return false;
    }
    super::there("import", "-version")
}

/// A picture of the whole display: how many colours it has.
fn picture(folder: &Path, name: &str) -> usize {
    // Out of the way, where there is what moves it: no help is asked for.
    if Command::new("xdotool").args(["mousemove", "240", "712"]).status().is_ok() {
        seconds(1);
    }
    let folder = std::env::var_os("EARMARK_PICTURES").map_or_else(|| folder.to_owned(), Into::into);
    let path = folder.join(format!("{name}.png"));
    assert!(Command::new("import").args(["-window", "root"]).arg(&path).status().unwrap().success());
    let colours = Command::new("identify").args(["-format", "%k"]).arg(&path).stderr(Stdio::null()).output().unwrap();
    let colours = String::from_utf8_lossy(&colours.stdout).trim().parse().unwrap();
    println!("stage: window: {name}: {colours} colours");
    assert!(colours >= FEWEST_COLOURS, "{name}: {colours} colours are a blank window");
    colours
}

fn seconds(seconds: u64) {
    thread::sleep(Duration::from_secs(seconds));
}

#[test]
fn the_window_shows_what_plays_what_is_lost_and_what_is_not_there() {
    if !display() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (clip, ..) = super::mono_clip("techno_48k.flac", folder.path());
    let settings = folder.path().join("earmark");
    std::fs::create_dir(&settings).unwrap();
    // As somebody who has used it before, on a machine that is not fast.
    std::fs::write(settings.join("settings.toml"), "version = 1\ndevice = \"jack:input\"\nrate_hz = 4.0\n").unwrap();
    let nowhere = format!("none{}", std::process::id());
    let open = |arguments: &[&str], card: Option<&Card>| {
        Running::start(arguments, |command| {
            command.env("XDG_CONFIG_HOME", folder.path()).env("LIBGL_ALWAYS_SOFTWARE", "1");
            match card {
                Some(card) => card.offer(command),
                None => drop(command.env("JACK_DEFAULT_SERVER", &nowhere)),
            }
        })
    };
    let window = open(&[], None);
    seconds(5);
    picture(folder.path(), "no-device");
    drop(window);

    let window = open(&["window", clip.to_str().unwrap()], None);
    seconds(18);
    picture(folder.path(), "file");
    drop(window);

    let Some(mut card) = Card::start(48_000) else { return };
    let window = open(&[], Some(&card));
    let inputs = card.inputs_of(&window);
    let mut feeder = card.feeder(&clip, &inputs, 10);
    seconds(20);
    picture(folder.path(), "running");
    card.pull_out();
    let _ = (feeder.kill(), feeder.wait());
    seconds(3);
    picture(folder.path(), "lost");
    card.plug_in();
    let inputs = card.inputs_of(&window);
    let mut feeder = card.feeder(&clip, &inputs, 10);
    seconds(8);
    picture(folder.path(), "found-again");
    let _ = (feeder.kill(), feeder.wait());
    drop(window);
    let saved = std::fs::read_to_string(settings.join("settings.toml")).unwrap();
    assert!(saved.contains("device = \"jack:input\"") && saved.contains("[midi]"), "settings are remembered: {saved}");
}
