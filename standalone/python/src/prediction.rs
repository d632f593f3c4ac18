//! Predictions of a live stream.

use std::sync::Arc;

use earmark_models::{Model, Prediction, PredictionValue};
use pyo3::prelude::*;

use crate::shared_values::SharedValues;

/// Prediction of one model for one patch of a stream.
#[pyclass(frozen, name = "Prediction", module = "earmark")]
#[derive(Debug)]
pub(crate) struct PyPrediction {
    model: Arc<Model>,
    prediction: Prediction,
}

impl PyPrediction {
    /// Creates the prediction of a model.
    pub(crate) fn new(model: Arc<Model>, prediction: Prediction) -> Self {
        Self { model, prediction }
    }
}

#[pymethods]
impl PyPrediction {
    #[getter]
    fn model(&self) -> &str {
        &self.prediction.model
    }

    #[getter]
    fn generation(&self) -> u64 {
        self.prediction.generation
    }

    #[getter]
    fn start_s(&self) -> f64 {
        self.prediction.start_s
    }

    #[getter]
    fn end_s(&self) -> f64 {
        self.prediction.end_s
    }

    #[getter]
    fn silent(&self) -> bool {
        self.prediction.outcome == PredictionValue::Silent
    }

    #[getter]
    fn labels(&self) -> Vec<String> {
        self.model.card().labels.clone()
    }

    #[getter]
    fn values(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        self.prediction.outcome.values().map(|values| SharedValues::row(values.to_vec()).view(py)).transpose()
    }

    #[getter]
    fn embedding(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        self.prediction.outcome.embedding().map(|values| SharedValues::row(values.to_vec()).view(py)).transpose()
    }

    #[getter]
    fn bpm(&self) -> Option<f32> {
        match self.prediction.outcome {
            PredictionValue::Tempo { local, .. } => Some(local.bpm),
            _ => None,
        }
    }

    #[getter]
    fn hz(&self) -> Option<f32> {
        match self.prediction.outcome {
            PredictionValue::Pitch(pitch) => Some(pitch.hz),
            _ => None,
        }
    }

    #[getter]
    fn confidence(&self) -> Option<f32> {
        match self.prediction.outcome {
            PredictionValue::Tempo { local, .. } => Some(local.confidence),
            PredictionValue::Pitch(pitch) => Some(pitch.confidence),
            _ => None,
        }
    }

    /// Return the `n` strongest labels with their values: none for silence and for models without labels.
    #[pyo3(signature = (n=5))]
    fn top(&self, n: usize) -> Vec<(String, f32)> {
        let top = self.model.card().top_labels(&self.prediction, n);
        top.into_iter().map(|(label, value)| (label.to_owned(), value)).collect()
    }

    fn __repr__(&self) -> String {
        let Prediction { model, start_s, end_s, .. } = &self.prediction;
        let value = match (self.bpm(), self.hz(), self.top(1).first()) {
            _ if self.silent() => "silent".to_owned(),
            (Some(bpm), ..) => format!("{bpm:.0} BPM"),
            (_, Some(hz), _) => format!("{hz:.1} Hz"),
            (.., Some((label, value))) => format!("{label} {value:.2}"),
            _ => "embedding".to_owned(),
        };
        format!("<earmark.Prediction {model} {start_s:.2} to {end_s:.2} s: {value}>")
    }
}
