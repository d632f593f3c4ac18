//! Results as other programs read them, of every analysis; progress; compaction.

use std::fs;
use std::process::Command;

use earmark_tests::requirements::python;
use serde_json::Value;

use super::library::Library;
use crate::command::program::earmark;

/// Reads all results with pyarrow, DuckDB and polars, and prints what they have.
const READ: &str = r#"
import json, sys, pyarrow.dataset as ds, pyarrow.parquet as pq, duckdb, polars
folder = sys.argv[1]
files = ds.dataset(folder, format="parquet").files
schemas = {str(pq.read_schema(file)) for file in files}
table = pq.read_table(folder)
rows = duckdb.sql(f"select count(*), count(distinct path) from '{folder}/part-*.parquet'").fetchall()[0]
frame = polars.scan_parquet(f"{folder}/part-*.parquet").select("path", "status").collect()
print(json.dumps({"schemas": len(schemas), "columns": table.column_names, "rows": table.num_rows, "duckdb": list(rows),
    "polars": frame.height, "status": table.column("status").value_counts().to_pylist(),
    "metadata": sorted(key.decode() for key in pq.read_schema(files[0]).metadata)}))
"#;

fn read(library: &Library, folder: &str) -> Value {
    let output = Command::new(python()).args(["-c", READ]).arg(library.path(folder)).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test(needs(PyArrow, DataFrames))]
fn other_programs_read_the_rows_of_every_analysis() {
    let library = Library::new(4);
    let files = library.files;
    for (analysis, column, rows_per_file) in [
        (&["--model", "msd-vgg", "--model", "mtt-vgg"][..], "mtt-vgg", Some(1)),
        (&["--model", "msd-vgg", "--timeline"], "model", None),
        (&["--embed"], "embedding", None),
        (&["--embed", "--mean", "--seconds", "3"], "embedding", Some(1)),
        (&["--extract", "--only", "lowlevel.dissonance,tonal.key_krumhansl"], "lowlevel.dissonance.mean", Some(1)),
    ] {
        let out = analysis.concat().replace(['-', ',', '.'], "");
        library.succeed(&[&["plan", "music", "--out", &out][..], analysis].concat());
        library.succeed(&["run", &out]);
        library.verified(&out);
        let found = read(&library, &format!("{out}/data"));
        assert_eq!(found["schemas"], 1, "{analysis:?}: {found}");
        let columns = found["columns"].as_array().unwrap();
        let first = ["path", "generation", "status", "stage", "error", "expected", "got"];
        assert!(columns.iter().take(7).eq(&first.map(Value::from)) && columns.contains(&column.into()), "{columns:?}");
        let rows = found["rows"].as_u64().unwrap();
        assert_eq!(found["duckdb"], serde_json::json!([rows, files]), "{analysis:?}");
        assert!(found["polars"] == rows && rows_per_file.is_none_or(|count| rows == count * files as u64), "{found}");
        assert_eq!(found["metadata"], serde_json::json!(["provenance", "schema"]));
        library.succeed(&["compact", &out]);
        let compact = read(&library, &format!("{out}/compact"));
        assert_eq!((&compact["rows"], &compact["columns"]), (&found["rows"], &found["columns"]), "{analysis:?}");
    }
}

/// Prints tempo and means of each file of a table, by the end of its path.
const MEANS: &str = r#"
import json, sys, pyarrow.parquet as pq
table = pq.read_table(sys.argv[1])
rows = zip(table["path"].to_pylist(), table["duration_s"].to_pylist(), table["msd-vgg"].to_pylist())
print(json.dumps({path.split("music/")[-1]: [duration, means] for path, duration, means in rows if duration is not None}))
"#;

#[test(needs(PyArrow))]
fn rows_are_those_of_the_command_tag() {
    let library = Library::new(3);
    library.digest("out");
    let table = library.path("tag.parquet");
    let (table, music) = (table.to_str().unwrap(), library.path("music"));
    earmark(["tag", music.to_str().unwrap(), "--model", "msd-vgg", "--format", "parquet", "--out", table]);
    let means = |path: &str| -> Value {
        let output = Command::new(python()).args(["-c", MEANS, path]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let (own, tagged) = (means(library.path("out/data").to_str().unwrap()), means(table));
    assert!(own.as_object().unwrap().len() >= 5, "{own}");
    assert_eq!(own, tagged);
}

#[test]
fn any_machine_can_ask_for_the_progress() {
    let library = Library::new(6);
    library.plan("out");
    let status = || -> Value { serde_json::from_str(&library.succeed(&["status", "out", "--json"])).unwrap() };
    let before = status();
    assert_eq!((&before["shards_done"], &before["files"]), (&0.into(), &library.files.into()), "{before}");
    assert_eq!(before["left_s"], Value::Null);
    library.succeed(&["run", "out", "--shards", "0..2", "--jobs", "1"]);
    let between = status();
    let done = between["shards_done"].as_u64().unwrap();
    assert!(done > 0 && done < between["shards"].as_u64().unwrap(), "{between}");
    assert_eq!(between["files_done"], between["files_recorded"]);
    library.succeed(&["run", "out"]);
    let after = status();
    assert_eq!((&after["files_done"], &after["shards_done"]), (&after["files"], &after["shards"]), "{after}");
    assert!(after["audio_h"].as_f64().unwrap() > 0.0 && after["bad"].as_u64().unwrap() >= 3, "{after}");
    assert_eq!(after["verified"], false);
    library.verified("out");
    assert_eq!(status()["verified"], true);
    let text = library.succeed(&["status", "out"]);
    assert!(text.contains(&format!("{0} of {0} files", library.files)), "{text}");
    let plan: Value = serde_json::from_slice(&fs::read(library.path("out/plan.json")).unwrap()).unwrap();
    assert_eq!((&plan["recipe"]["analysis"], &plan["generation"]), (&"tag".into(), &1.into()), "{plan}");
}
