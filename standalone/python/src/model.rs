//! Models: their descriptions, and models of one's own.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use earmark_models::{Card, Model, ModelError};
use pyo3::prelude::*;

use crate::errors::model_error;
use crate::registry::{load, registry};

/// Description of a model.
#[pyclass(frozen, name = "ModelInfo", module = "earmark")]
#[derive(Debug, Clone)]
pub(crate) struct PyModelInfo {
    card: Card,
    #[pyo3(get)]
    builtin: bool,
}

#[pymethods]
impl PyModelInfo {
    #[getter]
    fn id(&self) -> &str {
        &self.card.id
    }

    #[getter]
    fn name(&self) -> &str {
        &self.card.name
    }

    #[getter]
    fn kind(&self) -> &str {
        if self.card.takes_descriptors { "classifier" } else { self.card.kind.name() }
    }

    #[getter]
    fn labels(&self) -> Vec<String> {
        self.card.labels.clone()
    }

    #[getter]
    fn embedding(&self) -> Option<usize> {
        self.card.embedding
    }

    #[getter]
    fn front_end(&self) -> &str {
        self.card.front_end.name()
    }

    #[getter]
    fn sample_rate(&self) -> f64 {
        self.card.front_end.rate().hz()
    }

    #[getter]
    fn patch_frames(&self) -> usize {
        self.card.patch_frames
    }

    #[getter]
    fn hop_frames(&self) -> usize {
        self.card.hop_frames
    }

    #[getter]
    fn patch_s(&self) -> f64 {
        self.card.context_s()
    }

    #[getter]
    fn hop_s(&self) -> f64 {
        self.card.front_end.rate().seconds((self.card.hop_frames * self.card.front_end.hop()) as u64)
    }

    #[getter]
    fn head_of(&self) -> Option<&str> {
        self.card.head_of.as_deref()
    }

    #[getter]
    fn licence(&self) -> &str {
        &self.card.licence
    }

    #[getter]
    fn source(&self) -> &str {
        &self.card.source
    }

    #[getter]
    fn citation(&self) -> &str {
        &self.card.citation
    }

    #[getter]
    fn description(&self) -> &str {
        &self.card.description
    }

    #[getter]
    fn sha256(&self) -> &str {
        &self.card.sha256
    }

    #[getter]
    fn assumed(&self) -> Vec<String> {
        self.card.assumed.clone()
    }

    fn __repr__(&self) -> String {
        let (id, kind, licence) = (&self.card.id, self.kind(), &self.card.licence);
        format!("<earmark.ModelInfo {id}: {kind}, {} labels, {licence}>", self.card.labels.len())
    }
}

/// Model that is loaded: an installed one, or a network file with a card.
#[pyclass(frozen, name = "Model", module = "earmark")]
#[derive(Debug)]
pub(crate) struct PyModel {
    pub(crate) model: Arc<Model>,
}

#[pymethods]
impl PyModel {
    /// Load a model: an installed one by its id, or an ONNX file with its card (TOML).
    ///
    /// A card has the form of the files `card.toml` that `earmark models add` writes. By default it is beside the network,
    /// under the same name with the ending `.toml`.
    ///
    /// >>> import earmark as em
    /// >>> em.Model.load("msd-musicnn").info.labels[:3]
    /// ['rock', 'pop', 'alternative']
    #[staticmethod]
    #[pyo3(signature = (model, card=None))]
    fn load(py: Python<'_>, model: &Bound<'_, PyAny>, card: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let is_path = model.hasattr("__fspath__")?;
        let path = crate::arguments::path("a model", Some(model))?.unwrap_or_default();
        let card = crate::arguments::path("`card`", card)?;
        let is_network = is_path || card.is_some() || path.extension().is_some_and(|extension| extension == "onnx");
        if !is_network {
            let id = model.extract::<String>()?;
            return Ok(Self { model: load(py, registry(py)?, &id)? });
        }
        let registry = registry(py)?;
        let card = card.unwrap_or_else(|| path.with_extension("toml"));
        let model = py.detach(|| read(registry, &path, &card)).map_err(|error| model_error(&error))?;
        Ok(Self { model: Arc::new(model) })
    }

    #[getter]
    fn info(&self, py: Python<'_>) -> PyResult<PyModelInfo> {
        let card = self.model.card();
        Ok(PyModelInfo { builtin: registry(py)?.is_builtin(&card.id), card: card.clone() })
    }

    #[getter]
    fn id(&self) -> &str {
        &self.model.card().id
    }

    fn __repr__(&self) -> String {
        format!("<earmark.Model {}>", self.model.card().id)
    }
}

/// Reads a network file and its card. A head gets the installed base model that its card names.
fn read(registry: &'static earmark_models::Registry, network: &Path, card: &Path) -> Result<Model, ModelError> {
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |error: std::io::Error| ModelError::File { path, why: error.to_string() }
    };
    let text = fs::read_to_string(card).map_err(failed(card))?;
    let onnx = fs::read(network).map_err(failed(network))?;
    let card = Card::from_toml_with(text.trim_start_matches('\u{feff}'), |of| registry.base(of))?;
    let base = card.head_of.as_deref().and_then(|of| registry.base(of)).map(|base| registry.load(&base.id));
    let model = Model::from_onnx(card, &onnx)?;
    match base {
        Some(base) => model.with_base(base?),
        None => Ok(model),
    }
}

/// List the installed models: built-in ones, those of installed packages, and those that `earmark models add` added.
///
/// >>> import earmark as em
/// >>> [model.id for model in em.models()][:2]
/// ['msd-musicnn', 'mtt-musicnn']
#[pyfunction]
pub(crate) fn models(py: Python<'_>) -> PyResult<Vec<PyModelInfo>> {
    let registry = registry(py)?;
    registry.refresh();
    let info = |card: &Card| PyModelInfo { builtin: registry.is_builtin(&card.id), card: card.clone() };
    Ok(registry.cards().into_iter().map(info).collect())
}

/// Returns the folder of the models that the user added.
#[pyfunction]
pub(crate) fn models_folder(py: Python<'_>) -> PyResult<Option<PathBuf>> {
    Ok(registry(py)?.folder().cloned())
}
