//! Tempo of a file.

use earmark_models::report::{FileReport, ModelOutput};
use pyo3::prelude::*;

/// Tempo of a whole file.
#[pyclass(frozen, name = "Tempo", module = "earmark", get_all)]
#[derive(Debug, Clone)]
pub(crate) struct PyTempo {
    bpm: f32,
    confidence: f32,
    alternatives: Vec<(f32, f32)>,
    model: String,
}

impl PyTempo {
    /// Returns the tempo of the first model of a report that has one.
    pub(crate) fn of(report: &FileReport) -> Option<Self> {
        report.models.iter().find_map(|model| match &model.output {
            ModelOutput::Tempo { bpm: Some(bpm), confidence, alternatives, .. } => Some(Self {
                bpm: *bpm,
                confidence: confidence.unwrap_or(0.0),
                alternatives: alternatives.iter().map(|tempo| (tempo.bpm, tempo.confidence)).collect(),
                model: model.id.clone(),
            }),
            _ => None,
        })
    }

    pub(crate) fn numbers(&self) -> (f32, f32) {
        (self.bpm, self.confidence)
    }
}

#[pymethods]
impl PyTempo {
    fn __repr__(&self) -> String {
        format!("<earmark.Tempo {:.0} BPM, confidence {:.2}>", self.bpm, self.confidence)
    }
}
