//! Output, error messages and exit codes of the command line program.

mod bad_input;
mod continued;
mod describe;
mod descriptors;
mod embeddings;
mod endings;
mod folders;
mod formats;
pub(crate) mod models;
mod pipes;
pub(crate) mod program;
mod results;
mod separation;
mod shell;
mod text_inputs;
mod training;
mod watch;
pub(crate) mod wav;
mod write_tags;

use std::fs;

use self::program::earmark;
use self::wav::{float_wav, music};

#[test]
fn models_are_listed_a_line_each_with_the_id_first() {
    let (code, out, err) = earmark(["models"]);
    assert_eq!((code, &*err), (0, ""));
    let ids: Vec<_> = out.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(&ids[..4], ["msd-musicnn", "mtt-musicnn", "msd-vgg", "mtt-vgg"]);
    assert!(out.lines().next().unwrap().contains("50 tags        16000 Hz   2.99 s  ISC"), "{out}");
}

#[test]
fn tag_prints_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tune.wav");
    float_wav(&path, 44_100, 2, &music(44_100, 14.0));
    let (code, out, err) = earmark(["tag", path.to_str().unwrap(), "--top", "3"]);
    assert_eq!((code, &*err), (0, ""), "{out}");
    assert!(out.contains("(0:14.0, 44.1 kHz, stereo)"), "{out}");
    assert!(out.contains("  msd-musicnn\n") && out.contains("█"), "{out}");
    assert!(!cfg!(feature = "tempocnn") || out.contains(" BPM (confidence 0."), "{out}");
}

#[test]
fn folder_is_searched_and_results_keep_order_with_several_jobs() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("b")).unwrap();
    // The first file is the longest, so with several jobs another one is finished before it.
    for (name, seconds) in [("a.wav", 12.0), ("b/c.WAV", 3.2), ("b/d.wav", 4.0), ("e.wav", 0.5)] {
        float_wav(&folder.path().join(name), 16_000, 1, &music(16_000, seconds));
    }
    fs::write(folder.path().join("notes.txt"), "not audio, and not looked at").unwrap();
    let path = folder.path().to_str().unwrap();
    let run = |jobs: &str| earmark(["tag", path, "--model", "msd-vgg", "--format", "jsonl", "--jobs", jobs]);
    let (code, one, err) = run("1");
    assert_eq!((code, &*err), (0, ""));
    let names: Vec<String> = one
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["path"].as_str().unwrap().to_owned())
        .collect();
    assert!(
        names.iter().map(|name| name.rsplit('/').next().unwrap()).eq(["a.wav", "c.WAV", "d.wav", "e.wav"]),
        "{names:?}"
    );
    assert_eq!(run("3"), (0, one, String::new()));
}

#[test]
fn standard_input_is_read_as_it_arrives() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tune.wav");
    float_wav(&path, 16_000, 1, &music(16_000, 4.0));
    let mut bytes = fs::read(&path).unwrap();
    let from_file = earmark(["tag", path.to_str().unwrap(), "--model", "msd-vgg", "--format", "csv"]);
    assert_eq!(from_file.0, 0, "{from_file:?}");
    let without_name = |csv: &str| csv.replace(path.to_str().unwrap(), "-");
    let from_pipe = program::earmark_with_input(["tag", "-", "--model", "msd-vgg", "--format", "csv"], &bytes);
    assert_eq!(from_pipe, (0, without_name(&from_file.1), String::new()));
    // A program that writes to a pipe does not know the length and may write the largest one into the header.
    let data = bytes.windows(4).position(|four| four == b"data").unwrap();
    bytes[4..8].fill(0xff);
    bytes[data + 4..data + 8].fill(0xff);
    let endless = program::earmark_with_input(["tag", "-", "--model", "msd-vgg", "--format", "csv"], &bytes);
    assert_eq!(endless, from_pipe);
}

#[test]
#[cfg(unix)]
fn interrupt_leaves_complete_lines() {
    use std::io::Read;
    use std::process::{Command, Stdio};

    let folder = tempfile::tempdir().unwrap();
    float_wav(&folder.path().join("a.wav"), 16_000, 1, &music(16_000, 3.2));
    // A file that is too long to be finished before the interrupt.
    float_wav(&folder.path().join("b.wav"), 16_000, 1, &vec![0.25; 16_000 * 600]);
    let mut child = Command::new(program::path())
        .args([
            "tag",
            folder.path().to_str().unwrap(),
            "--model",
            "msd-musicnn",
            "--hop-frames",
            "1",
            "--format",
            "jsonl",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = child.stdout.take().unwrap();
    let mut first = [0];
    out.read_exact(&mut first).unwrap();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let line = format!("{}{rest}", char::from(first[0]));
    assert!(line.ends_with('\n') && line.lines().count() == 1, "{} lines", line.lines().count());
    assert!(serde_json::from_str::<serde_json::Value>(&line).unwrap()["path"].as_str().unwrap().ends_with("a.wav"));
}
