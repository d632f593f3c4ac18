//! Function `classify`.

use std::path::Path;

use earmark_files::audio_source::AudioSource;
use earmark_files::classify::{FileClassifier, LoadedClassifier, classes_object};
use earmark_files::tag::FileProgress;
use earmark_gaia::DescriptorSet;
use pyo3::prelude::*;

use crate::arguments::{self, wrong_type};
use crate::audio_input::{ARRAY_NAME, AudioInput};
use crate::descriptors::PyDescriptors;
use crate::errors::ErrorClass;
use crate::registry::registry;

/// Classify a file, samples, a file with descriptors, or `Descriptors`, by Gaia's classifiers.
///
/// `models` are ids of added classifiers or paths of `.history` files (by default all added classifiers). The result is the
/// object that `earmark classify --format json` writes: `highlevel`, and below each classification `value`, `probability` and
/// `all`.
#[pyfunction]
#[pyo3(signature = (audio, *, sr=None, models=None, decoder=None))]
pub(crate) fn classify<'py>(
    py: Python<'py>,
    audio: &Bound<'py, PyAny>,
    sr: Option<&Bound<'py, PyAny>>,
    models: Option<&Bound<'py, PyAny>>,
    decoder: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let registry = registry(py)?;
    let names = names(models)?;
    let loaded = py.detach(|| LoadedClassifier::load_all(registry, &names));
    let loaded = loaded.map_err(|error| ErrorClass::Model.error(&error.to_string()))?;
    let classifier = FileClassifier::new(loaded).with_decoder(arguments::decoder(decoder)?);
    let (path, file) = if let Ok(descriptors) = audio.cast::<PyDescriptors>() {
        let set = DescriptorSet::from(descriptors.get().pool());
        (Path::new("<descriptors>").to_owned(), classifier.classify_descriptors(&set))
    } else {
        let input = AudioInput::new(audio, sr)?;
        match input.path() {
            Some(path) => (path.to_owned(), input.run_file(py, |progress| classifier.classify(path, progress))?),
            None => {
                let decoder = arguments::decoder(decoder)?;
                let work = |source: &mut dyn AudioSource, progress: &dyn FileProgress| {
                    classifier.classify_source(source, progress)
                };
                (Path::new(ARRAY_NAME).to_owned(), input.run(py, decoder, work)?)
            }
        }
    };
    py.import("json")?.call_method1("loads", (classes_object(&path, &file).to_string(),))
}

/// Reads the argument `models`: an id or a path, or several.
fn names(models: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<String>> {
    let expected = "an id or the path of a `.history` file";
    let name = |value: &Bound<'_, PyAny>| -> PyResult<String> {
        let path = value.extract::<std::path::PathBuf>().map_err(|_| wrong_type("a classifier", expected, value))?;
        Ok(path.to_string_lossy().into_owned())
    };
    let Some(models) = models else { return Ok(Vec::new()) };
    if let Ok(one) = name(models) {
        return Ok(vec![one]);
    }
    let items = models.try_iter().map_err(|_| wrong_type("`models`", &format!("{expected}, or several"), models))?;
    items.map(|item| name(&item?)).collect()
}
