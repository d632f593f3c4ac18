//! Audio files of a batch in an object of Python.

use std::io;
use std::path::PathBuf;

use earmark_batch::{FetchedTrack, FileVersion, LocalInputs, PlannedFile, TrackInputs};
use earmark_files::path_text::PathText;
use pyo3::prelude::*;

use crate::batch_store::io_error;
use crate::errors::ErrorClass;

/// Object of Python with the methods `fetch(path, local_path)` and `stamp(path)`.
struct PythonInputs(Py<PyAny>);

/// Returns the files of an argument: an object, or None for local folders.
pub(crate) fn inputs(argument: &Bound<'_, PyAny>, roots: &[String]) -> PyResult<Box<dyn TrackInputs>> {
    if argument.is_none() {
        let roots: Vec<PathBuf> = roots.iter().map(PathBuf::from).collect();
        let inputs = LocalInputs::new(&roots).map_err(|error| ErrorClass::Batch.error(&error.to_string()))?;
        return Ok(Box::new(inputs));
    }
    Ok(Box::new(PythonInputs(argument.clone().unbind())))
}

impl TrackInputs for PythonInputs {
    fn fetch(&self, file: &PlannedFile) -> io::Result<FetchedTrack> {
        // A copy of the same name: formats are recognized by content, and descriptors state the name.
        let folder = tempfile::tempdir()?;
        let name = file.path.path.rsplit('/').next().unwrap_or_default().to_owned();
        let path = folder.path().join(name);
        Python::attach(|py| {
            let fetched = self.0.bind(py).call_method1("fetch", (&file.path.path, &path));
            fetched.map(drop).map_err(|error| io_error(py, &error))
        })?;
        let got = path.metadata()?.len();
        if got != file.size_bytes {
            let expected = file.size_bytes;
            let message = format!("the file changed since it was planned (expected {expected} bytes, got {got} bytes)");
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(FetchedTrack { path, copy: Some(folder) })
    }

    fn stamp(&self, path: &PathText) -> io::Result<FileVersion> {
        let (size_bytes, version) = Python::attach(|py| {
            let found = self.0.bind(py).call_method1("stamp", (&path.path,)).and_then(|found| found.extract());
            found.map_err(|error| io_error(py, &error))
        })?;
        Ok(FileVersion { size_bytes, version })
    }
}
