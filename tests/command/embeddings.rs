//! `earmark embed`: arrays, lines and tables.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use earmark_tests::arrays;
use earmark_tests::requirements::python;
use serde_json::Value;

use super::program::earmark;
use super::wav::{float_wav, music};

#[test]
fn embeddings_are_written_as_arrays_and_as_lines() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tune.wav");
    float_wav(&path, 16_000, 1, &music(16_000, 7.0));
    let (wav, out) = (path.to_str().unwrap(), folder.path().join("out"));
    let to_arrays = ["embed", wav, "--out", out.to_str().unwrap()];
    assert_eq!(earmark(to_arrays), (0, String::new(), String::new()));
    let array = arrays::table(&out.join("tune.wav.npy")).unwrap();
    assert_eq!(array.dim(), (3, 200));

    let (code, lines, err) = earmark(["embed", wav, "--format", "json"]);
    assert_eq!((code, &*err, lines.lines().count()), (0, "", 1));
    let object: Value = serde_json::from_str(&lines).unwrap();
    assert_eq!((&object["model"], &object["width"]), (&"msd-musicnn".into(), &200.into()));
    let patches = object["embeddings"].as_array().unwrap();
    assert_eq!((patches.len(), &patches[0]["end_s"]), (3, &2.992.into()));
    for (patch, row) in patches.iter().zip(array.rows()) {
        let values: Vec<f32> = serde_json::from_value(patch["values"].clone()).unwrap();
        assert!(row.iter().eq(&values), "the same numbers");
    }
    let (_, mean, _) = earmark(["embed", wav, "--format", "json", "--mean"]);
    let mean: Value = serde_json::from_str(&mean).unwrap();
    let value = mean["embeddings"][0]["values"][0].as_f64().unwrap();
    let expected = array.column(0).iter().map(|&value| f64::from(value)).sum::<f64>() / 3.0;
    assert!((value - expected).abs() < 1e-5, "{value}, expected {expected} within 1e-5");
    assert_eq!(mean["embeddings"].as_array().unwrap().len(), 1);
}

/// Writes the embeddings of two files into one table in the folder and returns its path.
fn table(folder: &Path) -> PathBuf {
    for name in ["a.wav", "b.wav"] {
        float_wav(&folder.join(name), 16_000, 1, &music(16_000, 5.0));
    }
    let table = folder.join("all.parquet");
    let (wavs, out) = (folder.to_str().unwrap(), table.to_str().unwrap());
    assert_eq!(earmark(["embed", wavs, "--format", "parquet", "--out", out]), (0, String::new(), String::new()));
    table
}

#[test]
fn a_table_of_all_files_is_a_parquet_file() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = fs::read(table(folder.path())).unwrap();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
}

#[test(needs(PyArrow))]
fn table_of_all_files_is_read_by_pyarrow() {
    let folder = tempfile::tempdir().unwrap();
    let table = table(folder.path());
    let look = "import pyarrow.parquet as p, sys; t = p.read_table(sys.argv[1]); \
                print(t.num_rows, t.column_names, t.schema.field('embedding').type.list_size, t['path'][3].as_py()[-5:])";
    let output = Command::new(python()).args(["-c", look]).arg(table).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).unwrap();
    let columns = "'path', 'model', 'start_s', 'end_s', 'embedding', 'path_bytes', 'duration_s', 'sample_rate_hz', 'channels', \
                   'decoder', 'codec', 'bit_rate', 'size_bytes', 'modified_unix_s', 'md5_encoded'";
    assert_eq!(printed.trim(), format!("4 [{columns}] 200 b.wav"));
}

#[test]
fn model_without_embedding_is_reported_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, samples: &[f32]| {
        let path = folder.path().join(name);
        float_wav(&path, 16_000, 1, samples);
        path.to_str().unwrap().to_owned()
    };
    let (short, silent) = (write("short.wav", &music(16_000, 1.0)), write("silent.wav", &vec![0.0; 80_000]));
    for (arguments, expected) in [
        (vec!["embed", &short, "--format", "json"], "too short: need 3.0 s, have 1.0"),
        (vec!["embed", &silent, "--format", "json"], "the whole file is silent"),
        (vec!["embed", &short, "--model", "tempocnn-fcn"], "expected a model that "),
        (vec!["embed", &short, "--model", "nobody"], "got `nobody`"),
        (vec!["embed", &short, "--format", "json", "--out", "/nowhere/at/all"], "/nowhere/at/all"),
    ] {
        let (code, out, err) = earmark(arguments);
        assert!(code == 1 && out.is_empty() && err.contains(expected) && err.lines().count() == 1, "{err}");
    }
}
