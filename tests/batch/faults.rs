//! Files that end their process or never end: they are bad rows, and the others are as without them.

use std::fs;

use serde_json::Value;

use super::library::{Library, outcome};
use crate::command::wav::{float_wav, music};

/// Variable that plants faults.
const FAULT: &str = "EARMARK_BATCH_FAULT";

/// Runs an output with planted faults.
fn run(library: &Library, out: &str, faults: &str) -> String {
    let mut run = library.command(&["run", out, "--jobs", "2", "--file-timeout", "3"]);
    let (code, out, err) = outcome(run.env(FAULT, faults).output().unwrap());
    assert_eq!((code, &*err), (0, ""), "{out}");
    out
}

#[test]
fn file_that_ends_its_process_or_hangs_is_one_bad_row() {
    let library = Library::new(5);
    library.digest("out");
    library.plan("faults");
    let done = run(&library, "faults", "abort:001.wav,hang:002.wav");
    let (calm, faulty) = (library.records("out"), library.records("faults"));
    let bad = |records: &std::collections::BTreeMap<String, Value>| {
        records.values().filter(|record| record["status"] == "bad").count()
    };
    assert_eq!(bad(&faulty), bad(&calm) + 2);
    assert!(done.contains(&format!(", {} bad,", bad(&faulty))), "{done}");
    let error = |end: &str| {
        let (_, record) = faulty.iter().find(|(path, _)| path.ends_with(end)).unwrap();
        assert_eq!((&record["status"], &record["stage"]), (&"bad".into(), &"decode".into()), "{record}");
        record["error"].as_str().unwrap().to_owned()
    };
    assert_eq!(error("001.wav"), "the process that analyzed the file was killed by SIGABRT, 3 times");
    assert!(error("002.wav").starts_with("timeout (expected an end after "), "{}", error("002.wav"));
    assert!(calm.iter().all(|(path, record)| faulty.get(path) == Some(record)), "{faulty:?}");
    let report = library.verified("faults");
    assert_eq!(report["bad"], bad(&faulty), "{report}");
}

#[test]
fn bad_files_are_planned_again_and_the_newest_rows_count() {
    let library = Library::new(4);
    let calm = library.digest("calm");
    let bad = library.verified("calm")["bad"].as_u64().unwrap();
    library.plan("out");
    run(&library, "out", "abort:001.wav");
    assert_eq!(library.verified("out")["bad"], bad + 1);
    assert_ne!(library.verified("out")["digest"], *calm);
    // One of the bad files is repaired, and one is removed.
    fs::remove_file(library.path("music/damaged/empty.wav")).unwrap();
    float_wav(&library.path("music/damaged/cut header.wav"), 16_000, 1, &music(16_000, 3.3));
    let planned: Value = serde_json::from_str(&library.succeed(&["retry", "out", "--json"])).unwrap();
    assert_eq!((&planned["bad"], &planned["planned"]), (&(bad + 1).into(), &bad.into()), "{planned}");
    assert_eq!(planned["generation"], 2);
    assert!(planned["gone"][0].as_str().unwrap().contains("empty.wav"), "{planned}");
    let done = library.succeed(&["run", "out"]);
    assert!(done.starts_with(&format!("{bad} files in ")), "{done}");
    let report = library.verified("out");
    assert_eq!((&report["bad"], &report["files"]), (&(bad - 1).into(), &library.files.into()), "{report}");
    let second: Value = serde_json::from_str(&library.succeed(&["retry", "out", "--json"])).unwrap();
    assert_eq!((&second["bad"], &second["generation"]), (&(bad - 1).into(), &3.into()), "{second}");
}

#[test]
fn file_that_changes_after_the_plan_is_a_bad_row() {
    let library = Library::new(3);
    library.plan("out");
    float_wav(&library.path("music/album 1/001.wav"), 16_000, 1, &music(16_000, 4.0));
    fs::remove_file(library.path("music/album 2/002.wav")).unwrap();
    library.succeed(&["run", "out"]);
    let records = library.records("out");
    let changed = &records["album 1/001.wav"];
    assert!(changed["error"].as_str().unwrap().starts_with("the file changed since it was planned"), "{changed}");
    assert_eq!((&changed["stage"], &changed["status"]), (&"open".into(), &"bad".into()));
    assert_eq!(records["album 2/002.wav"]["got"], "none");
    library.verified("out");
}

#[test]
fn damaged_result_is_found_and_made_again() {
    let library = Library::new(3);
    let digest = library.digest("out");
    let name = library.results("out").remove(1);
    let path = library.path("out/data").join(&name);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let (code, out, _) = library.batch(&["verify", "out"]);
    assert!(code == 1 && out.contains(&format!("removed: data/{name}: ")), "{out}");
    assert!(!library.path("out/_SUCCESS").exists());
    fs::write(library.path("out/data/part-999999-of-000001-0123456789ab.parquet"), "foreign").unwrap();
    library.succeed(&["run", "out"]);
    let report = library.verified("out");
    assert_eq!(report["digest"], *digest);
    assert_eq!(report["foreign"][0], "data/part-999999-of-000001-0123456789ab.parquet");
}
