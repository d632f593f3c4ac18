//! Search of folders, paths that are not UTF-8, and outputs that keep the structure of folders.
#![cfg(unix)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use earmark_tests::arrays;
use earmark_tests::requirements::python;
use serde_json::Value;

use super::program::command;
use super::wav::{float_wav, music};

/// Folder of music.
struct Music(tempfile::TempDir);

impl Music {
    fn new(files: &[&str]) -> Self {
        let music = Self(tempfile::tempdir().unwrap());
        for (index, file) in files.iter().enumerate() {
            music.add(OsStr::new(file), 3.2 + index as f64 * 1.6);
        }
        music
    }

    fn add(&self, name: &OsStr, seconds: f64) {
        let path = self.0.path().join("in").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        float_wav(&path, 16_000, 1, &music(16_000, seconds));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, arguments: &[&str], inputs: &[&str]) -> Output {
        let mut command = command(self.0.path());
        command.args(arguments).current_dir(self.0.path()).args(inputs).output().unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

const COMMANDS: [&[&str]; 5] = [
    &["tag", "--model", "msd-vgg", "--format", "jsonl"],
    &["embed", "--format", "json"],
    &["embed", "--out", "arrays"],
    &["extract", "--format", "jsonl", "--only", "lowlevel.dissonance"],
    &["separate", "--out", "stems", "--json", "--force"],
];

#[test]
fn unreadable_entry_is_reported_and_counts_as_failed() {
    let music = Music::new(&["a.wav", "below/b.wav"]);
    symlink("/nowhere/x.wav", music.path("in/dangling.wav")).unwrap();
    symlink("loop.wav", music.path("in/loop.wav")).unwrap();
    symlink("..", music.path("in/below/up")).unwrap();
    fs::write(music.path("in/._a.wav"), "resource fork").unwrap();
    for arguments in COMMANDS {
        let output = music.run(arguments, &["in"]);
        let err = text(&output.stderr);
        assert_eq!((output.status.code(), err.lines().count()), (Some(1), 2), "{arguments:?}: {err}");
        assert!(
            err.contains("in/dangling.wav: cannot follow the link (expected a file or a folder, got none"),
            "{err}"
        );
        assert!(err.contains("in/loop.wav: cannot read the entry of the folder: "), "{err}");
        let results = text(&output.stdout).lines().count();
        assert!(arguments.contains(&"arrays") || results == 2, "{arguments:?}: {results} results");
    }
    let named = music.run(COMMANDS[0], &["in/._a.wav"]);
    assert!(text(&named.stderr).starts_with("in/._a.wav: not a supported audio file"), "a named file is tried");
}

#[test]
fn path_that_is_not_utf8_survives_in_lines() {
    let music = Music::new(&[]);
    music.add(OsStr::from_bytes(b"caf\xe9.wav"), 3.2);
    for arguments in COMMANDS.into_iter().filter(|arguments| !arguments.contains(&"arrays")) {
        let output = music.run(arguments, &["in"]);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        let line: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&line["path"], &line["path_bytes"]), (&"in/caf\u{fffd}.wav".into(), &"in/caf%E9.wav".into()));
    }
    let table = text(&music.run(&["tag", "--model", "msd-vgg", "--format", "csv", "--top", "1"], &["in"]).stdout);
    assert!(table.lines().nth(1).unwrap().ends_with(",,in/caf%E9.wav"), "{table}");
    music.run(&["embed", "--out", "arrays"], &["in"]);
    assert!(music.path("arrays").join(OsStr::from_bytes(b"caf\xe9.wav.npy")).is_file());
}

#[test(needs(PyArrow))]
fn path_that_is_not_utf8_survives_in_tables() {
    let music = Music::new(&["a.wav"]);
    music.add(OsStr::from_bytes(b"caf\xe9.wav"), 3.2);
    let look = "import pyarrow.parquet as p, sys, urllib.parse as u; t = p.read_table(sys.argv[1]).to_pylist(); \
                print(t[0]['path_bytes'], u.unquote_to_bytes(t[-1]['path_bytes']))";
    for (arguments, table) in [(["embed", "--format"], "e.parquet"), (["extract", "--format"], "d.parquet")] {
        let output = music.run(&[arguments[0], arguments[1], "parquet", "--out", table], &["in"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let output = Command::new(python()).args(["-c", look]).arg(music.path(table)).output().unwrap();
        assert_eq!(text(&output.stdout).trim(), "None b'in/caf\\xe9.wav'", "{}", text(&output.stderr));
    }
}

/// Returns the arrays of the index with their audio files.
fn index(folder: &Path) -> Vec<(String, String)> {
    let lines = fs::read_to_string(folder.join("index.jsonl")).unwrap();
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    lines.map(|line| (text(&line["array"]), text(&line["path"]))).collect()
}

#[test]
fn arrays_keep_the_structure_of_folders_and_never_overwrite_another() {
    let music = Music::new(&["a/01.wav", "b/01.wav", "b/c/02.wav"]);
    let out = music.path("arrays");
    let embed = |options: &[&str], inputs: &[&str]| {
        let output = music.run(&[&["embed", "--out", "arrays"], options].concat(), inputs);
        assert!(output.status.success(), "{}", text(&output.stderr));
    };
    let patches = |name: &str| arrays::table(&out.join(name)).unwrap().nrows();
    embed(&[], &["in"]);
    assert_eq!((patches("a/01.wav.npy"), patches("b/01.wav.npy"), patches("b/c/02.wav.npy")), (1, 2, 3));
    // Searched one by one, the folders have files of the same name.
    embed(&[], &["in/a"]);
    embed(&[], &["in/b"]);
    assert_eq!((patches("a/01.wav.npy"), patches("b/01.wav.npy")), (1, 2), "the same files keep their arrays");
    fs::remove_dir_all(&out).unwrap();
    embed(&[], &["in/a"]);
    embed(&[], &["in/b/01.wav"]);
    assert_eq!((patches("01.wav.npy"), patches("01.wav.1.npy")), (1, 2));
    let expected = [("01.wav.npy", "in/a/01.wav"), ("01.wav.1.npy", "in/b/01.wav")];
    assert_eq!(index(&out), expected.map(|(array, path)| (array.to_owned(), path.to_owned())));
    let written = fs::metadata(out.join("01.wav.1.npy")).unwrap().modified().unwrap();
    embed(&["--skip-existing"], &["in/b/01.wav", "in/b/c/02.wav"]);
    assert_eq!(fs::metadata(out.join("01.wav.1.npy")).unwrap().modified().unwrap(), written);
    assert_eq!(patches("02.wav.npy"), 3);
}

#[test]
fn results_of_embed_do_not_depend_on_the_number_of_jobs() {
    // The first file is the longest, so with several jobs another one is finished before it.
    let music = Music::new(&["d.wav", "c.wav", "b.wav", "a.wav"]);
    for format in ["json", "parquet"] {
        let run = |jobs: &str| music.run(&["embed", "--format", format, "--jobs", jobs], &["in"]);
        let one = run("1");
        assert!(one.status.success(), "{}", text(&one.stderr));
        assert!(run("3").stdout == one.stdout && run("1").stdout == one.stdout, "{format}");
    }
}
