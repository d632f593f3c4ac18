//! Settings of the program: a versioned file in the user's settings folder. A damaged file is replaced by defaults.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use earmark_session::{SettingsSource, SharedSettings};
use serde::{Deserialize, Serialize};

/// Version of the file format. Files of a later version are not read.
const VERSION: u32 = 1;

/// Id that means no model.
pub(crate) const OFF: &str = "off";

/// Cutoff frequency of the high-pass, in Hz.
pub(crate) const HIGH_PASS_HZ: f32 = 80.0;

/// Saved settings of the program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AppSettings {
    /// Version of the file format.
    pub(crate) version: u32,
    /// Id of the input; `None` for the default input.
    pub(crate) device: Option<String>,
    /// Channels, counted from 1; empty for all.
    pub(crate) channels: Vec<usize>,
    /// Input gain in decibels, -24 to 40 (default 0).
    pub(crate) gain_db: f32,
    /// Whether the high-pass at [`HIGH_PASS_HZ`] is on.
    pub(crate) high_pass: bool,
    /// Whether played files are muted (default false).
    pub(crate) muted: bool,
    /// Whether the input is opened when the program starts.
    pub(crate) listening: bool,
    /// Id of the tag model.
    pub(crate) tags: String,
    /// Id of the tempo model, or [`OFF`].
    pub(crate) tempo: String,
    /// Tag updates per second, 0.1 to 60 (default 10).
    pub(crate) rate_hz: f32,
    /// Smoothing time constant of the display in seconds, 0 to 60 (default 2).
    pub(crate) smoothing_s: f32,
    /// Whether the silence gate is on.
    pub(crate) gate: bool,
    /// MIDI output.
    pub(crate) midi: MidiConfig,
    /// Web page.
    pub(crate) web: WebSettings,
    /// Remote control.
    pub(crate) remote: RemoteSettings,
    /// Rolling log.
    pub(crate) log: LogConfig,
    /// Event log.
    pub(crate) events: LogConfig,
    /// Clips of the audio around events.
    pub(crate) clips: ClipConfig,
    /// Scene file.
    pub(crate) scenes: Option<PathBuf>,
    /// Whether privacy mode is on: no audio is stored.
    pub(crate) private: bool,
    /// Saved state of the session: panel layout, OSC, thresholds and MIDI map.
    pub(crate) state: String,
}

impl AppSettings {
    /// Loads the saved state into a session. Text that is not JSON is reported like any other state that cannot be read.
    pub(crate) fn load_state(&self, settings: &SharedSettings) {
        if !self.state.is_empty() {
            settings.state().load(serde_json::from_str(&self.state).unwrap_or(serde_json::Value::Bool(false)));
        }
    }
}

/// Settings of the MIDI output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MidiConfig {
    /// Whether MIDI is on.
    pub(crate) on: bool,
    /// MIDI channel, 1 to 16 (default 1).
    pub(crate) channel: u8,
    /// Whether a MIDI clock is sent.
    pub(crate) clock: bool,
}

/// Settings of the web page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct WebSettings {
    /// Whether the page is served.
    pub(crate) on: bool,
    /// TCP port (default 8321).
    pub(crate) port: u16,
    /// Whether other computers of the local network can open the page (default false).
    pub(crate) network: bool,
}

#[cfg(feature = "web")]
impl WebSettings {
    /// Returns the address of the page: on all networks, or on this computer only.
    pub(crate) fn address(&self) -> SocketAddr {
        self::address(self.network, self.port)
    }
}

/// Settings of the remote control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RemoteSettings {
    /// Whether OSC messages are received.
    pub(crate) osc: bool,
    /// UDP port of OSC (default 9001).
    pub(crate) port: u16,
    /// Whether OSC is received from other computers of the local network (default false).
    pub(crate) network: bool,
    /// Whether MIDI messages are received.
    pub(crate) midi: bool,
}

impl RemoteSettings {
    /// Returns the address at which OSC is received: on all networks, or on this computer only.
    pub(crate) fn address(&self) -> SocketAddr {
        self::address(self.network, self.port)
    }
}

/// Returns a port on all networks, or on this computer only.
fn address(network: bool, port: u16) -> SocketAddr {
    let ip = if network { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST };
    SocketAddr::from((ip, port))
}

/// Settings of the clips of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ClipConfig {
    /// Whether clips are written.
    pub(crate) on: bool,
    /// Maximum total size of all clips, in MiB (default 512).
    pub(crate) most_mib: u32,
    /// Age at which a clip is deleted, in days; 0 for no limit (default 30).
    pub(crate) days: u32,
}

/// Settings of a log file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LogConfig {
    /// Whether the log is written.
    pub(crate) on: bool,
}

impl Default for AppSettings {
    fn default() -> Self {
        Self {
            version: VERSION,
            device: None,
            channels: Vec::new(),
            gain_db: 0.0,
            high_pass: false,
            muted: false,
            listening: true,
            tags: "msd-musicnn".into(),
            tempo: if cfg!(feature = "tempocnn") { "tempocnn-deepsquare-k8".into() } else { OFF.into() },
            rate_hz: 10.0,
            smoothing_s: 2.0,
            gate: true,
            midi: MidiConfig::default(),
            web: WebSettings::default(),
            remote: RemoteSettings::default(),
            log: LogConfig::default(),
            events: LogConfig::default(),
            clips: ClipConfig::default(),
            scenes: None,
            private: false,
            state: String::new(),
        }
    }
}

impl Default for MidiConfig {
    fn default() -> Self {
        Self { on: false, channel: 1, clock: false }
    }
}

impl Default for ClipConfig {
    fn default() -> Self {
        Self { on: false, most_mib: 512, days: 30 }
    }
}

impl Default for RemoteSettings {
    fn default() -> Self {
        Self { osc: false, port: 9001, network: false, midi: false }
    }
}

impl Default for WebSettings {
    fn default() -> Self {
        Self { on: false, port: 8321, network: false }
    }
}

/// Reads the settings file in `folder`. Returns the settings, and a message if the file is damaged. A damaged file is
/// renamed.
pub(crate) fn read(folder: &Path) -> (AppSettings, Option<String>) {
    let path = file(folder);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return (AppSettings::default(), None),
        Err(error) => {
            return (
                AppSettings::default(),
                Some(format!("Cannot read the settings in {}: {error}. Defaults are used.", path.display())),
            );
        }
    };
    let message = match parse(&text) {
        Ok(settings) => return (settings, None),
        Err(message) => message,
    };
    let renamed = path.with_extension("toml.damaged");
    let renamed = fs::rename(&path, &renamed).map(|()| format!("; the damaged file is now {}", renamed.display()));
    let (name, renamed) = (path.display(), renamed.unwrap_or_default());
    (
        AppSettings::default(),
        Some(format!("The settings in {name} are damaged ({message}). Defaults are used{renamed}.")),
    )
}

/// Writes the settings file in `folder` atomically: if the program is killed, the previous file stays.
///
/// # Errors
/// If the file cannot be written.
pub(crate) fn write(folder: &Path, settings: &AppSettings) -> io::Result<()> {
    write_file(&file(folder), settings)
}

/// Writes a settings file atomically.
pub(crate) fn write_file(path: &Path, settings: &AppSettings) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    let text = toml::to_string_pretty(settings).map_err(io::Error::other)?;
    let new = path.with_extension("toml.new");
    fs::write(&new, text)?;
    fs::rename(new, path)
}

/// Parses the text of a settings file; an error is a message.
pub(crate) fn parse(text: &str) -> Result<AppSettings, String> {
    match toml::from_str::<AppSettings>(text.trim_start_matches('\u{feff}')) {
        Ok(settings) if (1..=VERSION).contains(&settings.version) => Ok(settings.clamped()),
        Ok(later) => Err(format!("expected version {VERSION} or earlier, got {}", later.version)),
        Err(error) => Err(error.message().to_owned()),
    }
}

fn file(folder: &Path) -> PathBuf {
    folder.join("settings.toml")
}

impl AppSettings {
    /// Clamps every number to its range.
    fn clamped(mut self) -> Self {
        let default = Self::default();
        let within = |number: f32, min: f32, max: f32, default: f32| {
            if number.is_finite() { number.clamp(min, max) } else { default }
        };
        self.gain_db = within(self.gain_db, -24.0, 40.0, default.gain_db);
        self.rate_hz = within(self.rate_hz, 0.1, 60.0, default.rate_hz);
        self.smoothing_s = within(self.smoothing_s, 0.0, 60.0, default.smoothing_s);
        self.midi.channel = self.midi.channel.clamp(1, 16);
        self
    }
}

#[cfg(test)]
mod tests {
    use earmark_session::state::State;

    use super::*;
    use crate::presets;

    #[test]
    fn written_settings_are_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("earmark");
        assert_eq!(read(&below), (AppSettings::default(), None));
        let settings = AppSettings {
            device: Some("jack:input".into()),
            channels: vec![2],
            gain_db: 6.0,
            tempo: OFF.into(),
            state: r#"{"version":1,"panel":"{\"zoom\":2.0}"}"#.into(),
            ..AppSettings::default()
        };
        write(&below, &settings).unwrap();
        assert_eq!(read(&below), (settings, None));
    }

    #[test]
    fn damaged_settings_are_renamed_and_reported() {
        let folder = tempfile::tempdir().unwrap();
        for (text, expected) in [
            ("version = 1\ngain_db = \"loud\"", "expected"),
            ("version = 9", "expected version 1 or earlier, got 9"),
            ("volume = 3", "unknown field"),
            ("\u{0}\u{1}", "damaged"),
        ] {
            fs::write(file(folder.path()), text).unwrap();
            let (settings, message) = read(folder.path());
            let message = message.unwrap();
            assert_eq!(settings, AppSettings::default());
            assert!(message.contains(expected) && message.contains("Defaults are used"), "{message}");
            assert_eq!(fs::read_to_string(folder.path().join("settings.toml.damaged")).unwrap(), text);
        }
        fs::write(file(folder.path()), "version = 1\nrate_hz = 1e9\ngain_db = nan").unwrap();
        let (settings, message) = read(folder.path());
        assert_eq!((settings.rate_hz, settings.gain_db, message), (60.0, 0.0, None));
    }

    /// Settings and a preset that an earlier version wrote (`tests/fixtures/before/README.md`).
    #[test]
    fn settings_and_presets_of_an_earlier_version_are_read_with_every_value() {
        let before = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/before/app");
        // A copy, because an unreadable file would be renamed.
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("presets")).unwrap();
        for name in ["settings.toml", "presets/club.toml"] {
            fs::copy(before.join(name), folder.path().join(name)).unwrap();
        }
        let (settings, message) = read(folder.path());
        assert_eq!(message, None);
        let state = settings.state.clone();
        let expected = AppSettings {
            version: 1,
            device: Some("jack:input".into()),
            channels: vec![1, 2],
            gain_db: -4.0,
            high_pass: true,
            muted: false,
            listening: false,
            tags: "mtt-musicnn".into(),
            tempo: OFF.into(),
            rate_hz: 4.5,
            smoothing_s: 1.5,
            gate: false,
            midi: MidiConfig { on: false, channel: 10, clock: true },
            web: WebSettings { on: true, port: 9000, network: false },
            remote: RemoteSettings::default(),
            log: LogConfig { on: true },
            events: LogConfig { on: true },
            clips: ClipConfig { on: true, most_mib: 64, days: 7 },
            scenes: None,
            private: true,
            state: state.clone(),
        };
        assert_eq!(settings, expected);
        let club = presets::load(folder.path(), "club").unwrap();
        let expected = AppSettings {
            gain_db: 6.0,
            listening: false,
            tags: "msd-vgg".into(),
            tempo: club.tempo.clone(),
            state: club.state.clone(),
            ..AppSettings::default()
        };
        assert_eq!(club, expected);

        let saved: serde_json::Value = serde_json::from_str(&state).unwrap();
        let (read, message) = State::from_saved(saved.clone());
        assert_eq!(message, None);
        let (saved, now) = (saved.as_object().unwrap(), read.to_saved());
        assert!(saved.len() > 5, "{saved:?}");
        for (key, value) in saved.iter().filter(|(key, _)| *key != "version") {
            let key = if key == "more" { "added_models" } else { key };
            assert_eq!(now[key], *value, "{key}");
        }
    }
}
