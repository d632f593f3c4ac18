//! Embeddings of a file or array, and the function `embed`.

use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use earmark_files::analyzed_file::AnalyzedFile;
use earmark_files::audio_source::AudioSource;
use earmark_files::embeddings::{Embedder, FileEmbeddings};
use earmark_files::error::FileError;
use earmark_files::hop::Hop;
use earmark_files::path_text::PathText;
use earmark_files::provenance::Provenance;
use earmark_files::tag::FileProgress;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCapsule};
use serde::{Deserialize, Serialize};

use crate::arguments;
use crate::arrow_stream;
use crate::audio_input::{ARRAY_NAME, AudioInput};
use crate::errors::{ErrorClass, file_error};
use crate::frames::data_frame;
use crate::json_dict::dict;
use crate::model_argument;
use crate::patch_table::{self, PatchRows};
use crate::registry::{load, registry};
use crate::shared_values::SharedValues;
use crate::threads;

/// Model of a call that names none.
const DEFAULT_MODEL: &str = "msd-musicnn";

/// Embeddings of one file or array: one row per patch.
#[pyclass(frozen, name = "Embedding", module = "earmark")]
#[derive(Debug)]
pub(crate) struct PyEmbedding {
    path: String,
    model: String,
    width: usize,
    origin: EmbeddingOrigin,
    spans: [SharedValues; 2],
    silent: SharedValues,
    values: SharedValues,
}

/// File and origin of embeddings.
#[derive(Debug, Default, Serialize, Deserialize)]
struct EmbeddingOrigin {
    file: Option<AnalyzedFile>,
    provenance: Option<Provenance>,
}

impl PyEmbedding {
    /// Creates the columns of embeddings. A row of NaN is silent.
    pub(crate) fn new(embeddings: FileEmbeddings, provenance: Provenance) -> Self {
        let FileEmbeddings { path, file, model, width, spans, values, .. } = embeddings;
        let (start, end) = spans.into_iter().unzip();
        let origin = EmbeddingOrigin { file, provenance: Some(provenance) };
        Self::of_columns(PathText::new(&path).path, model, width, origin, [start, end], values)
    }

    fn of_columns(
        path: String,
        model: String,
        width: usize,
        origin: EmbeddingOrigin,
        spans: [Vec<f64>; 2],
        values: Vec<f32>,
    ) -> Self {
        let silent = values.chunks_exact(width.max(1)).map(|row| row.first().is_some_and(|value| value.is_nan()));
        Self {
            path,
            model,
            width,
            origin,
            silent: SharedValues::flags(silent),
            spans: spans.map(SharedValues::times),
            values: SharedValues::rows(values, width),
        }
    }

    /// Returns the rows as a table, which shares the memory of the values.
    pub(crate) fn batch(&self) -> PyResult<RecordBatch> {
        let (path, model, width) = (&*self.path, &*self.model, self.width);
        let (spans, silent, values) = (&self.spans, &self.silent, &self.values);
        let origin = self.origin.provenance.as_ref();
        patch_table::batch(&PatchRows { path, model, origin, labels: &[], spans, silent, values, width })
    }
}

#[pymethods]
impl PyEmbedding {
    #[getter]
    fn path(&self) -> &str {
        &self.path
    }

    #[getter]
    fn model(&self) -> &str {
        &self.model
    }

    /// Return facts about the file, such as its size and codec; None for samples.
    #[getter]
    fn file<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.origin.file.as_ref().map(|file| dict(py, file)).transpose()
    }

    /// Return the program, model and settings of the embeddings.
    #[getter]
    fn provenance<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.origin.provenance.as_ref().map(|origin| dict(py, origin)).transpose()
    }

    #[getter]
    fn values(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.values.view(py)
    }

    #[getter]
    fn start(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.spans[0].view(py)
    }

    #[getter]
    fn end(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.spans[1].view(py)
    }

    #[getter]
    fn silent(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.silent.view(py)
    }

    /// Return the values as a data frame of pandas, which must be installed.
    fn to_pandas<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        data_frame("to_pandas", slf.as_any())
    }

    /// Return the values as a data frame of polars, which must be installed.
    fn to_polars<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        data_frame("to_polars", slf.as_any())
    }

    fn __len__(&self) -> usize {
        self.silent.len()
    }

    fn __repr__(&self) -> String {
        format!("<earmark.Embedding {} {}: {} x {}>", self.path, self.model, self.silent.len(), self.width)
    }

    #[expect(clippy::type_complexity, reason = "state of a pickle")]
    fn __reduce__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyAny>, (String, String, usize, Vec<f64>, Vec<f64>, Bound<'py, PyBytes>, String))> {
        let times = |times: &SharedValues| times.buffer::<f64>().to_vec();
        let bytes: Vec<u8> = self.values.numbers().iter().flat_map(|value| value.to_le_bytes()).collect();
        let (start, end) = (times(&self.spans[0]), times(&self.spans[1]));
        let origin =
            serde_json::to_string(&self.origin).map_err(|error| ErrorClass::Argument.error(&error.to_string()))?;
        let state = (self.path.clone(), self.model.clone(), self.width, start, end, PyBytes::new(py, &bytes), origin);
        Ok((py.import("earmark._native")?.getattr("_embedding")?, state))
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        arrow_stream::capsule(py, self.batch()?)
    }
}

/// Restore pickled embeddings.
#[pyfunction]
#[pyo3(name = "_embedding")]
pub(crate) fn restore_embedding(
    path: String,
    model: String,
    width: usize,
    start: Vec<f64>,
    end: Vec<f64>,
    values: &[u8],
    origin: &str,
) -> PyResult<PyEmbedding> {
    let values = values.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let origin = serde_json::from_str(origin).map_err(|error| ErrorClass::Argument.error(&error.to_string()))?;
    Ok(PyEmbedding::of_columns(path, model, width, origin, [start, end], values))
}

/// Returns an extractor of embeddings with these arguments; silence gives rows of NaN.
pub(crate) fn embedder(
    py: Python<'_>,
    model: Option<&Bound<'_, PyAny>>,
    hop_frames: Option<&Bound<'_, PyAny>>,
    gate: Option<&Bound<'_, PyAny>>,
    mean: Option<&Bound<'_, PyAny>>,
    decoder: Option<&Bound<'_, PyAny>>,
) -> PyResult<Embedder> {
    let registry = registry(py)?;
    let model = match model {
        Some(model) => model_argument::model(py, model)?,
        None => load(py, registry, DEFAULT_MODEL)?,
    };
    Ok(Embedder {
        hop: arguments::count("`hop_frames`", hop_frames)?.map(Hop::Frames),
        gate: arguments::gate(gate)?,
        mean: arguments::flag("`mean`", mean, false)?,
        silent_rows: true,
        decoder: arguments::decoder(decoder)?,
        ..Embedder::new(model, registry).map_err(|error| file_error(None, &error))?
    })
}

/// Embed a file, or samples in a NumPy array: one vector per patch of about three seconds.
///
/// Rows of silence are NaN (`silent` marks them). With `mean`, there is one row, the mean of all others. Audio that is
/// shorter than one patch raises `TooShortError`, or gives no rows with `strict=False`. The other arguments are those of
/// `tag`.
///
/// >>> import earmark as em
/// >>> embedding = em.embed(tune)
/// >>> embedding.values.shape, embedding.values.dtype
/// ((3, 200), dtype('float32'))
/// >>> em.embed(tune, mean=True).values.shape
/// (1, 200)
#[pyfunction]
#[pyo3(signature = (audio, *, sr=None, model=None, hop_frames=None, gate=None, mean=None, strict=None, decoder=None, offset=None, duration=None))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
pub(crate) fn embed(
    py: Python<'_>,
    audio: &Bound<'_, PyAny>,
    sr: Option<&Bound<'_, PyAny>>,
    model: Option<&Bound<'_, PyAny>>,
    hop_frames: Option<&Bound<'_, PyAny>>,
    gate: Option<&Bound<'_, PyAny>>,
    mean: Option<&Bound<'_, PyAny>>,
    strict: Option<&Bound<'_, PyAny>>,
    decoder: Option<&Bound<'_, PyAny>>,
    offset: Option<&Bound<'_, PyAny>>,
    duration: Option<&Bound<'_, PyAny>>,
) -> PyResult<PyEmbedding> {
    let input = AudioInput::new(audio, sr)?;
    let excerpt = input.excerpt(offset, duration)?;
    let embedder =
        Embedder { threads: threads::of_one_file(), ..embedder(py, model, hop_frames, gate, mean, decoder)? };
    let strict = arguments::flag("`strict`", strict, true)?;
    let name = input.path().map_or_else(|| PathBuf::from(ARRAY_NAME), Path::to_owned);
    let work = |source: &mut dyn AudioSource, progress: &dyn FileProgress| match embedder
        .embed_source(&name, source, progress)
    {
        Err(FileError::TooShort { .. }) if !strict => Ok(None),
        result => result.map(Some),
    };
    let found = input.run_excerpt(py, embedder.decoder, excerpt, work)?;
    let card = embedder.model.card();
    let width = card.embedding.unwrap_or(0);
    let provenance = excerpt.add_to(embedder.provenance());
    Ok(match found {
        Some(found) => PyEmbedding::new(found, provenance),
        None => {
            let origin = EmbeddingOrigin { file: None, provenance: Some(provenance) };
            let name = PathText::new(&name).path;
            PyEmbedding::of_columns(name, card.id.clone(), width, origin, Default::default(), Vec::new())
        }
    })
}
