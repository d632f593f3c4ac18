//! Window of the app on a virtual display. `EARMARK_PICTURES` names a folder for pictures of it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::running::Running;
use super::virtual_sound_card::VirtualSoundCard;

/// Smallest number of colours of a window that is not blank.
const MIN_COLOURS: usize = 40;

/// Takes a picture of the whole display and returns its number of colours.
fn picture(folder: &Path, name: &str) -> usize {
    // The pointer is moved away, if xdotool is installed, so that no tooltip is shown.
    if Command::new("xdotool").args(["mousemove", "240", "712"]).status().is_ok() {
        seconds(1);
    }
    let folder = std::env::var_os("EARMARK_PICTURES").map_or_else(|| folder.to_owned(), Into::into);
    let path = folder.join(format!("{name}.png"));
    assert!(Command::new("import").args(["-window", "root"]).arg(&path).status().unwrap().success());
    let colours = Command::new("identify").args(["-format", "%k"]).arg(&path).stderr(Stdio::null()).output().unwrap();
    let colours = String::from_utf8_lossy(&colours.stdout).trim().parse().unwrap();
    println!("live_app: window: {name}: {colours} colours");
    assert!(colours >= MIN_COLOURS, "{name}: {colours} colours are a blank window");
    colours
}

fn seconds(seconds: u64) {
    thread::sleep(Duration::from_secs(seconds));
}

/// Home folder with the settings of the app.
struct Home {
    folder: TempDir,
    clip: PathBuf,
}

impl Home {
    /// Writes the settings of a returning user with a slow machine.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (clip, ..) = super::mono_clip("techno_48k.flac", folder.path());
        let home = Self { folder, clip };
        std::fs::create_dir(home.settings().parent().unwrap()).unwrap();
        std::fs::write(home.settings(), "version = 1\ndevice = \"jack:input\"\nrate_hz = 4.0\n").unwrap();
        home
    }

    fn settings(&self) -> PathBuf {
        self.folder.path().join("earmark/settings.toml")
    }

    fn open(&self, arguments: &[&str], card: Option<&VirtualSoundCard>) -> Running {
        let nowhere = format!("none{}", std::process::id());
        Running::start(arguments, |command| {
            command.env("XDG_CONFIG_HOME", self.folder.path()).env("LIBGL_ALWAYS_SOFTWARE", "1");
            match card {
                Some(card) => card.offer(command),
                None => drop(command.env("JACK_DEFAULT_SERVER", &nowhere)),
            }
        })
    }

    fn picture(&self, name: &str) -> usize {
        picture(self.folder.path(), name)
    }
}

#[test(needs(Display, ImageMagick))]
fn window_shows_an_absent_input_and_plays_a_file() {
    let home = Home::new();
    let window = home.open(&[], None);
    seconds(5);
    home.picture("no-device");
    drop(window);

    let window = home.open(&["window", home.clip.to_str().unwrap()], None);
    seconds(18);
    home.picture("file");
    drop(window);
}

#[test(needs(Display, ImageMagick, Jack))]
fn window_shows_results_loss_and_return_of_the_input() {
    let home = Home::new();
    let mut card = VirtualSoundCard::start(48_000);
    let window = home.open(&[], Some(&card));
    let inputs = card.inputs_of(&window);
    let mut feeder = card.feeder(&home.clip, &inputs, 10);
    seconds(20);
    home.picture("running");
    card.pull_out();
    let _ = (feeder.kill(), feeder.wait());
    seconds(3);
    home.picture("lost");
    card.plug_in();
    let inputs = card.inputs_of(&window);
    let mut feeder = card.feeder(&home.clip, &inputs, 10);
    seconds(8);
    home.picture("found-again");
    let _ = (feeder.kill(), feeder.wait());
    drop(window);
    let saved = std::fs::read_to_string(home.settings()).unwrap();
    assert!(saved.contains("device = \"jack:input\"") && saved.contains("[midi]"), "settings are remembered: {saved}");
}
