//! Plans: what they have, what they refuse, and how they grow.

use std::fs;

use serde_json::Value;

use super::library::Library;
use crate::command::wav::{float_wav, music};

#[test]
fn other_recipe_into_the_same_output_is_refused_with_both() {
    let library = Library::new(2);
    library.plan("out");
    let (code, out, err) = library.batch(&["plan", "music", "--out", "out", "--model", "mtt-vgg"]);
    assert!(code == 1 && out.is_empty() && err.lines().count() == 1, "{code}: {out}{err}");
    assert!(err.contains("\"models\":[\"mtt-vgg\"]") && err.contains("\"models\":[\"msd-vgg\"]"), "{err}");
    for (option, value) in [("--seconds", "2"), ("--hop", "0.5")] {
        let (code, _, err) = library.batch(&["plan", "music", "--out", "out", "--model", "msd-vgg", option, value]);
        assert!(code == 1 && err.contains("expected recipe {") && err.contains("got recipe {"), "{err}");
    }
    fs::create_dir(library.path("other")).unwrap();
    float_wav(&library.path("other/a.wav"), 16_000, 1, &music(16_000, 3.1));
    let (code, _, err) = library.batch(&["plan", "other", "--out", "out", "--model", "msd-vgg"]);
    assert!(code == 1 && err.contains("roots [") && err.lines().count() == 1, "{err}");
}

#[test]
fn new_files_are_planned_beside_those_that_are_done() {
    let library = Library::new(4);
    let before = library.digest("out");
    let names = library.results("out");
    let again = library.succeed(&["plan", "music", "--out", "out", "--model", "msd-vgg"]);
    assert_eq!(again, format!("{} files were planned, and none is new\n", library.files));
    assert_eq!(library.verified("out")["digest"], *before);

    float_wav(&library.path("music/new.wav"), 16_000, 1, &music(16_000, 3.4));
    let added = library.succeed(&["plan", "music", "--out", "out", "--model", "msd-vgg"]);
    assert_eq!(added, format!("planned 1 new files in 1 shards, beside {}\n", library.files));
    assert!(!library.path("out/_SUCCESS").exists(), "the results are not complete");
    let (code, out, _) = library.batch(&["verify", "out"]);
    assert!(code == 1 && out.contains("missing: data/part-g2-000000-of-000001-"), "{out}");
    let done = library.succeed(&["run", "out"]);
    assert!(done.starts_with("1 files in 1 shards, 0 bad"), "{done}");
    let after: Vec<String> = library.results("out");
    assert!(names.iter().all(|name| after.contains(name)) && after.len() == names.len() + 1, "{after:?}");
    let report: Value = serde_json::from_str(&library.succeed(&["verify", "out", "--json"])).unwrap();
    assert_eq!(report["files"], library.files + 1);
}

#[test]
fn wrong_arguments_are_refused_in_one_line() {
    let library = Library::new(1);
    library.plan("out");
    fs::create_dir(library.path("empty")).unwrap();
    for (arguments, code, words) in [
        (&["run", "nothing"][..], 1, "cannot find a plan in nothing (expected plan.json, got none)"),
        (&["status", "nothing"], 1, "cannot find a plan"),
        (&["plan", "nowhere", "--out", "new"], 1, "(expected a folder, got none)"),
        (&["plan", "empty", "--out", "new"], 1, "no audio files below"),
        (&["plan", "music", "--out", "new", "--model", "none"], 1, "none"),
        (&["plan", "music", "--out", "s3://bucket/out"], 1, "cannot reach a store"),
        (&["plan", "s3://bucket/music", "--out", "new"], 1, "cannot reach a store"),
        (&["run", "out", "--engine", "ray"], 2, "pip install \"earmark[ray]\""),
        (&["run", "out", "--shards", "0..99"], 1, "no such shard (expected 0 to 3, got 99)"),
        (&["run", "out", "--shard-from-env", "EARMARK_NO_SUCH"], 1, "cannot read the variable EARMARK_NO_SUCH"),
        (&["retry", "out"], 1, "the results are not complete (expected"),
        (&["compact", "out"], 1, "the results are not complete (expected"),
    ] {
        let (found, out, err) = library.batch(arguments);
        assert!(found == code && out.is_empty() && err.contains(words), "{arguments:?}: {found} {out}{err}");
        assert_eq!(err.lines().count(), 1, "{arguments:?}: {err}");
    }
    assert!(!library.path("new").exists(), "nothing was planned");
}

#[test]
fn tasks_of_a_job_array_divide_the_shards() {
    let library = Library::new(8);
    let digest = library.digest("out");
    library.plan("array");
    for task in ["3", "1", "2"] {
        let mut run = library.command(&["run", "array", "--jobs", "1", "--shard-from-env", "SLURM_ARRAY_TASK_ID"]);
        let run =
            run.env("SLURM_ARRAY_TASK_ID", task).env("SLURM_ARRAY_TASK_COUNT", "3").env("SLURM_ARRAY_TASK_MIN", "1");
        let (code, out, err) = super::library::outcome(run.output().unwrap());
        assert_eq!((code, &*err), (0, ""), "{out}");
        assert!(out.contains("; 0 shards were done before"), "the parts are disjoint: {out}");
    }
    assert_eq!(library.verified("array")["digest"], *digest);
    library.plan("ranges");
    for range in ["0", "1..5", "6..7"] {
        library.succeed(&["run", "ranges", "--shards", range]);
    }
    assert_eq!(library.verified("ranges")["digest"], *digest);
}
