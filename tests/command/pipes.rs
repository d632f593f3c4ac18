//! Audio from named pipes, process substitution and standard input.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::program::{command, path as program};
use super::wav::{float_wav, music};

/// Options of each command, whose output for a pipe is that for the file.
const COMMANDS: [&[&str]; 4] = [
    &["tag", "--model", "msd-vgg", "--format", "jsonl"],
    &["embed", "--format", "json"],
    &["extract", "--format", "jsonl", "--only", "lowlevel.dissonance"],
    &["separate", "--json", "--level", "off", "--force"],
];

/// Returns the only line of a command without the paths in it, and without size, time and digest of the file, which a pipe lacks.
fn line(mut command: Command) -> Value {
    let output = command.output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && err.is_empty(), "{command:?}: {err}");
    let mut line: Value = serde_json::from_slice(&output.stdout).unwrap();
    line.as_object_mut().unwrap().remove("path");
    line.as_object_mut().unwrap().remove("stems");
    if let Some(file) = line.get_mut("file").and_then(Value::as_object_mut) {
        for key in ["size_bytes", "modified_unix_s", "md5_encoded"] {
            file.remove(key);
        }
    }
    line
}

#[test]
fn pipe_gives_the_results_of_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    float_wav(&at("a.wav"), 44_100, 2, &music(44_100, 4.0));
    assert!(Command::new("mkfifo").arg(at("fifo.wav")).status().unwrap().success());
    for options in COMMANDS {
        let run = |file: &Path| {
            let mut command = command(folder.path());
            command.args(options).arg(file).current_dir(folder.path()).stdin(Stdio::null());
            command
        };
        let expected = line(run(&at("a.wav")));
        for file in ["-", "/dev/stdin", "/dev/fd/0"] {
            let mut cat = Command::new("cat").arg(at("a.wav")).stdout(Stdio::piped()).spawn().unwrap();
            let mut command = run(Path::new(file));
            command.stdin(cat.stdout.take().unwrap());
            assert_eq!(line(command), expected, "{options:?} {file}");
            cat.wait().unwrap();
        }
        let mut writer = Command::new("cp").args([at("a.wav"), at("fifo.wav")]).spawn().unwrap();
        assert_eq!(line(run(&at("fifo.wav"))), expected, "{options:?} of a named pipe");
        writer.wait().unwrap();
        let mut shell = Command::new("bash");
        let script = format!("'{}' {} <(cat a.wav)", program().display(), options.join(" "));
        shell.args(["-c", &script]).current_dir(folder.path()).env("EARMARK_MODELS", "/nowhere").stdin(Stdio::null());
        assert_eq!(line(shell), expected, "{options:?} of a process substitution");
    }
}

#[test]
fn pipe_in_a_folder_is_reported_instead_of_read() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Command::new("mkfifo").arg(folder.path().join("fifo.wav")).status().unwrap().success());
    let output = command(folder.path()).args(["tag", "--model", "msd-vgg"]).arg(folder.path()).output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), err.lines().count()), (Some(1), 1), "{err}");
    assert!(err.contains("fifo.wav: cannot read the entry of the folder (expected a file, got a pipe"), "{err}");
    fs::remove_file(folder.path().join("fifo.wav")).unwrap();
}
