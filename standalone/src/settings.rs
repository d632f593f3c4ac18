//! What the app remembers: a small file in the user's folder for settings, versioned, and never a reason to fail.

pub(crate) mod presets;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use serde::{Deserialize, Serialize};

/// The version that is written. A file of a later one is not read.
const VERSION: u32 = 1;

/// No model.
pub(crate) const OFF: &str = "off";

/// Below this there is no music that a model would miss, in Hz.
pub(crate) const RUMBLE_HZ: f32 = 80.0;

/// Everything that is remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Remembered {
    /// Of this file.
    version: u32,
    /// The input's id; none for the system's default.
    pub(crate) device: Option<String>,
    /// Channels, counted from 1; none for all.
    pub(crate) channels: Vec<usize>,
    /// Gain in decibels.
    pub(crate) gain_db: f32,
    /// Whether rumble below [`RUMBLE_HZ`] is taken away.
    pub(crate) high_pass: bool,
    /// Whether it listens as soon as it is started.
    pub(crate) listening: bool,
    /// Id of the tag model.
    pub(crate) tags: String,
    /// Id of the tempo model, or [`OFF`].
    pub(crate) tempo: String,
    /// Updates a second.
    pub(crate) rate_hz: f32,
    /// Time constant of what is shown, in seconds.
    pub(crate) smoothing_s: f32,
    /// Whether silence is called silence.
    pub(crate) gate: bool,
    /// MIDI output.
    pub(crate) midi: MidiChoice,
    /// The page for browsers.
    pub(crate) web: WebChoice,
    /// The rolling log.
    pub(crate) log: LogChoice,
    /// The log of events.
    pub(crate) events: LogChoice,
    /// The sound around events.
    pub(crate) clips: ClipChoice,
    /// The file of scenes that are followed.
    pub(crate) scenes: Option<PathBuf>,
    /// Whether no sound is kept at all.
    pub(crate) private: bool,
    /// The panel's layout, OSC, thresholds and what MIDI follows, as the live part writes it.
    pub(crate) state: String,
}

/// MIDI output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MidiChoice {
    /// Whether it is on.
    pub(crate) on: bool,
    /// 1 to 16.
    pub(crate) channel: u8,
    /// Whether a clock is sent.
    pub(crate) clock: bool,
}

/// The page for browsers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct WebChoice {
    /// Whether it is served.
    pub(crate) on: bool,
    /// Its port on this machine.
    pub(crate) port: u16,
}

/// The sound around events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ClipChoice {
    /// Whether it is kept.
    pub(crate) on: bool,
    /// The most that all of it takes, in MiB.
    pub(crate) most_mib: u32,
    /// How many days it is kept; 0 for as long as there is room.
    pub(crate) days: u32,
}

/// A log.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LogChoice {
    /// Whether it is written.
    pub(crate) on: bool,
}

impl Default for Remembered {
    fn default() -> Self {
        Self {
            version: VERSION,
            device: None,
            channels: Vec::new(),
            gain_db: 0.0,
            high_pass: false,
            listening: true,
            tags: "msd-musicnn".into(),
            tempo: if cfg!(feature = "tempocnn") { "tempocnn-deepsquare-k8".into() } else { OFF.into() },
            rate_hz: 10.0,
            smoothing_s: 2.0,
            gate: true,
            midi: MidiChoice::default(),
            web: WebChoice::default(),
            log: LogChoice::default(),
            events: LogChoice::default(),
            clips: ClipChoice::default(),
            scenes: None,
            private: false,
            state: String::new(),
        }
    }
}

impl Default for MidiChoice {
    fn default() -> Self {
        Self { on: false, channel: 1, clock: false }
    }
}

impl Default for ClipChoice {
    fn default() -> Self {
        Self { on: false, most_mib: 512, days: 30 }
    }
}

impl Default for WebChoice {
    fn default() -> Self {
        Self { on: false, port: 8321 }
    }
}

/// The folder of the file, the log and the recordings; none where users have no folders.
pub(crate) fn folder() -> Option<PathBuf> {
    ProjectDirs::from("", "", "earmark").map(|folders| folders.config_dir().to_owned())
}

/// Reads the file in that folder: what is remembered, and what there is to complain about. A damaged file is kept
/// beside the new one.
pub(crate) fn read(folder: &Path) -> (Remembered, Option<String>) {
    let path = file(folder);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return (Remembered::default(), None),
        Err(error) => return (Remembered::default(), Some(format!("{}: {error}; defaults", path.display()))),
    };
    let complaint = match parse(&text) {
        Ok(remembered) => return (remembered, None),
        Err(complaint) => complaint,
    };
    let kept = path.with_extension("toml.damaged");
    let kept = fs::rename(&path, &kept).map(|()| format!(", and what was there is in {}", kept.display()));
    let (name, kept) = (path.display(), kept.unwrap_or_default());
    (Remembered::default(), Some(format!("The settings in {name} are damaged ({complaint}). Defaults are used{kept}.")))
}

/// Writes the file in that folder, in one step: whoever is cut off leaves the one before.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn write(folder: &Path, remembered: &Remembered) -> io::Result<()> {
    write_file(&file(folder), remembered)
}

fn write_file(path: &Path, remembered: &Remembered) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    let text = toml::to_string_pretty(remembered).map_err(io::Error::other)?;
    let new = path.with_extension("toml.new");
    fs::write(&new, text)?;
    fs::rename(new, path)
}

/// What a file says, or what is wrong with it.
fn parse(text: &str) -> Result<Remembered, String> {
    match toml::from_str::<Remembered>(text) {
        Ok(remembered) if (1..=VERSION).contains(&remembered.version) => Ok(remembered.cleaned()),
        Ok(later) => Err(format!("expected version {VERSION} or earlier, got {}", later.version)),
        Err(error) => Err(error.message().to_owned()),
    }
}

fn file(folder: &Path) -> PathBuf {
    folder.join("settings.toml")
}

impl Remembered {
    /// Every number in its range.
    fn cleaned(mut self) -> Self {
        let usual = Self::default();
        let within = |number: f32, least: f32, most: f32, usual: f32| {
            if number.is_finite() { number.clamp(least, most) } else { usual }
        };
        self.gain_db = within(self.gain_db, -24.0, 40.0, usual.gain_db);
        self.rate_hz = within(self.rate_hz, 0.1, 60.0, usual.rate_hz);
        self.smoothing_s = within(self.smoothing_s, 0.0, 60.0, usual.smoothing_s);
        self.midi.channel = self.midi.channel.clamp(1, 16);
        self
    }
}

#[cfg(test)]
mod tests {
    use earmark_live::state::State;

    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("earmark");
        assert_eq!(read(&below), (Remembered::default(), None));
        let remembered = Remembered {
            device: Some("jack:input".into()),
            channels: vec![2],
            gain_db: 6.0,
            tempo: OFF.into(),
            state: r#"{"version":1,"panel":"{\"zoom\":2.0}"}"#.into(),
            ..Remembered::default()
        };
        write(&below, &remembered).unwrap();
        assert_eq!(read(&below), (remembered, None));
    }

    #[test]
    fn a_damaged_file_is_kept_and_complained_of() {
        let folder = tempfile::tempdir().unwrap();
        for (text, words) in [
            ("version = 1\ngain_db = \"loud\"", "expected"),
            ("version = 9", "expected version 1 or earlier, got 9"),
            ("volume = 3", "unknown field"),
            ("\u{0}\u{1}", "damaged"),
        ] {
            fs::write(file(folder.path()), text).unwrap();
            let (remembered, complaint) = read(folder.path());
            let complaint = complaint.unwrap();
            assert_eq!(remembered, Remembered::default());
            assert!(complaint.contains(words) && complaint.contains("Defaults are used"), "{complaint}");
            assert_eq!(fs::read_to_string(folder.path().join("settings.toml.damaged")).unwrap(), text);
        }
        fs::write(file(folder.path()), "version = 1\nrate_hz = 1e9\ngain_db = nan").unwrap();
        let (remembered, complaint) = read(folder.path());
        assert_eq!((remembered.rate_hz, remembered.gain_db, complaint), (60.0, 0.0, None));
    }
    /// Settings and a preset that an earlier version wrote (`tests/fixtures/before/README.md`).
    #[test]
    fn settings_and_presets_of_an_earlier_version_are_read_with_every_value() {
        let before = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/before/app");
        // A file that is not understood would be moved.
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("presets")).unwrap();
        for name in ["settings.toml", "presets/club.toml"] {
            fs::copy(before.join(name), folder.path().join(name)).unwrap();
        }
        let (remembered, complaint) = read(folder.path());
        assert_eq!(complaint, None);
        let state = remembered.state.clone();
        let expected = Remembered {
            version: 1,
            device: Some("jack:input".into()),
            channels: vec![1, 2],
            gain_db: -4.0,
            high_pass: true,
            listening: false,
            tags: "mtt-musicnn".into(),
            tempo: OFF.into(),
            rate_hz: 4.5,
            smoothing_s: 1.5,
            gate: false,
            midi: MidiChoice { on: false, channel: 10, clock: true },
            web: WebChoice { on: true, port: 9000 },
            log: LogChoice { on: true },
            events: LogChoice { on: true },
            clips: ClipChoice { on: true, most_mib: 64, days: 7 },
            scenes: None,
            private: true,
            state: state.clone(),
        };
        assert_eq!(remembered, expected);
        let club = presets::load(folder.path(), "club").unwrap();
        let expected = Remembered {
            gain_db: 6.0,
            listening: false,
            tags: "msd-vgg".into(),
            tempo: club.tempo.clone(),
            state: club.state.clone(),
            ..Remembered::default()
        };
        assert_eq!(club, expected);

        let saved: serde_json::Value = serde_json::from_str(&state).unwrap();
        let (read, complaint) = State::from_saved(saved.clone());
        assert_eq!(complaint, None);
        let (saved, now) = (saved.as_object().unwrap(), read.to_saved());
        assert!(saved.len() > 5, "{saved:?}");
        for (key, value) in saved {
            assert_eq!(now[key], *value, "{key}");
        }
    }
}
