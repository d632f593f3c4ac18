//! Ends of a run: a closed pipe, a full disk, Ctrl-C and a kill.
#![cfg(unix)]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::program::{command, interrupt};
use super::wav::{float_wav, music};

/// Time in which a run that is to end promptly ends on a busy machine.
const END_TIMEOUT: Duration = Duration::from_secs(20);

/// Folder with short files.
struct Files(tempfile::TempDir);

impl Files {
    fn new(count: usize) -> Self {
        let files = Self(tempfile::tempdir().unwrap());
        for i in 0..count {
            float_wav(&files.path(&format!("{i:02}.wav")), 16_000, 1, &music(16_000, 3.2));
        }
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Returns a command over the folder.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(self.0.path());
        command.args(arguments).arg(self.0.path()).stdin(Stdio::null());
        command
    }
}

/// Returns the exit code and the lines of standard error.
fn outcome(output: &Output) -> (Option<i32>, Vec<String>) {
    let err = String::from_utf8_lossy(&output.stderr);
    (output.status.code(), err.lines().map(str::to_owned).collect())
}

/// Waits until a process ends.
fn end_of(child: &mut Child) -> Option<i32> {
    let started = Instant::now();
    while started.elapsed() < END_TIMEOUT {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    panic!("the process did not end within {END_TIMEOUT:?}");
}

const STREAMS: [&[&str]; 6] = [
    &["tag", "--model", "msd-vgg", "--format", "jsonl"],
    &["tag", "--model", "msd-vgg", "--format", "json", "--jobs", "1"],
    &["tag", "--model", "msd-vgg", "--format", "parquet"],
    &["embed", "--format", "json"],
    &["embed", "--format", "parquet"],
    &["extract", "--format", "jsonl", "--only", "lowlevel.dissonance"],
];

#[test]
fn closed_pipe_ends_the_run_quietly() {
    let files = Files::new(3);
    for arguments in STREAMS {
        let mut child = files.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(outcome(&output), (Some(141), Vec::new()), "{arguments:?}");
    }
    // Messages, too, may have a reader that ends.
    let mut child =
        files.command(&["tag"]).arg("/nowhere/x.wav").stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
#[cfg(target_os = "linux")]
fn full_disk_ends_the_run_with_one_message() {
    let files = Files::new(3);
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let check = |output: &Output, what: &[&str]| {
        let (code, lines) = outcome(output);
        assert!(
            code == Some(1) && lines.len() == 1 && lines[0].contains("No space left on device"),
            "{what:?}: {lines:?}"
        );
    };
    for arguments in STREAMS {
        check(&files.command(arguments).stdout(full()).output().unwrap(), arguments);
        check(&files.command(arguments).args(["--out", "/dev/full"]).output().unwrap(), arguments);
    }
}

#[test]
fn interrupt_ends_the_wait_for_a_silent_pipe() {
    let files = Files::new(0);
    let fifo = files.path("silent.wav");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    // Open for reading and writing, it never ends.
    let _writer = File::options().read(true).write(true).open(&fifo).unwrap();
    let out = files.path("out");
    for arguments in STREAMS.into_iter().chain([["separate", "--out", out.to_str().unwrap()].as_slice()]) {
        for path in [Path::new("-"), &fifo] {
            let mut child = command(files.0.path())
                .args(arguments)
                .arg(path)
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            std::thread::sleep(Duration::from_secs(1));
            assert_eq!(child.try_wait().unwrap(), None, "{arguments:?} waits");
            interrupt(&child);
            assert_eq!(end_of(&mut child), Some(130), "{arguments:?} {}", path.display());
        }
    }
}

/// Starts `embed` over 40 files and a silent pipe, and waits for the first part of its table.
fn interrupted_table(files: &Files) -> Child {
    let fifo = files.path("silent.wav");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let child = files
        .command(&["embed", "--mean", "--format", "parquet", "--out", files.path("e.parquet").to_str().unwrap()])
        .arg(&fifo)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while !files.path("e.part0001.parquet").exists() {
        assert!(started.elapsed() < Duration::from_secs(120), "the first part does not appear");
        std::thread::sleep(Duration::from_millis(20));
    }
    child
}

fn is_table(path: &Path) -> bool {
    fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"))
}

#[test]
fn interrupted_table_leaves_complete_parts_and_names_them() {
    let files = Files::new(40);
    let mut child = interrupted_table(&files);
    interrupt(&child);
    assert_eq!(end_of(&mut child), Some(130));
    let output = child.wait_with_output().unwrap();
    let (_, lines) = outcome(&output);
    let message = lines.last().unwrap();
    assert!(message.contains("the results so far are in") && message.contains("e.part0001.parquet"), "{lines:?}");
    assert!(is_table(&files.path("e.part0001.parquet")) && !files.path("e.parquet").exists());
    assert!(!files.path("e.parquet.part").exists(), "nothing incomplete stays");
}

#[test]
fn killed_table_leaves_complete_parts_and_the_next_run_keeps_them() {
    let files = Files::new(40);
    let mut child = interrupted_table(&files);
    child.kill().unwrap();
    child.wait().unwrap();
    let part = files.path("e.part0001.parquet");
    assert!(is_table(&part) && !files.path("e.parquet").exists());
    let survived = fs::read(&part).unwrap();
    fs::remove_file(files.path("silent.wav")).unwrap();
    let table = files.path("e.parquet");
    let arguments = ["embed", "--mean", "--format", "parquet", "--out", table.to_str().unwrap()];
    assert_eq!(outcome(&files.command(&arguments).output().unwrap()), (Some(0), Vec::new()));
    assert!(is_table(&table));
    assert_eq!(fs::read(&part).unwrap(), survived);
    assert!(!files.path("e.part0002.parquet").exists(), "the parts of a complete table are removed");
}
