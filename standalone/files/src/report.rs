//! Writer of reports, in one of four formats. Each write consists of whole lines and is flushed, so that a reader or an
//! interrupted run never sees a partial line.

mod csv;
mod strongest;
mod table;

use std::io::{self, Write};

use earmark_models::report::FileReport;

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
    out: W,
    format: ReportFormat,
    top: Option<usize>,
    timeline: bool,
    /// Whether the JSON output is an array.
    array: bool,
    written: usize,
}

impl<W: Write> ReportWriter<W> {
    /// Creates a writer to `out` of the reports of `files` files.
    ///
    /// `top` is the number of tags (default: 5 in a table, all in CSV; JSON always contains all). With `timeline`,
    /// tables and CSV contain each prediction.
    pub fn new(out: W, format: ReportFormat, top: Option<usize>, timeline: bool, files: usize) -> Self {
        Self { out, format, top, timeline, array: files != 1, written: 0 }
    }

    /// Writes one report. Blocks.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn write(&mut self, report: &FileReport) -> io::Result<()> {
        let first = self.written == 0;
        self.written += 1;
        let text = match self.format {
            ReportFormat::Table => table::text(report, self.top.unwrap_or(5), self.timeline),
            ReportFormat::Jsonl => serde_json::to_string(report)? + "\n",
            ReportFormat::Json => {
                let object = serde_json::to_string_pretty(report)?;
                match (self.array, first) {
                    (false, _) => object + "\n",
                    (true, true) => format!("[\n{object}"),
                    (true, false) => format!(",\n{object}"),
                }
            }
            ReportFormat::Csv => csv::text(report, self.top, self.timeline, first)?,
        };
        self.write_text(&text)
    }

    /// Writes the end of the output.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn finish(mut self) -> io::Result<()> {
        match (self.format, self.array, self.written) {
            (ReportFormat::Json, true, 0) => self.write_text("[]\n"),
            (ReportFormat::Json, true, _) => self.write_text("\n]\n"),
            _ => Ok(()),
        }
    }

    fn write_text(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
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
