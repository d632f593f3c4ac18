//! Library of short files of many kinds, its output, and the runs that tests make.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use earmark_tests::reference::root;
use serde_json::Value;

use crate::command::program::command;
use crate::command::wav::{float_wav, music};

/// Longest run of a small library on a busy machine.
const RUN_TIMEOUT: Duration = Duration::from_secs(300);

/// Temporary folder with a library and its outputs.
pub(super) struct Library {
    folder: tempfile::TempDir,
    /// Number of files, of which some are damaged or no audio.
    pub(super) files: usize,
}

impl Library {
    /// Creates a library of `sound` short files, and of damaged ones of several kinds.
    pub(super) fn new(sound: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut library = Self { folder, files: sound };
        for number in 0..sound {
            let seconds = 3.1 + (number % 5) as f64 / 10.0;
            let path = library.path(&format!("music/album {}/{number:03}.wav", number % 3));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            float_wav(&path, 16_000, 1, &music(16_000, seconds));
        }
        library.add_damaged();
        library
    }

    fn add_damaged(&mut self) {
        let whole = fs::read(self.path("music/album 0/000.wav")).unwrap();
        let flac = fs::read(root().join("tests/fixtures/tune.flac")).unwrap();
        let mp3 = fs::read(root().join("tests/fixtures/tune.mp3")).unwrap();
        let mut holes = mp3.clone();
        let middle = holes.len() / 2;
        holes[middle..middle + 3000].fill(0x55);
        let damaged: [(&str, &[u8]); 7] = [
            ("empty.wav", b""),
            ("text.mp3", b"no audio, but a text that is long enough to be looked over"),
            ("cut header.wav", &whole[..20]),
            ("cut.wav", &whole[..whole.len() * 2 / 3]),
            ("cut.flac", &flac[..flac.len() / 2]),
            ("holes.mp3", &holes),
            ("zeros.ogg", &[0; 4000]),
        ];
        fs::create_dir_all(self.path("music/damaged")).unwrap();
        for (name, bytes) in damaged {
            fs::write(self.path("music/damaged").join(name), bytes).unwrap();
            self.files += 1;
        }
    }

    /// Returns a path in the folder: the library is `music`.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns a command of `earmark batch` whose paths are in the folder.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(self.folder.path());
        command.arg("batch").args(arguments).current_dir(self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs a command of `earmark batch`. Returns exit code, standard output and standard error.
    pub(super) fn batch(&self, arguments: &[&str]) -> (i32, String, String) {
        outcome(self.command(arguments).output().unwrap())
    }

    /// Runs a command of `earmark batch` that succeeds, and returns its standard output.
    pub(super) fn succeed(&self, arguments: &[&str]) -> String {
        let (code, out, err) = self.batch(arguments);
        assert_eq!((code, &*err), (0, ""), "{arguments:?}: {out}");
        out
    }

    /// Plans the library with a fast model.
    pub(super) fn plan(&self, out: &str) {
        let planned = self.succeed(&["plan", "music", "--out", out, "--model", "msd-vgg", "--tracks-per-shard", "2"]);
        assert!(planned.starts_with(&format!("planned {} files in ", self.files)), "{planned}");
    }

    /// Returns the report of `earmark batch verify`, which finds all results.
    pub(super) fn verified(&self, out: &str) -> Value {
        let report: Value = serde_json::from_str(&self.succeed(&["verify", out, "--json"])).unwrap();
        assert_eq!(report["files"], self.files, "{report}");
        assert!(self.path(out).join("_SUCCESS").exists());
        assert_eq!(self.temporary(out), Vec::<String>::new());
        report
    }

    /// Plans, runs and verifies the library in a new output, and returns the digest.
    pub(super) fn digest(&self, out: &str) -> String {
        self.plan(out);
        self.succeed(&["run", out, "--jobs", "2"]);
        self.verified(out)["digest"].as_str().unwrap().to_owned()
    }

    /// Returns the names of temporary files in an output.
    pub(super) fn temporary(&self, out: &str) -> Vec<String> {
        let names = ["data", "bad", "plan", "progress"]
            .into_iter()
            .filter_map(|name| fs::read_dir(self.path(out).join(name)).ok());
        let names = names.flatten().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
        names.filter(|name| name.starts_with('.')).collect()
    }

    /// Returns the names of the results.
    pub(super) fn results(&self, out: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(out).join("data")).into_iter().flatten();
        let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.filter(|name| name.starts_with("part-")).collect();
        names.sort();
        names
    }

    /// Returns the lines about bad and damaged files, by path.
    pub(super) fn records(&self, out: &str) -> BTreeMap<String, Value> {
        let entries = fs::read_dir(self.path(out).join("bad")).unwrap().map(|entry| entry.unwrap().path());
        let texts: Vec<String> = entries.map(|path| fs::read_to_string(path).unwrap()).collect();
        let lines = texts.iter().flat_map(|text| text.lines());
        let records = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
        records.map(|record| (record["path"].as_str().unwrap().to_owned(), record)).collect()
    }

    /// Waits until an output has this number of results.
    pub(super) fn wait_for_results(&self, out: &str, count: usize) {
        let started = Instant::now();
        while self.results(out).len() < count {
            assert!(started.elapsed() < RUN_TIMEOUT, "{} results", self.results(out).len());
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Returns exit code, standard output and standard error.
pub(super) fn outcome(output: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// Ends a process at once, and waits for it.
pub(super) fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Returns the worker processes of a run.
#[cfg(target_os = "linux")]
pub(super) fn workers(run: &Child) -> Vec<u32> {
    let is_worker = |process: &u32| {
        let status = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        let parent = status.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)?.parse().ok());
        parent == Some(run.id())
    };
    let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(is_worker).collect()
}

/// Whether a process exists and has not ended.
#[cfg(target_os = "linux")]
pub(super) fn is_running(process: u32) -> bool {
    let status = fs::read_to_string(Path::new("/proc").join(process.to_string()).join("stat")).unwrap_or_default();
    status.rsplit(')').next().is_some_and(|rest| !rest.trim_start().starts_with('Z') && !rest.is_empty())
}
