//! `earmark tag --watch`: waits until files are whole, and remembers them over a restart.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::program::{command, earmark, interrupt};
use super::wav::{float_wav, music};

/// Running watch of a folder.
struct Watch {
    child: Child,
    out: Lines<BufReader<ChildStdout>>,
}

impl Watch {
    fn start(folder: &Path, state: &Path, options: &[&str]) -> Self {
        let mut child = command(state)
            .args(["tag", "--watch", "--settle", "0.5", "--model", "msd-vgg", "--format", "jsonl"])
            .arg(folder)
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, out }
    }

    /// Waits for the next report.
    fn next(&mut self) -> Value {
        serde_json::from_str(&self.out.next().unwrap().unwrap()).unwrap()
    }

    /// Interrupts the watch. Returns the number of further reports, and standard error.
    fn stop(mut self) -> (usize, String) {
        interrupt(&self.child);
        let rest = self.out.count();
        let mut err = self.child.stderr.take().unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(130));
        (rest, std::io::read_to_string(&mut err).unwrap())
    }
}

fn name(report: &Value) -> &str {
    report["path"].as_str().unwrap().rsplit('/').next().unwrap()
}

#[test]
fn files_are_tagged_as_they_arrive() {
    let (folder, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut watch = Watch::start(folder.path(), state.path(), &[]);
    for file in ["a.wav", "b.wav"] {
        float_wav(&folder.path().join(file), 16_000, 1, &music(16_000, 3.2));
        assert_eq!(name(&watch.next()), file);
    }
    assert_eq!(watch.stop(), (0, String::new()));
    let path = folder.path().to_str().unwrap();
    for (arguments, words) in [(["--format", "json", path], "got json"), (["--jobs", "1", "a.wav"], "got a.wav")] {
        let (code, _, err) = earmark(["tag", "--watch"].into_iter().chain(arguments));
        assert!(code == 1 && err.contains(words), "{code}: {err}");
    }
}

#[test]
fn restarted_watch_goes_on_where_it_ended() {
    let (folder, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let write = |name: &str| float_wav(&folder.path().join(name), 16_000, 1, &music(16_000, 3.2));
    write("a.wav");
    let mut watch = Watch::start(folder.path(), state.path(), &[]);
    assert_eq!(name(&watch.next()), "a.wav");
    watch.stop();

    write("b.wav");
    let mut watch = Watch::start(folder.path(), state.path(), &[]);
    assert_eq!(name(&watch.next()), "b.wav", "a.wav is not tagged again");
    let (rest, err) = watch.stop();
    assert!(rest == 0 && err.contains("1 files were tagged before") && err.lines().count() == 1, "{rest}: {err}");

    let mut watch = Watch::start(folder.path(), state.path(), &["--again"]);
    assert_eq!([name(&watch.next()), name(&watch.next())], ["a.wav", "b.wav"]);
    watch.stop();
    // Other options write something else, and have a state of their own.
    let mut watch = Watch::start(folder.path(), state.path(), &["--no-gate"]);
    assert_eq!(name(&watch.next()), "a.wav");
    watch.stop();
}

#[test]
fn named_state_of_other_options_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (inbox, state) = (folder.path().join("in"), folder.path().join("state.jsonl"));
    fs::create_dir(&inbox).unwrap();
    let options = ["--state", state.to_str().unwrap()];
    float_wav(&inbox.join("a.wav"), 16_000, 1, &music(16_000, 3.2));
    let mut watch = Watch::start(&inbox, folder.path(), &options);
    watch.next();
    watch.stop();
    let path = inbox.to_str().unwrap();
    let (code, out, err) = earmark(["tag", "--watch", path, options[0], options[1], "--model", "mtt-vgg"]);
    assert!(code == 1 && out.is_empty() && err.contains("other options (expected") && err.contains("mtt-vgg"), "{err}");
}

#[test]
fn file_whose_writer_pauses_is_tagged_once_and_whole() {
    let (folder, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let whole = folder.path().join("whole");
    float_wav(&whole, 16_000, 1, &music(16_000, 6.4));
    let bytes = fs::read(&whole).unwrap();
    let path = folder.path().join("a.wav");
    // Half of the samples that the header declares; then a pause that is longer than the settling time.
    fs::write(&path, &bytes[..bytes.len() / 2 + 1]).unwrap();
    let mut watch = Watch::start(folder.path(), state.path(), &[]);
    std::thread::sleep(Duration::from_secs(3));
    fs::write(&path, &bytes).unwrap();
    let report = watch.next();
    assert_eq!((name(&report), &report["duration_s"]), ("a.wav", &6.4.into()));
    assert_eq!(watch.stop(), (0, String::new()));
}

#[test]
fn file_that_stays_incomplete_is_reported_at_last() {
    let (folder, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = folder.path().join("a.wav");
    float_wav(&path, 16_000, 1, &music(16_000, 6.4));
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() * 3 / 4]).unwrap();
    std::os::unix::fs::symlink("/nowhere/b.wav", folder.path().join("b.wav")).unwrap();
    let mut watch = Watch::start(folder.path(), state.path(), &[]);
    assert_eq!(name(&watch.next()), "a.wav");
    let (rest, err) = watch.stop();
    assert!(rest == 0 && err.contains("a.wav: truncated"), "{rest}: {err}");
    assert_eq!(err.matches("b.wav: cannot follow the link").count(), 1, "{err}");
}
