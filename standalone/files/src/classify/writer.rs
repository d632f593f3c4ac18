//! Writer of the classes of consecutive files.

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::classified_file::{ClassifiedFile, ClassifierResult};
use crate::path_text::PathText;
use crate::record_writer::RecordWriter;

/// Columns of the CSV table.
const HEADER: [&str; 7] = ["path", "model", "label", "probability", "value", "error", "path_bytes"];

/// Format of classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClassesFormat {
    /// Human-readable text.
    Table,
    /// One JSON object for one file, an array for several.
    Json,
    /// JSON lines, one object per file.
    Jsonl,
    /// CSV, one value per row.
    Csv,
}

/// Writer of the classes of consecutive files.
#[derive(Debug)]
pub struct ClassesWriter<W> {
    out: RecordWriter<W>,
    format: ClassesFormat,
}

impl<W: Write> ClassesWriter<W> {
    /// Creates a writer to `out` of the classes of `files` files.
    pub fn new(out: W, format: ClassesFormat, files: usize) -> Self {
        Self { out: RecordWriter::new(out, files != 1), format }
    }

    /// Writes the classes of one file. Blocks.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn write(&mut self, path: &Path, file: &ClassifiedFile) -> io::Result<()> {
        match self.format {
            ClassesFormat::Table => self.out.text(&table(path, file)),
            ClassesFormat::Json => self.out.json(&classes_object(path, file)),
            ClassesFormat::Jsonl => self.out.json_line(&classes_object(path, file)),
            ClassesFormat::Csv => {
                let rows = csv_rows(path, file, self.out.is_empty())?;
                self.out.text(&rows)
            }
        }
    }

    /// Writes the end of the output.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn finish(self) -> io::Result<()> {
        if self.format == ClassesFormat::Json { self.out.finish_json() } else { Ok(()) }
    }
}

/// Returns the classes of a file as an object: `highlevel` has the form that AcousticBrainz publishes.
#[must_use]
pub fn classes_object(path: &Path, file: &ClassifiedFile) -> Value {
    let (mut highlevel, mut errors) = (Map::new(), Map::new());
    for result in &file.results {
        match &result.outcome {
            Ok(classification) => {
                let labels = result.labels.iter().cloned();
                let probabilities = classification.probabilities.iter().flatten().map(|&share| share.into());
                let all: Map<String, Value> = labels.zip(probabilities).collect();
                let class = json!({ "all": all, "value": classification.value,
                                    "probability": probability(result), "model": result.model });
                highlevel.insert(result.class_name.clone(), class);
            }
            Err(error) => drop(errors.insert(result.model.clone(), error.to_string().into())),
        }
    }
    let PathText { path, path_bytes } = PathText::new(path);
    let mut object =
        json!({ "path": path, "silent": file.silent, "highlevel": highlevel, "provenance": file.provenance });
    if let Some(file) = &file.file {
        object["file"] = json!(file);
    }
    if !errors.is_empty() {
        object["errors"] = errors.into();
    }
    if let Some(decoder) = file.decoder {
        object["decoder"] = decoder.name().into();
    }
    if let Some(path_bytes) = path_bytes {
        object["path_bytes"] = path_bytes.into();
    }
    object
}

/// Returns the probability of the predicted class; none without one.
fn probability(result: &ClassifierResult) -> Option<f64> {
    let classification = result.outcome.as_ref().ok()?;
    classification.probabilities.as_ref()?.get(classification.index).copied()
}

fn table(path: &Path, file: &ClassifiedFile) -> String {
    let mut text = format!("{}\n", path.display());
    if file.silent {
        return text + "  silent: silence has no class\n";
    }
    let width = file.results.iter().map(|result| result.model.chars().count()).max().unwrap_or(0);
    for result in &file.results {
        let outcome = match &result.outcome {
            Ok(classification) => match probability(result) {
                Some(probability) => format!("{}  {:.0} %", classification.value, probability * 100.0),
                None => classification.value.clone(),
            },
            Err(error) => format!("{error}"),
        };
        text += &format!("  {:width$}  {outcome}\n", result.model);
    }
    text
}

fn csv_rows(path: &Path, file: &ClassifiedFile, header: bool) -> io::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    if header {
        writer.write_record(HEADER)?;
    }
    let PathText { path, path_bytes } = PathText::new(path);
    let bytes = path_bytes.as_deref().unwrap_or_default();
    for result in &file.results {
        match &result.outcome {
            Ok(classification) => {
                let probability = |index: usize| classification.probabilities.as_ref()?.get(index).map(f64::to_string);
                for (index, label) in result.labels.iter().enumerate() {
                    let is_value = if index == classification.index { "1" } else { "0" };
                    let probability = probability(index).unwrap_or_default();
                    writer.write_record([&path, &result.model, label, &probability, is_value, "", bytes])?;
                }
            }
            Err(error) => writer.write_record([&path, &result.model, "", "", "", &error.to_string(), bytes])?,
        }
    }
    let bytes = writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    String::from_utf8(bytes).map_err(io::Error::other)
}
