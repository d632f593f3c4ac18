//! Error message and exit code of every invalid option.

use std::fs;

use super::running::Running;
use crate::command::program::earmark;

#[test]
fn invalid_options_are_rejected_with_expected_and_actual_values() {
    let folder = tempfile::tempdir().unwrap();
    let show = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let misspelt = show("misspelt.toml", "[[scene]]\nname = \"heavy\"\nwhen = [\"mettal > 0.6\"]\n");
    let broken = show("broken.toml", "[[scene]]\nname = heavy\n");
    let midi = show("midi.toml", "[[scene]]\nname = \"a\"\nwhen = [\"silence\"]\nbegin = [{ note = 60 }]\n");
    let usage: [(&[&str], &str); 19] = [
        (&["--rate", "fast"], "expected 0.1 to 60 per second, got fast"),
        (&["--rate", "0"], "expected 0.1 to 60 per second, got 0"),
        (&["--high-pass", "5"], "expected 10 to 1000 Hz, got 5"),
        (&["--gain", "99"], "expected -24 to 40 decibels, got 99"),
        (&["--channels", "left"], "invalid"),
        (&["--seconds", "-1"], "seconds"),
        (&["--speed", "max"], "--file"),
        (&["--file", "x.wav", "--speed", "0"], "expected 0.1 to 100 times, or max, got 0"),
        (&["--file", "x.wav", "--device", "y"], "cannot be used with"),
        (&["--osc", "stage"], "expected an IP address or a host name and a port, such as 127.0.0.1:9000"),
        (&["--web", "http://x"], "expected a port such as 8321"),
        (&["--web", "--web-origin", "stage.example"], "expected an origin such as https://stage.example"),
        (&["--midi", "--midi-channel", "17"], "17"),
        (&["--midi", "--follow", "rock"], "such as `rock=20/60`, got rock"),
        (&["--log-size", "8"], "--log"),
        (&["--threshold", "metal=60"], "expected 0 to 1 as a threshold, got 60"),
        (&["--clips", "x", "--clip-length", "0"], "expected 1 to 120 seconds, got 0"),
        (&["--clip-tag", "metal"], "--clips"),
        (&["--join", "long"], "seconds, got long"),
    ];
    let failing: [(&[&str], &str); 18] = [
        (&["--model", "msd-vvg"], "msd-vvg"),
        (
            &["--model", "msd-vgg", "--model", "mtt-vgg"],
            "expected at most one model for tags, got `msd-vgg` and `mtt-vgg`",
        ),
        (&["--file", "missing.wav"], "missing.wav: no such file"),
        (&["--device", "nowhere:at-all", "--no-wait"], "no such audio backend"),
        (&["--device", "nowhere:at-all"], "no such audio backend"),
        (&["--device", "my microphone", "--no-wait"], "no such input: expected"),
        (&["--device", "alsa:null", "--channels", "9"], "expected 1 to"),
        (&["--log", "/nowhere/at/all.jsonl"], "cannot write /nowhere/at/all.jsonl"),
        (&["--web", "192.0.2.1:80"], "cannot serve on 192.0.2.1:80"),
        (&["--threshold", "mettal=0.5"], "no tag `mettal`: expected one of rock"),
        (&["--events", "/nowhere/at/all.csv"], "cannot write /nowhere/at/all.csv"),
        (&["--clips", "/proc/clips"], "cannot write /proc/clips"),
        (&["--scenes", "missing.toml"], "missing.toml: No such file"),
        (&["--scenes", &misspelt], "misspelt.toml:3:9: expected `tempo`, `silence` or one of rock"),
        (&["--scenes", &broken], "broken.toml:2:8: "),
        (&["--scenes", &midi], "midi.toml: a scene sends MIDI: expected `--midi`, got none"),
        (&["--preset", "/nowhere/night.toml"], "cannot read the preset /nowhere/night.toml: No such file"),
        (&["--preset", "not a preset"], "no preset `not a preset`: expected one of the window"),
    ];
    for (cases, expected_code) in [(usage.as_slice(), 2), (failing.as_slice(), 1)] {
        for (arguments, expected) in cases {
            let (code, out, err) = earmark(["listen"].iter().chain(*arguments).copied());
            println!("$ earmark listen {}\n{err}(exit code {code})", arguments.join(" "));
            assert_eq!(code, expected_code, "{arguments:?}: {err}");
            assert!(err.contains(expected), "{arguments:?}: expected `{expected}` in: {err}");
            assert!(!out.contains("\"tags\""), "{out}");
        }
    }
    let preset = show("night.args", "# at night\n--rate 0\n");
    let (code, _, err) = earmark(["listen", &format!("@{preset}")]);
    assert!(code == 2 && err.contains("expected 0.1 to 60 per second, got 0"), "{code}: {err}");
    let (code, _, err) = earmark(["listen", "@/nowhere/at/all.args"]);
    println!("$ earmark listen @/nowhere/at/all.args\n{err}(exit code {code})");
    assert!(code == 2 && err.contains("/nowhere/at/all.args"), "{code}: {err}");
    let (code, _, err) = earmark(["devices", "--yaml"]);
    assert!(code == 2 && err.contains("--yaml"), "{code}: {err}");
}

#[test]
fn preset_of_the_window_runs_without_a_window_and_logs_to_the_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (clip, ..) = super::mono_clip("techno_48k.flac", folder.path());
    let preset = folder.path().join("night.toml");
    fs::write(&preset, "version = 1\ntags = \"msd-vgg\"\ntempo = \"off\"\nrate_hz = 2.0\n[log]\non = true\n").unwrap();
    let (preset, clip) = (preset.to_str().unwrap(), clip.to_str().unwrap());
    let arguments = ["listen", "--preset", preset, "--file", clip, "--speed", "max", "--rate", "1"];
    let mut program = Running::start(&arguments, |command| {
        command.env("XDG_DATA_HOME", folder.path()).env("HOME", folder.path());
    });
    assert_eq!(program.end(), 0, "{}", program.errors());
    let models: std::collections::BTreeSet<String> =
        program.lines().iter().filter_map(|line| Some(line.json["model"].as_str()?.to_owned())).collect();
    assert_eq!(models.into_iter().collect::<Vec<_>>(), ["msd-vgg"]);
    if cfg!(target_os = "linux") {
        let log = fs::read_to_string(folder.path().join("earmark/live.jsonl")).unwrap();
        assert!(log.lines().any(|line| line.contains("msd-vgg")), "{log}");
    }
}
