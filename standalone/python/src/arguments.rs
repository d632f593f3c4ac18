//! Arguments of functions: each is checked, and a wrong one is refused in one line with the expected and the given value.

use std::path::PathBuf;

use earmark_capture::decode::DecoderChoice;
use earmark_dsp::SampleRate;
use earmark_models::Gate;
use pyo3::prelude::*;
use pyo3::types::PyBool;

use crate::errors::{ErrorClass, argument_error, dsp_error};

/// Maximum number of characters of a given value in a message.
const MAX_SHOWN: usize = 80;

/// Returns the text of a value for a message.
pub(crate) fn shown(value: &Bound<'_, PyAny>) -> String {
    let text = value.repr().map_or_else(|_| type_name(value), |text| text.to_string_lossy().into_owned());
    let line = text.lines().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= MAX_SHOWN { line } else { line.chars().take(MAX_SHOWN).chain(" ...".chars()).collect() }
}

/// Returns the name of the type of a value.
pub(crate) fn type_name(value: &Bound<'_, PyAny>) -> String {
    value.get_type().name().map_or_else(|_| "an object".into(), |name| name.to_string_lossy().into_owned())
}

/// Returns the exception for an argument of a wrong type.
pub(crate) fn wrong_type(what: &str, expected: &str, got: &Bound<'_, PyAny>) -> PyErr {
    argument_error(ErrorClass::ArgumentType, what, expected, &type_name(got))
}

/// Returns the exception for an argument with a wrong value.
pub(crate) fn wrong_value(what: &str, expected: &str, got: &str) -> PyErr {
    argument_error(ErrorClass::Argument, what, expected, got)
}

fn is_bool(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<PyBool>()
}

/// Returns a whole number of at least 1; `None` if there is none.
pub(crate) fn count(what: &str, value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<usize>> {
    let expected = "a whole number of at least 1";
    let Some(value) = value else { return Ok(None) };
    match value.extract::<i64>() {
        _ if is_bool(value) => Err(wrong_type(what, expected, value)),
        Ok(number) if number >= 1 => Ok(usize::try_from(number).ok()),
        Ok(number) => Err(wrong_value(what, expected, &number.to_string())),
        Err(error) if error.is_instance_of::<pyo3::exceptions::PyOverflowError>(value.py()) => {
            Err(wrong_value(what, expected, &shown(value)))
        }
        Err(_) => Err(wrong_type(what, expected, value)),
    }
}

/// Returns a finite number above 0; `None` if there is none.
pub(crate) fn positive(what: &str, value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<f64>> {
    let expected = "a finite number above 0";
    let Some(value) = value else { return Ok(None) };
    match value.extract::<f64>() {
        _ if is_bool(value) => Err(wrong_type(what, expected, value)),
        Ok(number) if number > 0.0 && number.is_finite() => Ok(Some(number)),
        Ok(_) => Err(wrong_value(what, expected, &shown(value))),
        Err(_) => Err(wrong_type(what, expected, value)),
    }
}

/// Returns a finite number of at least 0; 0 if there is none.
pub(crate) fn not_negative(what: &str, value: Option<&Bound<'_, PyAny>>) -> PyResult<f64> {
    let expected = "a finite number of at least 0";
    let Some(value) = value else { return Ok(0.0) };
    match value.extract::<f64>() {
        _ if is_bool(value) => Err(wrong_type(what, expected, value)),
        Ok(number) if number >= 0.0 && number.is_finite() => Ok(number),
        Ok(_) => Err(wrong_value(what, expected, &shown(value))),
        Err(_) => Err(wrong_type(what, expected, value)),
    }
}

/// Returns a sample rate.
pub(crate) fn sample_rate(value: &Bound<'_, PyAny>) -> PyResult<SampleRate> {
    let expected = "a sample rate in Hz";
    match value.extract::<f64>() {
        Ok(hz) if !is_bool(value) => SampleRate::new(hz).map_err(|error| dsp_error(&error)),
        _ => Err(wrong_type("`sr`", expected, value)),
    }
}

/// Returns a truth value.
pub(crate) fn flag(what: &str, value: Option<&Bound<'_, PyAny>>, default: bool) -> PyResult<bool> {
    let Some(value) = value else { return Ok(default) };
    value.extract().map_err(|_| wrong_type(what, "True or False", value))
}

/// Returns the silence gate of the argument `gate`.
pub(crate) fn gate(value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Gate>> {
    Ok(flag("`gate`", value, true)?.then(Gate::default))
}

/// Returns a text; `None` if there is none.
pub(crate) fn text(what: &str, value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<String>> {
    let Some(value) = value else { return Ok(None) };
    value.extract().map(Some).map_err(|_| wrong_type(what, "a str", value))
}

/// Returns a path; `None` if there is none.
pub(crate) fn path(what: &str, value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<PathBuf>> {
    let Some(value) = value else { return Ok(None) };
    value.extract().map(Some).map_err(|_| wrong_type(what, "a str or a path", value))
}

/// Returns the choice of that name.
pub(crate) fn choice<T: Copy>(
    what: &str,
    value: Option<&Bound<'_, PyAny>>,
    choices: &[(&str, T)],
    default: T,
) -> PyResult<T> {
    let names = || choices.iter().map(|(name, _)| format!("'{name}'")).collect::<Vec<_>>().join(", ");
    let Some(value) = value else { return Ok(default) };
    let Ok(got) = value.extract::<String>() else { return Err(wrong_type(what, &names(), value)) };
    let found = choices.iter().find(|(name, _)| *name == got).map(|&(_, choice)| choice);
    found.ok_or_else(|| wrong_value(what, &format!("one of {}", names()), &shown(value)))
}

/// Returns the decoder of the argument `decoder`.
pub(crate) fn decoder(value: Option<&Bound<'_, PyAny>>) -> PyResult<DecoderChoice> {
    let choices =
        [("auto", DecoderChoice::Auto), ("builtin", DecoderChoice::Builtin), ("ffmpeg", DecoderChoice::Ffmpeg)];
    choice("`decoder`", value, &choices, DecoderChoice::Auto)
}
