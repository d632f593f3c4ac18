//! Models of this process: the built-in ones, those of installed packages, and those that the user added.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use earmark_models::{Model, Registry, user_models};
use pyo3::prelude::*;

use crate::errors::model_error;

/// Group of the entry points of packages of models.
const MODELS_GROUP: &str = "earmark.models";

/// Returns the folders of the installed packages in a group of entry points.
pub(crate) fn package_folders(py: Python<'_>, group: &str) -> PyResult<Vec<PathBuf>> {
    py.import("earmark._packages")?.call_method1("folders", (group,))?.extract()
}

/// Returns the registry of this process, and finds the installed packages with the first call.
pub(crate) fn registry(py: Python<'_>) -> PyResult<&'static Registry> {
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    if let Some(registry) = REGISTRY.get() {
        return Ok(registry);
    }
    let packages = package_folders(py, MODELS_GROUP)?;
    Ok(REGISTRY.get_or_init(|| Registry::with_packages(packages, user_models::default_dir())))
}

/// Loads a model by its id.
pub(crate) fn load(py: Python<'_>, registry: &'static Registry, id: &str) -> PyResult<Arc<Model>> {
    py.detach(|| registry.load(id)).map_err(|error| model_error(&error))
}
