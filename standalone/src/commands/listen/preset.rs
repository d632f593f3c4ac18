//! Presets of the window in `earmark listen`.

use std::fs;
use std::path::Path;

use clap::ArgMatches;
use clap::parser::ValueSource;
use earmark_session::{SettingsSource, SharedSettings};

use super::error::ListenError;
use crate::app_settings::{self, AppSettings, HIGH_PASS_HZ, OFF};
use crate::args::ListenOptions;
use crate::places::Places;
use crate::presets;

/// Applies the preset of `--preset`, if given: loads the saved state into `settings`, and returns the options with the
/// values of the preset in place of those that are not on the command line. Creates the folders of the logs.
pub(super) fn apply(
    options: &ListenOptions,
    given: &ArgMatches,
    settings: &SharedSettings,
) -> Result<ListenOptions, ListenError> {
    let mut options = options.clone();
    let Some(name) = options.preset.clone() else { return Ok(options) };
    let places = Places::of_user();
    let preset = load(&name, &places)?;
    let is_given = |id: &str| given.value_source(id) == Some(ValueSource::CommandLine);
    if preset.private && (is_given("record") || is_given("clips")) {
        return Err(ListenError::Preset(format!(
            "cannot store audio: the preset `{name}` has privacy mode on (expected neither --record nor --clips)"
        )));
    }
    merge(&mut options, &is_given, &preset, &places);
    settings.set_smoothing_s(preset.smoothing_s);
    preset.load_state(settings);
    if let Some(warning) = settings.state().warning() {
        return Err(ListenError::Preset(warning));
    }
    for file in [&options.outputs.log, &options.automation.events].into_iter().flatten() {
        if let Some(folder) = file.parent() {
            // An error is reported when the file is opened.
            let _ = fs::create_dir_all(folder);
        }
    }
    Ok(options)
}

/// Loads the preset with this name, or from the file with this path.
fn load(name: &str, places: &Places) -> Result<AppSettings, ListenError> {
    let path = Path::new(name);
    if path.components().count() > 1 || path.extension().is_some() {
        let text = fs::read_to_string(path).map_err(|error| error.to_string());
        let loaded = text.and_then(|text| app_settings::parse(&text));
        return loaded.map_err(|error| ListenError::Preset(format!("cannot read the preset {name}: {error}")));
    }
    let folder = places.settings.as_deref();
    let names = folder.map(presets::names).unwrap_or_default();
    match folder.filter(|_| names.iter().any(|known| known == name)) {
        Some(folder) => presets::load(folder, name).map_err(ListenError::Preset),
        None => {
            let known = if names.is_empty() { "no preset is saved".to_owned() } else { names.join(", ") };
            Err(ListenError::Preset(format!("no preset `{name}`: expected one of the window, or a file; {known}")))
        }
    }
}

/// Fills the options that are not given with the values of a preset.
fn merge(options: &mut ListenOptions, is_given: &dyn Fn(&str) -> bool, preset: &AppSettings, places: &Places) {
    let is_live = options.file.is_none();
    if is_live && !is_given("device") {
        options.device.clone_from(&preset.device);
        if !is_given("channels") {
            options.channels.clone_from(&preset.channels);
        }
    }
    if is_live && !is_given("high_pass") {
        options.high_pass = preset.high_pass.then_some(HIGH_PASS_HZ);
    }
    let fill = |id: &str, fill: &mut dyn FnMut()| {
        if !is_given(id) {
            fill();
        }
    };
    fill("gain", &mut || options.gain = preset.gain_db);
    fill("rate", &mut || options.rate = preset.rate_hz);
    fill("no_gate", &mut || options.no_gate = !preset.gate);
    fill("models", &mut || {
        let tempo = Some(&preset.tempo).filter(|tempo| *tempo != OFF);
        options.models = std::iter::once(&preset.tags).chain(tempo).cloned().collect();
    });
    let (outputs, automation) = (&mut options.outputs, &mut options.automation);
    fill("midi", &mut || outputs.midi = preset.midi.on.then(String::new));
    fill("midi_channel", &mut || outputs.midi_channel = preset.midi.channel);
    fill("midi_clock", &mut || outputs.midi_clock = preset.midi.clock);
    #[cfg(feature = "web")]
    fill("web", &mut || outputs.web = preset.web.on.then(|| preset.web.address()));
    let remote = &mut options.remote;
    fill("osc_in", &mut || remote.osc_in = preset.remote.osc.then(|| preset.remote.address()));
    fill("midi_in", &mut || remote.midi_in = preset.remote.midi.then(String::new));
    fill("log", &mut || outputs.log = places.log().filter(|_| preset.log.on));
    fill("events", &mut || automation.events = places.events().filter(|_| preset.events.on));
    fill("scenes", &mut || automation.scenes.clone_from(&preset.scenes));
    fill("clips", &mut || {
        automation.clips = places.clips().filter(|_| preset.clips.on && !preset.private);
        automation.clips_size = u64::from(preset.clips.most_mib);
        automation.clips_days = Some(f64::from(preset.clips.days)).filter(|&days| days > 0.0);
    });
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, FromArgMatches};
    use earmark_models::Registry;

    use super::*;
    use crate::app_settings::{LogConfig, MidiConfig, RemoteSettings};
    use crate::args::{Args, Command};

    fn parse(arguments: &[&str]) -> (ListenOptions, ArgMatches) {
        let matches = Args::command().try_get_matches_from(arguments).unwrap();
        let given = matches.subcommand_matches("listen").unwrap().clone();
        match Args::from_arg_matches(&matches).unwrap().command {
            Some(Command::Listen(options)) => (*options, given),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn preset_fills_the_options_that_are_not_given() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("night.toml");
        let state = r#"{"version":2,"osc":{"on":true,"address":"127.0.0.1:9001","prefix":"/night"}}"#;
        let preset = AppSettings {
            device: Some("jack:input".into()),
            channels: vec![2],
            gain_db: 6.0,
            high_pass: true,
            tags: "mtt-vgg".into(),
            tempo: OFF.into(),
            rate_hz: 4.0,
            smoothing_s: 1.5,
            gate: false,
            midi: MidiConfig { on: true, channel: 7, clock: true },
            log: LogConfig { on: true },
            remote: RemoteSettings { osc: true, port: 9100, network: true, midi: true },
            scenes: Some("/show.toml".into()),
            state: state.into(),
            ..AppSettings::default()
        };
        app_settings::write_file(&path, &preset).unwrap();
        let settings = SharedSettings::new(Registry::global());
        let path = path.to_str().unwrap();
        let (options, given) = parse(&["earmark", "listen", "--preset", path, "--rate", "2", "--log", "x.jsonl"]);
        let merged = apply(&options, &given, &settings).unwrap();
        assert_eq!((merged.device.as_deref(), &*merged.channels), (Some("jack:input"), &[2][..]));
        assert_eq!((merged.gain, merged.high_pass, merged.no_gate), (6.0, Some(HIGH_PASS_HZ), true));
        assert_eq!(merged.models, ["mtt-vgg"]);
        assert_eq!(merged.rate, 2.0, "the command line has priority");
        assert_eq!(merged.outputs.log.as_deref(), Some(Path::new("x.jsonl")));
        let outputs = &merged.outputs;
        assert_eq!((outputs.midi.as_deref(), outputs.midi_channel, outputs.midi_clock), (Some(""), 7, true));
        assert_eq!(merged.remote.osc_in.map(|address| address.to_string()).as_deref(), Some("0.0.0.0:9100"));
        assert_eq!(merged.remote.midi_in.as_deref(), Some(""));
        assert_eq!(merged.automation.scenes.as_deref(), Some(Path::new("/show.toml")));
        let osc = settings.state().get().osc.clone();
        assert_eq!((osc.on, &*osc.address, &*osc.prefix), (true, "127.0.0.1:9001", "/night"));
        assert_eq!(settings.smoothing_s(), 1.5);

        let (options, given) = parse(&["earmark", "listen", "--preset", path, "--file", "song.wav"]);
        let merged = apply(&options, &given, &settings).unwrap();
        assert_eq!((merged.device, merged.high_pass), (None, None), "a file has no input");
    }

    #[test]
    fn unusable_presets_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let damaged = folder.path().join("damaged.toml");
        fs::write(&damaged, "gain_db = \"loud\"").unwrap();
        let private = folder.path().join("private.toml");
        app_settings::write_file(&private, &AppSettings { private: true, ..AppSettings::default() }).unwrap();
        let settings = SharedSettings::new(Registry::global());
        for (arguments, expected) in [
            (vec!["--preset", damaged.to_str().unwrap()], "cannot read the preset"),
            (vec!["--preset", "/nowhere/a.toml"], "cannot read the preset /nowhere/a.toml"),
            (vec!["--preset", "not a preset of mine"], "no preset `not a preset of mine`: expected"),
            (vec!["--preset", private.to_str().unwrap(), "--record", "a.wav"], "privacy mode"),
        ] {
            let (options, given) = parse(&[&["earmark", "listen"][..], &arguments].concat());
            let error = apply(&options, &given, &settings).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
