//! Function `separate`.

use std::fs;
use std::path::{Path, PathBuf};

use earmark_files::audio_source::AudioSource;
use earmark_files::separate::FileSeparator;
use earmark_files::tag::FileProgress;
use earmark_separate::{StemModel, two_stems_of, user_models};
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::arguments::{self, wrong_type, wrong_value};
use crate::audio_input::AudioInput;
use crate::errors::ErrorClass;
use crate::registry::{package_folders, registry};
use crate::shared_values::SharedValues;

/// Group of the entry points of packages of stem models.
const STEMS_GROUP: &str = "earmark.stems";
/// Package with Spleeter's model of two stems.
const PACKAGE: &str = "the package earmark-spleeter: pip install earmark[stems]";

/// Stems of one file or array, by their names.
#[pyclass(frozen, name = "Stems", module = "earmark", mapping)]
#[derive(Debug)]
pub(crate) struct PyStems {
    stems: Vec<(String, SharedValues)>,
    #[pyo3(get)]
    sample_rate_hz: f64,
    #[pyo3(get)]
    sanitized_samples: u64,
}

#[pymethods]
impl PyStems {
    /// Return the names of the stems.
    fn keys(&self) -> Vec<String> {
        self.stems.iter().map(|(name, _)| name.clone()).collect()
    }

    fn __getitem__(&self, py: Python<'_>, name: &str) -> PyResult<Py<PyAny>> {
        let found = self.stems.iter().find(|(stem, _)| stem == name);
        let names = || self.keys().join(", ");
        let no_stem = || PyKeyError::new_err(format!("no stem (expected one of {}, got {name})", names()));
        found.ok_or_else(no_stem)?.1.view(py)
    }

    fn __contains__(&self, name: &Bound<'_, PyAny>) -> bool {
        name.extract::<String>().is_ok_and(|name| self.stems.iter().any(|(stem, _)| *stem == name))
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(PyList::new(py, self.keys())?.try_iter()?.into_any())
    }

    fn __len__(&self) -> usize {
        self.stems.len()
    }

    fn __repr__(&self) -> String {
        format!("<earmark.Stems {} at {} Hz>", self.keys().join(", "), self.sample_rate_hz)
    }
}

/// Separate a file, or samples in a NumPy array, into stems that add up to it: vocals and accompaniment.
///
/// Each stem has the rate and the length of the audio, as float32 `(channels, n)`. It needs the package `earmark-spleeter`, or
/// `model`, the id of a model of stems that `earmark models add` added. `stems` are the names of those that are returned (by
/// default all), `eco` takes half of the time, `exact` computes what Spleeter computes, `level=False` does not scale quiet or loud
/// audio before the networks, and `downmix` separates the mono mix of more than two channels.
#[pyfunction]
#[pyo3(signature = (audio, *, sr=None, stems=None, model=None, eco=None, exact=None, level=None, downmix=None, decoder=None))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
pub(crate) fn separate(
    py: Python<'_>,
    audio: &Bound<'_, PyAny>,
    sr: Option<&Bound<'_, PyAny>>,
    stems: Option<&Bound<'_, PyAny>>,
    model: Option<&Bound<'_, PyAny>>,
    eco: Option<&Bound<'_, PyAny>>,
    exact: Option<&Bound<'_, PyAny>>,
    level: Option<&Bound<'_, PyAny>>,
    downmix: Option<&Bound<'_, PyAny>>,
    decoder: Option<&Bound<'_, PyAny>>,
) -> PyResult<PyStems> {
    let input = AudioInput::new(audio, sr)?;
    let mut separator = FileSeparator::new(stem_model(py, arguments::text("`model`", model)?)?);
    separator.eco = arguments::flag("`eco`", eco, false)?;
    separator.exact = arguments::flag("`exact`", exact, false)?;
    separator.level = arguments::flag("`level`", level, true)?;
    separator.downmix = arguments::flag("`downmix`", downmix, false)?;
    separator.decoder = arguments::decoder(decoder)?;
    if let Some(stems) = stems {
        separator.stems = chosen(&separator.model, stems)?;
    }
    let count = separator.stems.len();
    let work = |source: &mut dyn AudioSource, progress: &dyn FileProgress| {
        let mut found: Vec<Vec<Vec<f32>>> = vec![Vec::new(); count];
        let (rate, sanitized) = separator.separate_source(source, progress, &mut |blocks| {
            for (stem, block) in found.iter_mut().zip(blocks) {
                stem.resize(block.len(), Vec::new());
                stem.iter_mut().zip(*block).for_each(|(channel, samples)| channel.extend_from_slice(samples));
            }
            Ok(())
        })?;
        Ok((found, rate, sanitized))
    };
    let (found, sample_rate_hz, sanitized_samples) = input.run(py, separator.decoder, work)?;
    let names = separator.stems.iter().map(|&stem| separator.model.stems()[stem].clone());
    let array = |channels: Vec<Vec<f32>>| {
        let shape = vec![channels.len(), channels.first().map_or(0, Vec::len)];
        SharedValues::floats(channels.concat(), shape)
    };
    Ok(PyStems { stems: names.zip(found.into_iter().map(array)).collect(), sample_rate_hz, sanitized_samples })
}

/// Loads the model of stems with this id, or that of the installed package.
fn stem_model(py: Python<'_>, id: Option<String>) -> PyResult<StemModel> {
    let failed = |error: earmark_separate::SeparateError| ErrorClass::Model.error(&error.to_string());
    if let Some(id) = id {
        let Some(folder) = registry(py)?.folder() else {
            return Err(wrong_value("`model`", "a folder of added models", "none on this machine"));
        };
        return py.detach(|| user_models::load(folder, &id)).map_err(failed);
    }
    let Some(folder) = package_folders(py, STEMS_GROUP)?.into_iter().next() else {
        return Err(
            ErrorClass::Model.error(&format!("cannot separate: no model of stems (expected {PACKAGE}, got none)"))
        );
    };
    let part = |name: &str| -> PyResult<(String, Vec<u8>)> {
        let path = |end: &str| -> PathBuf { folder.join(format!("{name}.{end}")) };
        let failed = |path: &Path, error: std::io::Error| {
            ErrorClass::Model.error(&format!("cannot read {}: {error}", path.display()))
        };
        let (card, network) = (path("toml"), path("onnx"));
        let text = fs::read_to_string(&card).map_err(|error| failed(&card, error))?;
        Ok((text, fs::read(&network).map_err(|error| failed(&network, error))?))
    };
    let (vocals, accompaniment) = (part("vocals")?, part("accompaniment")?);
    let load = || two_stems_of((&vocals.0, vocals.1), (&accompaniment.0, accompaniment.1));
    py.detach(load).map_err(failed)
}

/// Returns the indices of the stems with these names.
fn chosen(model: &StemModel, stems: &Bound<'_, PyAny>) -> PyResult<Vec<usize>> {
    let names = model.stems();
    let expected = format!("one or more of {}", names.join(", "));
    let given = match stems.extract::<String>() {
        Ok(name) => vec![name],
        Err(_) => stems.extract::<Vec<String>>().map_err(|_| wrong_type("`stems`", &expected, stems))?,
    };
    let unknown = given.iter().find(|name| !names.contains(name));
    match unknown.map(String::as_str).or(given.is_empty().then_some("none")) {
        Some(unknown) => Err(wrong_value("`stems`", &expected, unknown)),
        None => Ok((0..names.len()).filter(|&stem| given.contains(&names[stem])).collect()),
    }
}
