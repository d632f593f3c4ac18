//! Writer of reports, in one of four formats.

mod csv;
mod strongest;
mod table;

use std::io::{self, Write};

use earmark_models::report::FileReport;

use crate::record_writer::RecordWriter;

/// Format of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportFormat {
    /// Human-readable text.
    Table,
    /// One JSON object for one file, an array for several.
    Json,
    /// JSON lines, one object per line.
    Jsonl,
    /// CSV, one value per row.
    Csv,
}

/// Writer of the reports of consecutive files.
#[derive(Debug)]
pub struct ReportWriter<W> {
    out: RecordWriter<W>,
    format: ReportFormat,
    top: Option<usize>,
    timeline: bool,
}

impl<W: Write> ReportWriter<W> {
    /// Creates a writer to `out` of the reports of `files` files.
    ///
    /// `top` is the number of tags (default: 5 in a table, all in CSV; JSON always contains all). With `timeline`,
    /// tables and CSV contain each prediction.
    pub fn new(out: W, format: ReportFormat, top: Option<usize>, timeline: bool, files: usize) -> Self {
        Self { out: RecordWriter::new(out, files), format, top, timeline }
    }

    /// Writes one report. Blocks.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn write(&mut self, report: &FileReport) -> io::Result<()> {
        match self.format {
            ReportFormat::Table => self.out.text(&table::text(report, self.top.unwrap_or(5), self.timeline)),
            ReportFormat::Jsonl => self.out.json_line(report),
            ReportFormat::Json => self.out.json(report),
            ReportFormat::Csv => {
                let text = csv::text(report, self.top, self.timeline, self.out.is_empty())?;
                self.out.text(&text)
            }
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
    use super::*;

    #[test]
    fn json_is_an_object_for_one_file_and_an_array_otherwise() {
        for (files, is_array) in [(0, true), (1, false), (2, true)] {
            let mut out = Vec::new();
            let mut writer = ReportWriter::new(&mut out, ReportFormat::Json, None, false, files);
            for file in 0..files {
                writer.write(&FileReport::new(format!("{file}.wav"), 1.0, 16_000.0, 2)).unwrap();
            }
            writer.finish().unwrap();
            let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
            assert_eq!(json.is_array(), is_array, "{files} files: {json}");
            assert_eq!(json.as_array().map_or(1, Vec::len), files.max(usize::from(!is_array)));
        }
    }
}
