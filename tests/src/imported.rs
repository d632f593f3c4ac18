//! Comparison of imported files with recorded results of TensorFlow and ONNX Runtime.

use std::fs;
use std::path::{Path, PathBuf};

use earmark_import::{INPUT, Source};
use earmark_models::engine_from_onnx;

use crate::arrays::{self, Fault};
use crate::listen::worst_difference;

/// Result of one file.
pub struct Checked {
    /// Name of the file.
    pub name: String,
    /// Largest difference between the recorded results and those of Earmark, relative to the largest value if that is
    /// above 1.
    pub worst: f32,
}

/// Imports every file that `cases.txt` of a folder lists (a script in `tests/imported` writes it), imports the output once
/// more, and compares the results. The imported files are written to the folder `keep`.
///
/// # Errors
/// When a file cannot be read, imported or run.
pub fn check(folder: &Path, keep: Option<&Path>) -> Result<Vec<Checked>, Fault> {
    let list = fs::read_to_string(folder.join("cases.txt"))?;
    list.lines().map(|line| check_one(folder, keep, line).map_err(|error| format!("{line}: {error}").into())).collect()
}

/// Returns the path of a file of the folder: a frozen graph, an ONNX file, or the folder of a SavedModel.
fn model_path(folder: &Path, name: &str) -> PathBuf {
    let files = ["pb", "onnx"].map(|extension| folder.join(format!("{name}.{extension}")));
    files.into_iter().find(|path| path.is_file()).unwrap_or_else(|| folder.join(name))
}

fn check_one(folder: &Path, keep: Option<&Path>, line: &str) -> Result<Checked, Fault> {
    let mut words = line.split(' ');
    let (Some(file), Some(input), Some(output)) = (words.next(), words.next(), words.next()) else {
        return Err("expected a file, an input and an output".into());
    };
    // The arrays of a file in the folder have its name; those of a file elsewhere have a number.
    let arrays = words.next().unwrap_or(file);
    let path = if arrays == file { model_path(folder, file) } else { Path::new(file).to_owned() };
    let (shape, patch) = arrays::any_shape(&folder.join(format!("{arrays}.in.npy")))?;
    let (_, expected) = arrays::any_shape(&folder.join(format!("{arrays}.out.npy")))?;
    let onnx = Source::read(&path)?.to_onnx((input, &shape), &[(output, "answer")])?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    if let Some(keep) = keep {
        fs::write(keep.join(format!("{name}.onnx")), &onnx)?;
    }
    // The output is imported again and must give the same results.
    let again = Source::from_bytes(&onnx)?.to_onnx((INPUT, &shape), &[("answer", "answer")])?;
    let largest = expected.iter().fold(1.0_f32, |largest, value| largest.max(value.abs()));
    let mut worst = 0.0_f32;
    for onnx in [onnx, again] {
        let mut answers = vec![Vec::new()];
        engine_from_onnx(&onnx, &shape, &["answer"])?.run(&patch, &mut answers)?;
        worst = worst.max(worst_difference(&answers[0], &expected) / largest);
    }
    Ok(Checked { name, worst })
}
