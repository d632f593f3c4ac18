//! Runs that continue after the results of an earlier one: `--skip-existing`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use earmark_tests::requirements::python;

use super::program::earmark;
use super::wav::{float_wav, music};

const NAMES: [&str; 4] = ["a.wav", "b.wav", "c.wav", "d.wav"];

/// Folder with audio files; `all` has all of them, `some` the first two.
struct Files {
    folder: tempfile::TempDir,
    all: Vec<String>,
}

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &&str| folder.path().join(name).to_str().unwrap().to_owned();
        let all: Vec<String> = NAMES.iter().map(path).collect();
        for (path, seconds) in all.iter().zip([3.2, 5.0, 4.0, 3.5]) {
            float_wav(Path::new(path), 16_000, 1, &music(16_000, seconds));
        }
        Self { folder, all }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command on `files` with an output file.
    fn run(&self, arguments: &[&str], files: &[String], out: &Path) -> (i32, String, String) {
        let out = out.to_str().unwrap();
        let arguments = arguments.iter().copied().chain(["--out", out]).chain(files.iter().map(String::as_str));
        earmark(arguments.collect::<Vec<_>>())
    }

    fn succeed(&self, arguments: &[&str], files: &[String], out: &Path) {
        assert_eq!(self.run(arguments, files, out), (0, String::new(), String::new()), "{arguments:?}");
    }
}

/// Formats of text, which a continued run completes to the bytes of one run.
const TEXTS: [&[&str]; 5] = [
    &["tag", "--model", "msd-vgg", "--format", "jsonl"],
    &["tag", "--model", "msd-vgg", "--format", "jsonl", "--summary"],
    &["tag", "--model", "msd-vgg", "--format", "csv"],
    &["tag", "--model", "msd-vgg", "--format", "csv-wide"],
    &["embed", "--format", "json"],
];

#[test]
fn continued_text_is_that_of_one_run() {
    let files = Files::new();
    let (one, two) = (files.path("one"), files.path("two"));
    for arguments in TEXTS {
        let continued = [arguments, &["--skip-existing"]].concat();
        files.succeed(arguments, &files.all, &one);
        let whole = fs::read_to_string(&one).unwrap();
        let _ = fs::remove_file(&two);
        files.succeed(&continued, &files.all[..2], &two);
        assert!(whole.starts_with(&fs::read_to_string(&two).unwrap()), "{arguments:?}");
        files.succeed(&continued, &files.all, &two);
        assert_eq!(fs::read_to_string(&two).unwrap(), whole, "{arguments:?}");
        // A kill within a line: the file of that line is analyzed again.
        fs::write(&two, &whole[..whole.len() - 9]).unwrap();
        files.succeed(&continued, &files.all, &two);
        assert_eq!(fs::read_to_string(&two).unwrap(), whole, "{arguments:?} after a kill");
        // With nothing to do, nothing changes; without the option, the file is replaced.
        let modified = fs::metadata(&two).unwrap().modified().unwrap();
        files.succeed(&continued, &files.all, &two);
        assert_eq!(fs::metadata(&two).unwrap().modified().unwrap(), modified, "{arguments:?}");
        files.succeed(arguments, &files.all[..1], &two);
        assert!(fs::read_to_string(&two).unwrap().len() < whole.len(), "{arguments:?}");
    }
}

#[test]
fn results_of_other_settings_are_not_continued() {
    let files = Files::new();
    let out = files.path("out");
    let refused = |arguments: &[&str], words: &str| {
        let (code, printed, err) = files.run(&[arguments, &["--skip-existing"]].concat(), &files.all, &out);
        assert!(code > 0 && printed.is_empty() && err.lines().count() == 1 && err.contains(words), "{code}: {err}");
    };
    let jsonl = ["tag", "--model", "msd-vgg", "--format", "jsonl"];
    files.succeed(&jsonl, &files.all[..1], &out);
    let before = fs::read(&out).unwrap();
    refused(&["tag", "--model", "mtt-vgg", "--format", "jsonl"], "made with other settings (expected models [{\"");
    refused(&[&jsonl[..], &["--no-gate"]].concat(), "(expected gate null, got gate {");
    refused(&[&jsonl[..], &["--hop", "0.5"]].concat(), "\"hop_frames\":31");
    refused(&["tag", "--model", "msd-vgg", "--format", "csv"], "line 1 is no result (expected path,model,");
    refused(&["tag", "--format", "json"], "expected --format jsonl, csv, csv-wide or parquet");
    assert_eq!(fs::read(&out).unwrap(), before, "the file is as it was");
    let (code, _, err) = earmark(["tag", "--format", "jsonl", "--skip-existing", "a.wav"]);
    assert!(code == 2 && err.contains("--out"), "{err}");
    let (code, _, err) = earmark(["embed", "--format", "json", "--skip-existing", "a.wav"]);
    assert!(code == 2 && err.contains("--out FILE") && err.lines().count() == 1, "{err}");
}

/// Returns the number of rows of a table, and the names of its files in order.
fn rows(table: &Path) -> (usize, String) {
    let look = "import pyarrow.parquet as p, sys; t = p.read_table(sys.argv[1]); \
                print(t.num_rows); print(*dict.fromkeys(path[-5:] for path in t['path'].to_pylist()))";
    let output = Command::new(python()).args(["-c", look]).arg(table).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let (count, names) = text.trim().split_once('\n').unwrap();
    (count.parse().unwrap(), names.to_owned())
}

#[test(needs(PyArrow))]
fn continued_table_has_the_rows_of_one_run() {
    let files = Files::new();
    let (one, two) = (files.path("one.parquet"), files.path("two.parquet"));
    for arguments in [
        &["tag", "--model", "msd-vgg", "--format", "parquet"][..],
        &["tag", "--model", "msd-vgg", "--format", "parquet", "--timeline"],
        &["embed", "--format", "parquet"],
    ] {
        let continued = [arguments, &["--skip-existing"]].concat();
        files.succeed(arguments, &files.all, &one);
        let _ = fs::remove_file(&two);
        files.succeed(&continued, &files.all[..2], &two);
        assert_eq!(rows(&two).1, "a.wav b.wav");
        files.succeed(&continued, &files.all, &two);
        assert_eq!(rows(&two), rows(&one), "{arguments:?}");
        assert_eq!(rows(&two).1, NAMES.join(" "));
        // The parts that a killed run has left, beside the table of an earlier one.
        files.succeed(arguments, &files.all[..1], &two);
        files.succeed(arguments, &files.all[1..3], &one);
        fs::rename(&one, files.path("two.part0001.parquet")).unwrap();
        files.succeed(&continued, &files.all, &two);
        assert_eq!(rows(&two).1, NAMES.join(" "), "{arguments:?} with a part");
        assert!(!files.path("two.part0001.parquet").exists(), "{arguments:?}");
        files.succeed(&continued, &files.all, &two);
        assert_eq!(rows(&two).1, NAMES.join(" "), "{arguments:?} with nothing to do");
        let other = [&continued[..], &["--no-gate"]].concat();
        let (code, _, err) = files.run(&other, &files.all, &two);
        assert!(code == 1 && err.lines().count() == 1 && err.contains("other settings"), "{err}");
    }
}
