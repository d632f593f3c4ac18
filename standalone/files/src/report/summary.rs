//! Report without predictions: means and tempo of each model.

use earmark_models::report::{Candidate, FileReport, ModelOutput, ModelReport};
use serde::Serialize;

use crate::analyzed_file::AnalyzedFile;
use crate::provenance::Provenance;
use crate::tag::TaggedFile;

/// Schema of the JSON of a summary.
const SCHEMA: &str = "earmark-summary/1";

/// Report without predictions.
#[derive(Debug, Serialize)]
pub(super) struct Summary<'a> {
    schema: &'static str,
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decoder: Option<&'a str>,
    duration_s: f64,
    sample_rate_hz: f64,
    channels: usize,
    models: Vec<ModelSummary<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a AnalyzedFile>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provenance: Option<&'a Provenance>,
}

/// Results of a model on the whole file.
#[derive(Debug, Serialize)]
struct ModelSummary<'a> {
    id: &'a str,
    kind: &'static str,
    #[serde(flatten)]
    values: SummaryValues<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    need_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    have_s: Option<f64>,
}

/// Values of a model; null for silence.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum SummaryValues<'a> {
    Labels { labels: &'a [String], mean: Option<&'a [f32]> },
    Tempo { bpm: Option<f32>, confidence: Option<f32>, alternatives: &'a [Candidate] },
    Pitch { hz: Option<f32> },
    Embedding { width: usize, patches: usize },
}

/// Returns the summary of a report.
pub(super) fn of(file: &TaggedFile) -> Summary<'_> {
    let TaggedFile { report, file, provenance, .. } = file;
    let FileReport { path, path_bytes, decoder, duration_s, sample_rate_hz, channels, models, .. } = report;
    Summary {
        schema: SCHEMA,
        path,
        path_bytes: path_bytes.as_deref(),
        decoder: decoder.as_deref(),
        duration_s: *duration_s,
        sample_rate_hz: *sample_rate_hz,
        channels: *channels,
        models: models.iter().map(model).collect(),
        file: file.as_ref(),
        provenance: provenance.as_ref(),
    }
}

fn model(report: &ModelReport) -> ModelSummary<'_> {
    let values = match &report.output {
        ModelOutput::Tags(labelled)
        | ModelOutput::Events(labelled)
        | ModelOutput::Classes { labelled, .. }
        | ModelOutput::Values { labelled, .. } => {
            SummaryValues::Labels { labels: &labelled.labels, mean: labelled.mean.as_deref() }
        }
        ModelOutput::Tempo { bpm, confidence, alternatives, .. } => {
            SummaryValues::Tempo { bpm: *bpm, confidence: *confidence, alternatives }
        }
        ModelOutput::Pitch { hz, .. } => SummaryValues::Pitch { hz: *hz },
        ModelOutput::Embedding { width, patches } => SummaryValues::Embedding { width: *width, patches: *patches },
    };
    let (need_s, have_s) = (report.need_s, report.have_s);
    ModelSummary { id: &report.id, kind: report.output.kind(), values, need_s, have_s }
}
