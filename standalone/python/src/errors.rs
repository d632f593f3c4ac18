//! Errors as exceptions of the package.

use std::path::Path;

use earmark_capture::decode::DecodeError;
use earmark_dsp::DspError;
use earmark_files::error::FileError;
use earmark_models::ModelError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyModule;

/// Class of an exception, by its name in `earmark._errors`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorClass {
    Argument,
    ArgumentType,
    AudioFile,
    AudioFileNotFound,
    Batch,
    Model,
    Output,
    Silent,
    TooShort,
    Training,
}

impl ErrorClass {
    fn name(self) -> &'static str {
        match self {
            Self::Argument => "ArgumentError",
            Self::ArgumentType => "ArgumentTypeError",
            Self::AudioFile => "AudioFileError",
            Self::AudioFileNotFound => "AudioFileNotFoundError",
            Self::Batch => "BatchError",
            Self::Model => "ModelError",
            Self::Output => "OutputError",
            Self::Silent => "SilentError",
            Self::TooShort => "TooShortError",
            Self::Training => "TrainingError",
        }
    }

    /// Creates an exception of this class with a message of one line.
    pub(crate) fn error(self, message: &str) -> PyErr {
        Python::attach(|py| self.exception(py, message, |_| Ok(())).unwrap_or_else(|error| error))
    }

    fn exception(
        self,
        py: Python<'_>,
        message: &str,
        complete: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<()>,
    ) -> PyResult<PyErr> {
        static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
        let module = MODULE.get_or_try_init(py, || py.import("earmark._errors").map(Bound::unbind))?;
        let line = message.lines().collect::<Vec<_>>().join(" ");
        let exception = module.bind(py).getattr(self.name())?.call1((line,))?;
        complete(&exception)?;
        Ok(PyErr::from_value(exception))
    }
}

/// Returns the exception for an argument: `expected` and `got` are also its attributes.
pub(crate) fn argument_error(class: ErrorClass, what: &str, expected: &str, got: &str) -> PyErr {
    Python::attach(|py| {
        let message = format!("cannot use {what} (expected {expected}, got {got})");
        let complete = |exception: &Bound<'_, PyAny>| {
            exception.setattr("expected", expected)?;
            exception.setattr("got", got)
        };
        class.exception(py, &message, complete).unwrap_or_else(|error| error)
    })
}

/// Returns the exception for the error of a file or, without a path, of samples.
pub(crate) fn file_error(path: Option<&Path>, error: &FileError) -> PyErr {
    let class = match error {
        FileError::Decode(DecodeError::Missing) => ErrorClass::AudioFileNotFound,
        FileError::Decode(DecodeError::Dsp(_)) => ErrorClass::Argument,
        FileError::Model(ModelError::Dsp(_)) => ErrorClass::Argument,
        FileError::Model(_) | FileError::NoEmbedding { .. } => ErrorClass::Model,
        FileError::Silent => ErrorClass::Silent,
        FileError::TooShort { .. } => ErrorClass::TooShort,
        FileError::Open { .. } | FileError::Write(_) => ErrorClass::Output,
        _ => ErrorClass::AudioFile,
    };
    let message = match path {
        Some(path) => format!("{}: {error}", path.display()),
        None => error.to_string(),
    };
    Python::attach(|py| {
        let complete = |exception: &Bound<'_, PyAny>| {
            if let FileError::TooShort { need_s, have_s } = error {
                exception.setattr("required_s", need_s)?;
                exception.setattr("buffered_s", have_s)?;
            }
            Ok(())
        };
        class.exception(py, &message, complete).unwrap_or_else(|error| error)
    })
}

/// Returns the exception for the error of a model.
pub(crate) fn model_error(error: &ModelError) -> PyErr {
    let ModelError::Unknown { id, known } = error else { return ErrorClass::Model.error(&error.to_string()) };
    Python::attach(|py| {
        let complete = |exception: &Bound<'_, PyAny>| {
            exception.setattr("expected", format!("one of {}", known.join(", ")))?;
            exception.setattr("got", id)
        };
        ErrorClass::Model.exception(py, &error.to_string(), complete).unwrap_or_else(|error| error)
    })
}

/// Returns the exception for an error of the signal path: a setting is out of range.
pub(crate) fn dsp_error(error: &DspError) -> PyErr {
    ErrorClass::Argument.error(&error.to_string())
}
