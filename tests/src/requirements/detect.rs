//! Detection of each need. The detection starts no server and leaves no files.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

use earmark_models::Registry;
use earmark_models::user_models::ENV_VAR;

use super::need::Need;
use super::python::python;
use crate::reference;

/// Description of the need, or the reason for its absence.
type Found = Result<String, String>;

pub(super) fn detect(need: Need) -> Found {
    match need {
        Need::Reference => reference::folder().map(|folder| folder.display().to_string()),
        Need::Display => display(),
        Need::Jack => programs(&["jackd", "jack_lsp", "jack_midi_dump"]),
        Need::PulseAudio => programs(&["pulseaudio", "pactl"]),
        Need::Browser => programs(&["chromium"]),
        Need::ImageMagick => programs(&["import", "identify"]),
        Need::Ffmpeg => programs(&["ffmpeg", "mpcenc"]),
        Need::Accessibility => accessibility(),
        Need::PythonOsc => module("pythonosc"),
        Need::PyArrow => module("pyarrow"),
        Need::DataFrames => modules(&["pandas", "polars", "duckdb"]),
        Need::Mutagen => module("mutagen"),
        Need::Jq => programs(&["jq"]),
        Need::Sanitizer => sanitizer(),
        Need::Bundle => library("EARMARK_BUNDLE"),
        Need::Asserting => library("EARMARK_ASSERTING"),
        Need::Allocating => library("EARMARK_ALLOCATING"),
        Need::AddedModels => added_models(),
    }
}

#[cfg(target_os = "linux")]
fn display() -> Found {
    let Some(name) = env::var_os("DISPLAY").filter(|name| !name.is_empty()) else {
        return Err("DISPLAY is not set".into());
    };
    let name = name.to_string_lossy();
    match x11rb::connect(Some(&name)) {
        Ok(_) => Ok(name.into_owned()),
        Err(error) => Err(format!("cannot connect to display {name}: {error}")),
    }
}

#[cfg(not(target_os = "linux"))]
fn display() -> Found {
    Err("the tests draw on X11 only".into())
}

fn accessibility() -> Found {
    let launcher = "/usr/libexec/at-spi-bus-launcher";
    if Path::new(launcher).is_file() {
        programs(&["dbus-daemon", "gdbus"])
    } else {
        Err(format!("not installed: {launcher}"))
    }
}

fn programs(names: &[&str]) -> Found {
    let missing: Vec<&str> = names.iter().copied().filter(|name| !is_installed(name)).collect();
    if missing.is_empty() { Ok(names.join(", ")) } else { Err(format!("not installed: {}", missing.join(", "))) }
}

fn is_installed(program: &str) -> bool {
    let file = format!("{program}{}", env::consts::EXE_SUFFIX);
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(&file).is_file()))
}

fn modules(names: &[&str]) -> Found {
    let found: Result<Vec<String>, String> = names.iter().map(|name| module(name)).collect();
    found.map(|found| found.join(", "))
}

fn module(name: &str) -> Found {
    let python = python();
    let look = format!("import importlib.util, sys; sys.exit(importlib.util.find_spec({name:?}) is None)");
    let status = Command::new(&python)
        .args(["-c", &look])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let python = python.to_string_lossy();
    match status {
        Ok(status) if status.success() => Ok(format!("{name} of {python}")),
        Ok(_) => Err(format!("{python} has no module {name}")),
        Err(error) => Err(format!("cannot run {python}: {error}")),
    }
}

fn sanitizer() -> Found {
    // Read at compile time, because the sanitizer is compiled in.
    match option_env!("RTSAN_ENABLE") {
        Some(_) => Ok("built in".into()),
        None => Err("built without RTSAN_ENABLE".into()),
    }
}

fn library(variable: &str) -> Found {
    let Some(path) = env::var_os(variable).filter(|path| !path.is_empty()) else {
        return Err(format!("{variable} names no library"));
    };
    let name = Path::new(&path).display().to_string();
    if Path::new(&path).is_file() { Ok(name) } else { Err(format!("{variable}: no file {name}")) }
}

fn added_models() -> Found {
    let registry = Registry::global();
    let added = registry.cards().into_iter().filter(|card| !registry.is_builtin(&card.id) && card.kind.has_labels());
    match added.count() {
        0 => Err(format!("no models with labels in the folder that {ENV_VAR} names")),
        count => Ok(format!("{count} models")),
    }
}
