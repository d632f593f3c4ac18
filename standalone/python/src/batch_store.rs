//! Store of a batch in an object of Python.

use std::io;

use earmark_batch::{LocalStore, ObjectStore, StoredObject};
use pyo3::exceptions::{PyFileExistsError, PyFileNotFoundError, PyPermissionError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

/// Object of Python with the methods of a store, which raise `FileNotFoundError` for a missing object.
#[derive(Debug)]
struct PythonStore {
    object: Py<PyAny>,
    address: String,
}

/// Returns the store of an argument: a path of a local folder, or an object.
pub(crate) fn store(argument: &Bound<'_, PyAny>) -> PyResult<Box<dyn ObjectStore>> {
    if argument.is_instance_of::<PyString>() || argument.hasattr("__fspath__")? {
        return Ok(Box::new(LocalStore::new(argument.extract::<std::path::PathBuf>()?)));
    }
    let address = argument.call_method0("address")?.extract()?;
    Ok(Box::new(PythonStore { object: argument.clone().unbind(), address }))
}

/// Returns the error of the system that an exception is.
pub(crate) fn io_error(py: Python<'_>, error: &PyErr) -> io::Error {
    let kind = if error.is_instance_of::<PyFileNotFoundError>(py) {
        io::ErrorKind::NotFound
    } else if error.is_instance_of::<PyFileExistsError>(py) {
        io::ErrorKind::AlreadyExists
    } else if error.is_instance_of::<PyPermissionError>(py) {
        io::ErrorKind::PermissionDenied
    } else {
        io::ErrorKind::Other
    };
    let text = error.to_string();
    io::Error::new(kind, text.lines().collect::<Vec<_>>().join(" "))
}

impl PythonStore {
    /// Calls a method, and converts its result.
    fn call<T>(&self, work: impl for<'py> FnOnce(&Bound<'py, PyAny>) -> PyResult<T>) -> io::Result<T> {
        Python::attach(|py| work(self.object.bind(py)).map_err(|error| io_error(py, &error)))
    }
}

impl ObjectStore for PythonStore {
    fn address(&self) -> String {
        self.address.clone()
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        self.call(|object| {
            let data = object.call_method1("read", (name,))?;
            Ok(data.cast::<PyBytes>()?.as_bytes().to_vec())
        })
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        self.call(|object| object.call_method1("exists", (name,))?.extract())
    }

    fn list(&self, folder: &str) -> io::Result<Vec<StoredObject>> {
        let found: Vec<(String, u64)> = self.call(|object| object.call_method1("list", (folder,))?.extract())?;
        Ok(found.into_iter().map(|(name, size_bytes)| StoredObject { name, size_bytes }).collect())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.call(|object| object.call_method1("write", (name, PyBytes::new(object.py(), bytes))).map(drop))
    }

    fn create(&self, name: &str, bytes: &[u8]) -> io::Result<bool> {
        self.call(|object| object.call_method1("create", (name, PyBytes::new(object.py(), bytes)))?.extract())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.call(|object| object.call_method1("remove", (name,)).map(drop))
    }

    fn sweep(&self, _: &str) -> io::Result<usize> {
        // Objects are written whole: there are no temporary ones.
        Ok(0)
    }
}
