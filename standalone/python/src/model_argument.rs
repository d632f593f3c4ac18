//! Models as arguments of functions.

use std::sync::Arc;

use earmark_models::Model;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::arguments::{wrong_type, wrong_value};
use crate::model::PyModel;
use crate::registry::{load, registry};

/// Models of a call that names none, as far as they are installed.
const DEFAULT_MODELS: [&str; 2] = ["msd-musicnn", "tempocnn-deepsquare-k8"];
/// Models that functions take.
const EXPECTED: &str = "an id, a Model, or a sequence of them";

/// Loads the models of an argument: one, several, or by default those of `earmark tag` that are installed.
pub(crate) fn models(py: Python<'_>, value: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<Arc<Model>>> {
    let registry = registry(py)?;
    let mut models: Vec<Arc<Model>> = Vec::new();
    match value {
        None => {
            let installed = DEFAULT_MODELS.into_iter().filter(|id| registry.card(id).is_some());
            for id in installed {
                models.push(load(py, registry, id)?);
            }
        }
        Some(value) if value.is_instance_of::<PyString>() || value.is_instance_of::<PyModel>() => {
            models.push(model(py, value)?);
        }
        Some(value) => {
            let items = value.try_iter().map_err(|_| wrong_type("`models`", EXPECTED, value))?;
            for item in items {
                let model = model(py, &item?)?;
                if !models.iter().any(|known| known.card().id == model.card().id) {
                    models.push(model);
                }
            }
            if models.is_empty() {
                return Err(wrong_value("`models`", "at least one model", "none"));
            }
        }
    }
    Ok(models)
}

/// Loads one model of an argument.
pub(crate) fn model(py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<Arc<Model>> {
    if let Ok(model) = value.cast::<PyModel>() {
        return Ok(Arc::clone(&model.get().model));
    }
    let Ok(id) = value.extract::<String>() else { return Err(wrong_type("a model", "an id or a Model", value)) };
    load(py, registry(py)?, &id)
}
