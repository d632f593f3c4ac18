//! Keys of one section of a profile: each is taken once, and what remains is unknown.

use std::fmt::Display;
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use crate::extract::error::ProfileError;

/// Keys of a section that were not read yet.
pub(super) struct Keys {
    /// Dotted name of the section, empty for the root.
    name: String,
    values: Map<String, Value>,
    known: Vec<String>,
}

impl Keys {
    /// Starts with the root of a profile; an empty file is an empty profile.
    pub(super) fn root(root: Value) -> Result<Self, ProfileError> {
        match root {
            Value::Object(values) => Ok(Self { name: String::new(), values, known: Vec::new() }),
            Value::Null => Ok(Self { name: String::new(), values: Map::new(), known: Vec::new() }),
            other => Err(bad("profile".to_owned(), "a section", other)),
        }
    }

    /// Ends the section.
    pub(super) fn finish(self) -> Result<(), ProfileError> {
        let Some(key) = self.values.keys().next() else { return Ok(()) };
        let distance = |known: &&String| strsim::damerau_levenshtein(&key.to_lowercase(), &known.to_lowercase());
        let nearest = self.known.iter().min_by_key(distance).filter(|near| distance(near) <= near.len() / 2);
        Err(ProfileError::UnknownKey { key: self.dotted(key), nearest: nearest.cloned() })
    }

    fn dotted(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    fn take(&mut self, key: &str) -> Option<Value> {
        self.known.push(key.to_owned());
        self.values.remove(key).filter(|value| !value.is_null())
    }

    /// Returns the error of a key's value.
    pub(super) fn bad(&self, key: &str, expected: impl Display, got: impl Display) -> ProfileError {
        bad(self.dotted(key), expected, got)
    }

    /// Accepts a key with any value.
    pub(super) fn ignore(&mut self, key: &str) {
        self.take(key);
    }

    /// Reads a section, if it is present.
    pub(super) fn section(
        &mut self,
        key: &str,
        read: impl FnOnce(&mut Self) -> Result<(), ProfileError>,
    ) -> Result<(), ProfileError> {
        match self.take(key) {
            None => Ok(()),
            Some(Value::Object(values)) => {
                let mut section = Self { name: self.dotted(key), values, known: Vec::new() };
                read(&mut section)?;
                section.finish()
            }
            Some(other) => Err(self.bad(key, "a section", other)),
        }
    }

    /// Reads a time.
    pub(super) fn seconds(&mut self, key: &str, seconds: &mut f64) -> Result<(), ProfileError> {
        let Some(value) = self.take(key) else { return Ok(()) };
        match value.as_f64().filter(|seconds| (0.0..=1e9).contains(seconds)) {
            Some(given) => *seconds = given,
            None => return Err(self.bad(key, "seconds from 0", value)),
        }
        Ok(())
    }

    /// Reads a whole number in `range`.
    pub(super) fn count(
        &mut self,
        key: &str,
        range: RangeInclusive<usize>,
        count: &mut usize,
    ) -> Result<(), ProfileError> {
        let Some(value) = self.take(key) else { return Ok(()) };
        // `2048.0` is a whole number, too.
        let whole =
            value.as_f64().filter(|number| number.fract() == 0.0 && *number >= 0.0).map(|number| number as usize);
        match whole.filter(|count| range.contains(count)) {
            Some(given) => *count = given,
            None => {
                return Err(self.bad(key, format!("a whole number from {} to {}", range.start(), range.end()), value));
            }
        }
        Ok(())
    }

    /// Reads a switch: 0, 1, true or false.
    pub(super) fn flag(&mut self, key: &str, flag: &mut bool) -> Result<(), ProfileError> {
        let Some(value) = self.take(key) else { return Ok(()) };
        match (value.as_bool(), value.as_f64()) {
            (Some(given), _) => *flag = given,
            (_, Some(0.0)) => *flag = false,
            (_, Some(1.0)) => *flag = true,
            _ => return Err(self.bad(key, "0 or 1", value)),
        }
        Ok(())
    }

    /// Checks a number that cannot be chosen.
    pub(super) fn fixed(&mut self, key: &str, only: f64) -> Result<(), ProfileError> {
        match self.take(key) {
            None => Ok(()),
            Some(value) if value.as_f64() == Some(only) || (only == 0.0 && value == Value::Bool(false)) => Ok(()),
            Some(value) => Err(self.bad(key, only, value)),
        }
    }

    /// Reads one of several names.
    pub(super) fn choice<T: Copy>(
        &mut self,
        key: &str,
        names: &[(&str, T)],
        chosen: &mut T,
    ) -> Result<(), ProfileError> {
        let Some(value) = self.take(key) else { return Ok(()) };
        match names.iter().find(|(name, _)| value.as_str() == Some(name)) {
            Some((_, given)) => *chosen = *given,
            None => {
                let known: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
                return Err(self.bad(key, known.join(" or "), value));
            }
        }
        Ok(())
    }

    /// Reads a list of texts; a single text is a list of one.
    pub(super) fn list(&mut self, key: &str) -> Result<Option<Vec<String>>, ProfileError> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        match self.take(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(vec![text])),
            Some(Value::Array(values)) => {
                let texts = values.iter().map(text).collect::<Option<Vec<_>>>();
                texts.map(Some).ok_or_else(|| self.bad(key, "a list of names", Value::Array(values)))
            }
            Some(other) => Err(self.bad(key, "a list of names", other)),
        }
    }

    /// Reads a tree of texts, numbers and switches, by dotted name.
    pub(super) fn texts(&mut self, key: &str) -> Result<Vec<(String, String)>, ProfileError> {
        let mut texts = Vec::new();
        match self.take(key) {
            None => {}
            Some(Value::Object(tree)) => {
                for (name, value) in tree {
                    self.flatten(key, &name, value, &mut texts)?;
                }
            }
            Some(other) => return Err(self.bad(key, "a section", other)),
        }
        Ok(texts)
    }

    fn flatten(
        &self,
        key: &str,
        name: &str,
        value: Value,
        texts: &mut Vec<(String, String)>,
    ) -> Result<(), ProfileError> {
        match value {
            Value::Object(tree) => {
                for (part, value) in tree {
                    self.flatten(key, &format!("{name}.{part}"), value, texts)?;
                }
            }
            Value::String(text) => texts.push((name.to_owned(), text)),
            Value::Number(_) | Value::Bool(_) => texts.push((name.to_owned(), value.to_string())),
            other => return Err(self.bad(&format!("{key}.{name}"), "a text", other)),
        }
        Ok(())
    }
}

fn bad(key: String, expected: impl Display, got: impl Display) -> ProfileError {
    ProfileError::Value { key, expected: expected.to_string(), got: got.to_string() }
}
