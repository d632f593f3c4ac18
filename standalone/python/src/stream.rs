//! Live streams: blocks of samples in, predictions out.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use earmark_dsp::SampleRate;
use earmark_models::{Analyzer, ContextMode, Model, ModelError, Prediction};
use pyo3::prelude::*;

use crate::arguments;
use crate::audio_input::AudioInput;
use crate::errors::{ErrorClass, model_error};
use crate::model_argument;
use crate::prediction::PyPrediction;

/// Analyzer of one stream. The results do not depend on the sizes of the blocks.
///
/// `sr` is the sample rate in Hz, `models` are those of `tag`, and `rate` is the number of predictions per second (by
/// default that of the models for files). With `streaming`, patches have real context to their left in place of zeros.
///
/// >>> import earmark as em, numpy as np
/// >>> with em.Stream(sr=16000, models="msd-musicnn", rate=2) as stream:
/// ...     predictions = stream.push(0.1 * np.random.default_rng(1).standard_normal(4 * 16000))
/// >>> [round(p.start_s, 1) for p in predictions]
/// [0.0, 0.5, 1.0]
#[pyclass(frozen, name = "Stream", module = "earmark")]
pub(crate) struct PyStream {
    rate: SampleRate,
    models: Vec<Arc<Model>>,
    state: Mutex<StreamState>,
}

/// Analyzer of a stream that is open.
struct StreamState {
    analyzer: Option<Analyzer>,
}

impl PyStream {
    fn state(&self) -> MutexGuard<'_, StreamState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` on the analyzer while other Python threads run, and returns the predictions.
    fn analyze(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut Analyzer, &mut dyn FnMut(Prediction)) -> Result<(), ModelError> + Send,
    ) -> PyResult<Vec<PyPrediction>> {
        let result = py.detach(|| {
            let mut state = self.state();
            let Some(analyzer) = state.analyzer.as_mut() else { return Ok(None) };
            let mut found = Vec::new();
            work(analyzer, &mut |prediction| found.push(prediction)).map(|()| Some(found))
        });
        let found = result.map_err(|error| model_error(&error))?;
        let found = found.ok_or_else(|| ErrorClass::Argument.error("cannot use the stream: it is closed"))?;
        let of = |prediction: &Prediction| self.models.iter().find(|model| *model.card().id == *prediction.model);
        Ok(found
            .into_iter()
            .filter_map(|prediction| Some(PyPrediction::new(Arc::clone(of(&prediction)?), prediction)))
            .collect())
    }
}

#[pymethods]
impl PyStream {
    #[new]
    #[pyo3(signature = (*, sr, models=None, rate=None, gate=None, streaming=None))]
    fn new(
        py: Python<'_>,
        sr: &Bound<'_, PyAny>,
        models: Option<&Bound<'_, PyAny>>,
        rate: Option<&Bound<'_, PyAny>>,
        gate: Option<&Bound<'_, PyAny>>,
        streaming: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let sample_rate = arguments::sample_rate(sr)?;
        let models = model_argument::models(py, models)?;
        let per_second = arguments::positive("`rate`", rate)?;
        let context = arguments::flag("`streaming`", streaming, false)?;
        let context = if context { ContextMode::Streaming } else { ContextMode::ZeroPadded };
        let mut builder = Analyzer::builder(sample_rate).gate(arguments::gate(gate)?).context_mode(context);
        for model in &models {
            let hop_frames = per_second.map_or(model.card().hop_frames, |rate| model.card().hop_frames_at(rate));
            builder = builder.model_with_hop(Arc::clone(model), hop_frames);
        }
        let analyzer = builder.build().map_err(|error| model_error(&error))?;
        Ok(Self { rate: sample_rate, models, state: Mutex::new(StreamState { analyzer: Some(analyzer) }) })
    }

    /// Add samples, `(n,)` or `(channels, n)`, and return the predictions that they complete.
    fn push(&self, py: Python<'_>, samples: &Bound<'_, PyAny>) -> PyResult<Vec<PyPrediction>> {
        let mono = AudioInput::block(samples, self.rate)?.mono(py);
        self.analyze(py, move |analyzer, out| analyzer.push(&mono, out))
    }

    /// End the audio: return the predictions of its last frames, and start again at time 0.
    fn flush(&self, py: Python<'_>) -> PyResult<Vec<PyPrediction>> {
        self.analyze(py, |analyzer, out| analyzer.flush(out))
    }

    /// Discard what was pushed: the next sample is at time 0.
    fn reset(&self, py: Python<'_>) -> PyResult<()> {
        self.analyze(py, |analyzer, _| {
            analyzer.reset();
            Ok(())
        })
        .map(drop)
    }

    /// Free the networks of the stream. It cannot be used afterwards.
    fn close(&self) {
        self.state().analyzer = None;
    }

    #[getter]
    fn sr(&self) -> f64 {
        self.rate.hz()
    }

    #[getter]
    fn models(&self) -> Vec<String> {
        self.models.iter().map(|model| model.card().id.clone()).collect()
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (exc_type=None, exc=None, traceback=None))]
    fn __exit__(
        &self,
        exc_type: Option<&Bound<'_, PyAny>>,
        exc: Option<&Bound<'_, PyAny>>,
        traceback: Option<&Bound<'_, PyAny>>,
    ) {
        let _ = (exc_type, exc, traceback);
        self.close();
    }

    fn __repr__(&self) -> String {
        format!("<earmark.Stream {} Hz: {}>", self.rate.hz(), self.models().join(", "))
    }
}
