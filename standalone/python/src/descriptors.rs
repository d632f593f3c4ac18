//! Descriptors of a file or array, and the function `extract`.

use earmark_descriptors::{Pool, Selection, Value};
use earmark_files::audio_source::AudioSource;
use earmark_files::extract::{Description, ExtractSettings, FileExtractor, to_json};
use earmark_files::tag::FileProgress;
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

use crate::arguments::{self, wrong_type};
use crate::audio_input::AudioInput;
use crate::errors::ErrorClass;
use crate::shared_values::SharedValues;

/// Descriptors of one file, array or window, by their names.
#[pyclass(frozen, name = "Descriptors", module = "earmark", mapping)]
#[derive(Debug)]
pub(crate) struct PyDescriptors {
    description: Description,
}

impl PyDescriptors {
    /// Returns the values.
    pub(crate) fn pool(&self) -> &Pool {
        &self.description.pool
    }
}

#[pymethods]
impl PyDescriptors {
    #[getter]
    fn names(&self) -> Vec<String> {
        self.pool().iter().map(|(name, _)| name.to_owned()).collect()
    }

    #[getter]
    fn silent(&self) -> bool {
        self.pool().condition.silent
    }

    #[getter]
    fn too_short_for(&self) -> Vec<String> {
        self.pool().condition.too_short_for.clone()
    }

    #[getter]
    fn window_s(&self) -> Option<(f64, f64)> {
        self.description.window_s
    }

    /// Return the object that `earmark extract` writes.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let text = serde_json::Value::Object(to_json(self.pool())).to_string();
        py.import("json")?.call_method1("loads", (text,))
    }

    fn __getitem__<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let array =
            |values: Vec<f64>, shape| SharedValues::doubles(values, shape).view(py).map(|array| array.into_bound(py));
        match self.pool().get(name) {
            None => Err(PyKeyError::new_err(format!("no descriptor (expected one of `names`, got {name})"))),
            Some(Value::Null) => Ok(None),
            Some(Value::Number(number)) => Ok(Some(number.into_pyobject(py)?.into_any())),
            Some(Value::Vector(vector)) => array(vector.clone(), vec![vector.len()]).map(Some),
            Some(Value::Matrix(rows)) => {
                array(rows.concat(), vec![rows.len(), rows.first().map_or(0, Vec::len)]).map(Some)
            }
            Some(Value::Text(text)) => Ok(Some(PyString::new(py, text).into_any())),
            Some(Value::Texts(texts)) => Ok(Some(PyList::new(py, texts)?.into_any())),
        }
    }

    fn __contains__(&self, name: &Bound<'_, PyAny>) -> bool {
        name.extract::<String>().is_ok_and(|name| self.pool().get(&name).is_some())
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(PyList::new(py, self.names())?.try_iter()?.into_any())
    }

    fn __len__(&self) -> usize {
        self.pool().len()
    }

    fn __repr__(&self) -> String {
        format!("<earmark.Descriptors of {} names>", self.pool().len())
    }
}

/// Compute the descriptors of Essentia's MusicExtractor: loudness, spectrum, rhythm, key, chords.
///
/// `only` are names of descriptors or groups (by default all), `profile` is a file with options (YAML), and `compat` gives
/// Essentia's values where it errs. With `window_s`, the result is a list: one for each window of that many seconds.
///
/// >>> import earmark as em
/// >>> found = em.extract(tune, only=["rhythm.bpm", "tonal.key_edma"])
/// >>> sorted(found)[0], type(found["rhythm.bpm"])
/// ('rhythm.bpm', <class 'float'>)
#[pyfunction]
#[pyo3(signature = (audio, *, sr=None, only=None, window_s=None, compat=None, profile=None, decoder=None))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
pub(crate) fn extract<'py>(
    py: Python<'py>,
    audio: &Bound<'py, PyAny>,
    sr: Option<&Bound<'py, PyAny>>,
    only: Option<&Bound<'py, PyAny>>,
    window_s: Option<&Bound<'py, PyAny>>,
    compat: Option<&Bound<'py, PyAny>>,
    profile: Option<&Bound<'py, PyAny>>,
    decoder: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let input = AudioInput::new(audio, sr)?;
    let mut settings = match arguments::path("`profile`", profile)? {
        Some(path) => ExtractSettings::read(&path)
            .map_err(|error| ErrorClass::Argument.error(&format!("{}: {error}", path.display())))?,
        None => ExtractSettings::default(),
    };
    settings.profile.essentia_compatible |= arguments::flag("`compat`", compat, false)?;
    let selection = Selection::new(&names(only)?).map_err(|error| ErrorClass::Argument.error(&error.to_string()))?;
    let window_s = arguments::positive("`window_s`", window_s)?;
    let extractor = FileExtractor { settings, selection, window_s, decoder: arguments::decoder(decoder)? };
    let file = match input.path() {
        // With the tags of the file.
        Some(path) => input.run_file(py, |progress| extractor.extract(path, progress))?,
        None => input.run(py, extractor.decoder, |source: &mut dyn AudioSource, progress: &dyn FileProgress| {
            extractor.extract_source(source, progress)
        })?,
    };
    let found: Vec<_> = file.descriptions.into_iter().map(|description| PyDescriptors { description }).collect();
    if window_s.is_some() {
        return Ok(found.into_pyobject(py)?.into_any());
    }
    match found.into_iter().next() {
        Some(first) => Ok(Bound::new(py, first)?.into_any()),
        None => Err(ErrorClass::AudioFile.error("no audio")),
    }
}

/// Reads the argument `only`: a name, or several.
fn names(only: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<String>> {
    let Some(only) = only else { return Ok(Vec::new()) };
    if let Ok(name) = only.extract::<String>() {
        return Ok(vec![name]);
    }
    only.extract().map_err(|_| wrong_type("`only`", "a name, or a list of names", only))
}
