//! Writer of reports, in one of five formats.

mod csv;
mod options;
mod status;
mod strongest;
mod summary;
mod table;
mod wide_csv;

use std::io::{self, Write};
use std::sync::Arc;

use earmark_models::Model;

use crate::model_columns::ModelColumns;
use crate::record_writer::RecordWriter;
use crate::tag::TaggedFile;

pub use self::csv::header as csv_header;
pub use self::options::{JsonShape, ReportFormat, ReportOptions};
pub use self::wide_csv::header as wide_csv_header;

/// Writer of the reports of consecutive files.
#[derive(Debug)]
pub struct ReportWriter<W> {
    out: RecordWriter<W>,
    format: ReportFormat,
    options: ReportOptions,
    columns: Vec<ModelColumns>,
}

impl<W: Write> ReportWriter<W> {
    /// Creates a writer to `out` of the reports of these models on `files` files.
    pub fn new(out: W, format: ReportFormat, options: ReportOptions, models: &[Arc<Model>], files: usize) -> Self {
        let out = RecordWriter::new(out, options.shape == JsonShape::Array || files != 1);
        let out = if options.is_continued { out.continued() } else { out };
        let columns = models.iter().map(|model| ModelColumns::of_card(model.card())).collect();
        Self { out, format, options, columns }
    }

    /// Writes one report. Blocks.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn write(&mut self, file: &TaggedFile) -> io::Result<()> {
        let ReportOptions { top, timeline, .. } = self.options;
        match self.format {
            ReportFormat::Table => self.out.text(&table::text(&file.report, top.unwrap_or(5), timeline)),
            ReportFormat::Jsonl | ReportFormat::Json => self.json(file),
            ReportFormat::Csv => {
                let text = csv::text(&file.report, top, timeline, self.out.is_empty())?;
                self.out.text(&text)
            }
            ReportFormat::WideCsv => {
                let text = wide_csv::text(file, &self.columns, self.out.is_empty())?;
                self.out.text(&text)
            }
        }
    }

    fn json(&mut self, file: &TaggedFile) -> io::Result<()> {
        let is_line = self.format == ReportFormat::Jsonl;
        match (self.options.summary, self.options.shape) {
            (true, _) if is_line => self.out.json_line(&summary::of(file)),
            (true, _) => self.out.json(&summary::of(file)),
            (false, JsonShape::Array) if is_line => self.out.json_line(file),
            (false, JsonShape::Array) => self.out.json(file),
            (false, JsonShape::Plain) if is_line => self.out.json_line(&file.report),
            (false, JsonShape::Plain) => self.out.json(&file.report),
        }
    }

    /// Writes the end of the output.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn finish(self) -> io::Result<()> {
        if self.format == ReportFormat::Json { self.out.finish_json() } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use earmark_models::report::FileReport;

    use super::*;

    #[test]
    fn json_is_an_array_and_in_the_earlier_shape_an_object_for_one_file() {
        for (shape, files, is_array) in [
            (JsonShape::Array, 0, true),
            (JsonShape::Array, 1, true),
            (JsonShape::Array, 2, true),
            (JsonShape::Plain, 0, true),
            (JsonShape::Plain, 1, false),
            (JsonShape::Plain, 2, true),
        ] {
            let mut out = Vec::new();
            let options = ReportOptions { shape, ..ReportOptions::default() };
            let mut writer = ReportWriter::new(&mut out, ReportFormat::Json, options, &[], files);
            for file in 0..files {
                let report = FileReport::new(format!("{file}.wav"), 1.0, 16_000.0, 2);
                let issues = Default::default();
                writer.write(&TaggedFile { report, file: None, provenance: None, issues }).unwrap();
            }
            writer.finish().unwrap();
            let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
            assert_eq!(json.is_array(), is_array, "{shape:?}, {files} files: {json}");
            assert_eq!(json.as_array().map_or(1, Vec::len), files.max(usize::from(!is_array)));
        }
    }
}
