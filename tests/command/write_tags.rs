//! `earmark tag --write` and `--restore`: tags of audio files as mutagen reads them, equal audio, and equal bytes at last.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use earmark_tests::reference::fixtures;
use earmark_tests::requirements::python;
use serde_json::{Value, json};

use super::program::{command, earmark};

/// Fixtures of the formats whose tags are written.
const FORMATS: [&str; 5] = ["tune.mp3", "tune.flac", "tune.ogg", "tune.opus", "tune.m4a"];
/// Options that write a genre and a mood whatever the models find in the tune.
const WRITE: [&str; 6] = ["tag", "--model", "msd-musicnn", "--write-threshold", "0", "--jobs=1"];

/// Folder with copies of the fixtures.
struct Library(tempfile::TempDir);

impl Library {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in FORMATS {
            fs::copy(fixtures().join(name), folder.path().join(name)).unwrap();
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn bytes(&self) -> Vec<Vec<u8>> {
        FORMATS.iter().map(|name| fs::read(self.path(name)).unwrap()).collect()
    }

    /// Runs `tag` with these options on the folder, with its state there, too.
    fn run(&self, options: &[&str], paths: &[&Path]) -> (i32, String, String) {
        let output = command(&self.path("state")).args(WRITE).args(options).args(paths).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }
}

/// Returns what mutagen reads: `bpm`, `genre`, `mood` and `title` of each file, and its other keys.
fn read_by_mutagen(paths: &[PathBuf]) -> Vec<Value> {
    let script = r#"
import json, mutagen, sys
KEYS = {
    "bpm": ["TBPM", "bpm", "tmpo"],
    "genre": ["TCON", "genre", "\xa9gen"],
    "mood": ["TMOO", "mood", "----:com.apple.iTunes:MOOD"],
    "title": ["TIT2", "title", "\xa9nam"],
}
for path in sys.argv[1:]:
    file = mutagen.File(path)
    found = {}
    for name, keys in KEYS.items():
        for key in keys:
            # Vorbis comments have no keys beyond ASCII.
            is_key = key.isascii() or type(file).__name__ == "MP4"
            if is_key and file.tags is not None and key in file.tags:
                value = file.tags[key]
                value = value.text if hasattr(value, "text") else value
                found[name] = [each.decode() if isinstance(each, bytes) else str(each) for each in value]
    found["seconds"] = file.info.length
    print(json.dumps(found))
"#;
    let output = Command::new(python()).args(["-c", script]).args(paths).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Writes tags with mutagen, as another program has them.
fn tag_by_mutagen(path: &Path) {
    let script = r#"
import mutagen, sys
file = mutagen.File(sys.argv[1], easy=True)
if file.tags is None:
    file.add_tags()
file["title"] = "Tune \u266a"
file["genre"] = "Polka"
file.save()
"#;
    let output = Command::new(python()).args(["-c", script]).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Returns the digests of the encoded audio, by name.
fn digests(library: &Library) -> Vec<(String, String)> {
    let folder = library.0.path().to_str().unwrap();
    let (code, out, err) = earmark(["tag", folder, "--model", "msd-vgg", "--format", "jsonl", "--audio-hash"]);
    assert_eq!((code, &*err), (0, ""));
    let lines = out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    lines.map(|line| (text(&line["path"]), text(&line["file"]["md5_encoded"]))).collect()
}

#[test(needs(Mutagen))]
fn tags_are_read_back_the_audio_is_equal_and_files_are_restored_byte_for_byte() {
    let library = Library::new();
    let paths: Vec<PathBuf> = FORMATS.iter().map(|name| library.path(name)).collect();
    paths.iter().for_each(|path| tag_by_mutagen(path));
    let (before, hashes) = (library.bytes(), digests(&library));
    let journal = library.path("journal.jsonl");
    let journal_text = journal.to_str().unwrap().to_owned();
    let folder = library.0.path();

    let (code, changes, err) = library.run(&["--write", "genre,mood", "--dry-run", "--format", "jsonl"], &[folder]);
    assert_eq!((code, &*err), (0, ""), "{changes}");
    assert_eq!(library.bytes(), before, "a dry run changes nothing");
    let changes: Vec<Value> = changes.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(changes.len(), FORMATS.len());

    let (code, out, err) = library.run(&["--write", "genre,mood", "--journal", &journal_text], &[folder]);
    assert_eq!(code, 0, "{err}");
    println!("{out}{err}");
    assert!(err.contains("5 files were changed; `earmark tag --restore ") && err.lines().count() == 1, "{err}");
    assert_eq!((out.lines().count(), out.matches("(was Polka)").count()), (5, 5), "{out}");
    assert_eq!(digests(&library), hashes, "the encoded audio is the same");
    for (path, found) in paths.iter().zip(read_by_mutagen(&paths)) {
        let change = changes.iter().find(|change| change["path"] == path.to_str().unwrap()).unwrap();
        for field in ["genre", "mood"] {
            let expected = &change["changes"][field]["after"];
            assert!(found[field] == json!([expected]) && expected.is_string(), "{}: {found}", path.display());
        }
        assert_eq!((&change["is_written"], &change["changes"]["genre"]["before"]), (&false.into(), &json!(["Polka"])));
        assert_eq!(found["title"], json!(["Tune \u{266a}"]), "{}", path.display());
        assert!(found.get("bpm").is_none() && found["seconds"].as_f64().unwrap() > 6.9, "{found}");
        assert!(!path.with_extension("part").exists());
    }
    // The same again changes nothing.
    let (code, out, _) = library.run(&["--write", "genre,mood", "--journal", &journal_text], &[folder]);
    assert_eq!((code, out.matches(": no change\n").count()), (0, 5), "{out}");
    // Fields without a value alone.
    let (_, out, _) = library.run(&["--write", "genre", "--only-missing", "--dry-run"], &[folder]);
    assert_eq!(out.matches(": no change\n").count(), 5, "{out}");

    let restore = |options: &[&str]| earmark([&["tag", "--restore", &journal_text], options].concat());
    let written = library.bytes();
    let (code, out, err) = restore(&["--dry-run"]);
    assert_eq!((code, &*err, out.matches(": would be restored\n").count()), (0, "", 5), "{out}");
    assert_eq!(library.bytes(), written);
    let changed = library.path("tune.ogg");
    let mut other = fs::read(&changed).unwrap();
    other.push(0);
    fs::write(&changed, &other).unwrap();
    let (code, out, err) = restore(&[]);
    assert_eq!((code, out.matches(": restored\n").count(), err.lines().count()), (1, 4, 1), "{out}{err}");
    assert!(err.contains("tune.ogg: cannot restore the file (expected sha256 "), "{err}");
    other.pop();
    fs::write(&changed, &other).unwrap();
    let (code, out, err) = restore(&[]);
    assert_eq!((code, &*err, out.matches(": is as before\n").count()), (0, "", 4), "{out}");
    assert!(library.bytes() == before, "every byte is as before");
}

#[test(needs(Mutagen, Ffmpeg))]
#[cfg(feature = "tempocnn")]
fn tempo_is_written_as_a_whole_number() {
    use super::wav::{float_wav, music};

    let library = Library::new();
    float_wav(&library.path("long.wav"), 16_000, 1, &music(16_000, 14.0));
    let path = library.path("long.flac");
    let status =
        Command::new("ffmpeg").args(["-loglevel", "error", "-i"]).arg(library.path("long.wav")).arg(&path).status();
    assert!(status.unwrap().success());
    let tempo = "tempocnn-deepsquare-k8";
    let (code, out, err) = library.run(&["--model", tempo, "--write", "bpm"], &[&path]);
    assert_eq!(code, 0, "{err}");
    let journal = err.split("--restore ").nth(1).unwrap().split('`').next().unwrap();
    assert!(journal.contains("/state/earmark/tags-") && Path::new(journal).is_file(), "{err}");
    let found = &read_by_mutagen(std::slice::from_ref(&path))[0];
    let bpm: u32 = found["bpm"][0].as_str().unwrap().parse().unwrap();
    assert!((30..=285).contains(&bpm) && out.contains(&format!("bpm {bpm} (was none)")), "{out}{found}");
}

#[test]
#[cfg(unix)]
fn links_read_only_files_and_files_in_use_are_refused_in_one_line() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let library = Library::new();
    let path = |name: &str| library.path(name);
    fs::create_dir(path("real")).unwrap();
    let copy = |name: &str| fs::copy(fixtures().join("tune.mp3"), path(name)).unwrap();
    for name in ["real/linked.mp3", "hard.mp3", "read-only.mp3", "locked.mp3"] {
        copy(name);
    }
    symlink(path("real/linked.mp3"), path("link.mp3")).unwrap();
    fs::hard_link(path("hard.mp3"), path("real/hard2.mp3")).unwrap();
    fs::set_permissions(path("read-only.mp3"), fs::Permissions::from_mode(0o444)).unwrap();
    let locked = File::open(path("locked.mp3")).unwrap();
    locked.lock().unwrap();
    fs::copy(fixtures().join("tune.16000.wav"), path("tune.wav")).unwrap();
    fs::write(path("part.mp3"), fs::read(path("tune.mp3")).unwrap()).unwrap();
    fs::write(path("part.mp3.part"), "of another program").unwrap();
    let mut cases = vec![
        ("link.mp3", "expected a file, got a link to "),
        ("hard.mp3", "expected a file with one name, got 2 hard links"),
        ("read-only.mp3", "got a read-only file"),
        ("locked.mp3", "expected a file that no other program writes, got one in use"),
        ("tune.wav", "expected MP3, FLAC, Ogg Vorbis, Opus or MP4, got Wav"),
        ("part.mp3", "exists"),
    ];
    // A file that another program, this one, writes.
    let _writer = File::options().append(true).open(path("tune.ogg")).unwrap();
    if cfg!(target_os = "linux") {
        cases.push(("tune.ogg", "got one in use"));
    }
    for (name, words) in cases {
        let before = fs::read(path(name)).unwrap();
        let errors = path("errors.jsonl");
        let options = ["--write", "genre", "--errors", errors.to_str().unwrap()];
        let (code, out, err) = library.run(&options, &[&path(name)]);
        assert!(code == 1 && out.is_empty() && err.lines().count() == 1 && err.contains(words), "{name}: {out}{err}");
        assert_eq!(fs::read(path(name)).unwrap(), before, "{name}");
        let record: Value = serde_json::from_str(&fs::read_to_string(errors).unwrap()).unwrap();
        assert_eq!(record["stage"], "write", "{record}");
    }
    assert_eq!(fs::read_to_string(path("part.mp3.part")).unwrap(), "of another program");
    assert!(path("link.mp3").is_symlink());
    assert!(!path("state/earmark").read_dir().is_ok_and(|mut folder| folder.next().is_some()), "no journal is left");
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    for (arguments, words) in [
        (&["tag", "--dry-run", "a.mp3"][..], "expected --write FIELDS or --restore JOURNAL"),
        (&["tag", "--write", "bpm", "--format", "csv", "a.mp3"], "expected --format table or jsonl with --write"),
        (&["tag", "--write", "title", "a.mp3"], "possible values: bpm, genre, mood"),
        (&["tag", "--write", "bpm", "--watch", "music"], "--watch"),
        (&["tag", "--journal", "x", "a.mp3"], "--write"),
    ] {
        let (code, out, err) = earmark(arguments.iter().copied());
        assert!(code == 2 && out.is_empty() && err.contains(words), "{arguments:?}: {err}");
    }
    let (code, _, err) = earmark(["tag", "--restore", "/nowhere/journal"]);
    assert!(
        code == 1 && err.contains("cannot use the journal /nowhere/journal: ") && err.lines().count() == 1,
        "{err}"
    );
}
