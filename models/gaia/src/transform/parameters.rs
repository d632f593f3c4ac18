//! Typed access to the parameters of a transformation.

use crate::history::{HistoryError, Variant};
use crate::name::canonical;

/// Parameters of one transformation of a history.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameters<'a> {
    index: usize,
    applier: &'a str,
    params: &'a Variant,
}

impl<'a> Parameters<'a> {
    pub(super) fn new(index: usize, applier: &'a str, params: &'a Variant) -> Self {
        Self { index, applier, params }
    }

    /// Returns an error about a parameter.
    pub(super) fn bad(&self, key: &str, expected: impl Into<String>, got: impl ToString) -> HistoryError {
        HistoryError::Parameter {
            index: self.index,
            applier: self.applier.to_owned(),
            key: key.to_owned(),
            expected: expected.into(),
            got: got.to_string(),
        }
    }

    /// Returns an error about a parameter whose type is not the expected one.
    pub(super) fn wrong(&self, key: &str, expected: &str) -> HistoryError {
        self.bad(key, expected, self.optional(key).map_or("nothing", Variant::type_name))
    }

    pub(super) fn optional(&self, key: &str) -> Option<&'a Variant> {
        self.params.get(key)
    }

    /// Returns canonical names under the key `descriptorNames`.
    pub(super) fn names(&self) -> Result<Vec<String>, HistoryError> {
        Ok(self.texts("descriptorNames")?.iter().map(|name| canonical(name)).collect())
    }

    pub(super) fn texts(&self, key: &str) -> Result<Vec<String>, HistoryError> {
        self.optional(key).and_then(Variant::to_texts).ok_or_else(|| self.wrong(key, "a list of texts"))
    }

    pub(super) fn text(&self, key: &str) -> Result<&'a str, HistoryError> {
        self.optional(key).and_then(Variant::as_text).ok_or_else(|| self.wrong(key, "text"))
    }

    pub(super) fn map(&self, key: &str) -> Result<&'a [(String, Variant)], HistoryError> {
        self.optional(key).and_then(Variant::as_map).ok_or_else(|| self.wrong(key, "a map"))
    }

    pub(super) fn bytes(&self, key: &str) -> Result<&'a [u8], HistoryError> {
        self.optional(key).and_then(Variant::as_bytes).ok_or_else(|| self.wrong(key, "bytes"))
    }

    /// Returns a flag, which Gaia stores as a boolean or as a number; `default` if it is absent.
    pub(super) fn flag(&self, key: &str, default: bool) -> Result<bool, HistoryError> {
        let Some(value) = self.optional(key) else { return Ok(default) };
        value.as_number().map(|number| number != 0.0).ok_or_else(|| self.wrong(key, "a boolean"))
    }
}
