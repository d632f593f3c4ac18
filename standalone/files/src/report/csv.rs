//! Report as CSV: a long table with one value per row, for pivoting in a spreadsheet or a data frame.

use std::io;

use earmark_models::report::{FileReport, LabelSeries, ModelOutput, ModelReport};

use super::status::{SILENT, TOO_SHORT};
use super::strongest::strongest;

/// Columns of the table.
const HEADER: [&str; 9] = ["path", "model", "start_s", "end_s", "label", "value", "confidence", "status", "path_bytes"];

/// Returns the names of the columns.
#[must_use]
pub fn header() -> Vec<String> {
    HEADER.map(str::to_owned).to_vec()
}

/// Returns the rows of one report with the `top` strongest tags (default all), after the header if `header` is set.
pub(super) fn text(report: &FileReport, top: Option<usize>, timeline: bool, header: bool) -> io::Result<String> {
    let path_bytes = report.path_bytes.as_deref().unwrap_or_default();
    let mut rows = CsvRows { path: &report.path, path_bytes, writer: csv::Writer::from_writer(Vec::new()) };
    if header {
        rows.writer.write_record(HEADER)?;
    }
    for model in &report.models {
        rows.model(model, report.duration_s, top.unwrap_or(usize::MAX), timeline)?;
    }
    let bytes = rows.writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    String::from_utf8(bytes).map_err(io::Error::other)
}

struct CsvRows<'a> {
    path: &'a str,
    path_bytes: &'a str,
    writer: csv::Writer<Vec<u8>>,
}

impl CsvRows<'_> {
    fn model(&mut self, model: &ModelReport, duration_s: f64, top: usize, timeline: bool) -> io::Result<()> {
        let whole = (0.0, duration_s);
        if let Some(have_s) = model.have_s {
            return self.status(&model.id, (0.0, have_s), TOO_SHORT);
        }
        match &model.output {
            ModelOutput::Tags(labelled)
            | ModelOutput::Events(labelled)
            | ModelOutput::Classes { labelled, .. }
            | ModelOutput::Values { labelled, .. } => {
                let LabelSeries { labels, predictions, mean } = labelled;
                if !timeline {
                    return self.tags(&model.id, whole, labels, mean.as_deref(), top);
                }
                for patch in predictions {
                    self.tags(&model.id, (patch.start_s, patch.end_s), labels, patch.values.as_deref(), top)?;
                }
            }
            ModelOutput::Tempo { predictions, bpm, confidence, .. } => {
                if !timeline {
                    return self.number(&model.id, whole, "bpm", *bpm, *confidence);
                }
                for patch in predictions {
                    self.number(&model.id, (patch.start_s, patch.end_s), "bpm", patch.bpm, patch.confidence)?;
                }
            }
            ModelOutput::Pitch { predictions, hz } => {
                if !timeline {
                    return self.number(&model.id, whole, "hz", *hz, None);
                }
                for patch in predictions {
                    self.number(&model.id, (patch.start_s, patch.end_s), "hz", patch.hz, patch.confidence)?;
                }
            }
            ModelOutput::Embedding { width, .. } => {
                self.row(&model.id, whole, "embedding", Some(*width as f64), None)?;
            }
        }
        Ok(())
    }

    fn tags(
        &mut self,
        id: &str,
        span: (f64, f64),
        labels: &[String],
        values: Option<&[f32]>,
        top: usize,
    ) -> io::Result<()> {
        let Some(values) = values else { return self.status(id, span, SILENT) };
        for (label, value) in strongest(labels, values, top) {
            self.row(id, span, label, Some(value.into()), None)?;
        }
        Ok(())
    }

    fn number(
        &mut self,
        id: &str,
        span: (f64, f64),
        name: &str,
        number: Option<f32>,
        confidence: Option<f32>,
    ) -> io::Result<()> {
        match number {
            Some(number) => self.row(id, span, name, Some(number.into()), confidence),
            None => self.status(id, span, SILENT),
        }
    }

    /// Writes a row without a value.
    fn status(&mut self, id: &str, span: (f64, f64), status: &str) -> io::Result<()> {
        self.record(id, span, ["", "", "", status])
    }

    fn row(
        &mut self,
        id: &str,
        span: (f64, f64),
        label: &str,
        value: Option<f64>,
        confidence: Option<f32>,
    ) -> io::Result<()> {
        let number = |n: Option<f64>| n.map_or_else(String::new, |n| format!("{}", n as f32));
        self.record(id, span, [label, &number(value), &number(confidence.map(f64::from)), ""])
    }

    /// Writes a row: model, range, then label, value, confidence and status.
    fn record(&mut self, id: &str, span: (f64, f64), [label, value, confidence, status]: [&str; 4]) -> io::Result<()> {
        let (start, end) = (format!("{:.3}", span.0), format!("{:.3}", span.1));
        let record = [self.path, id, &start, &end, label, value, confidence, status, self.path_bytes];
        Ok(self.writer.write_record(record)?)
    }
}
