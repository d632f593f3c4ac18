//! Named values of one analysis, in the layout of Essentia's MusicExtractor.

use std::collections::BTreeMap;

use crate::condition::Condition;

/// Value of one name in a [`Pool`].
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Number.
    Number(f64),
    /// Vector of numbers.
    Vector(Vec<f64>),
    /// Square matrix, row by row.
    Matrix(Vec<Vec<f64>>),
    /// Text.
    Text(String),
    /// List of texts.
    Texts(Vec<String>),
    /// Value that cannot be computed from this input.
    Null,
}

/// Named values: `lowlevel.*`, `rhythm.*`, `tonal.*` and `metadata.*`, by dotted name in alphabetical order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pool {
    /// Condition of the stream.
    pub condition: Condition,
    values: BTreeMap<String, Value>,
}

impl Pool {
    /// Returns the value of a dotted name such as `lowlevel.mfcc.mean`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// Returns a number by its dotted name; `None` if it is absent, null or not a number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.get(name)? {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// Returns a vector by its dotted name; `None` if it is absent, null or not a vector.
    #[must_use]
    pub fn vector(&self, name: &str) -> Option<&[f64]> {
        match self.get(name)? {
            Value::Vector(vector) => Some(vector),
            _ => None,
        }
    }

    /// Returns a text by its dotted name; `None` if it is absent, null or not a text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Sets the value of a dotted name. Numbers that are NaN or infinite become [`Value::Null`].
    pub fn insert(&mut self, name: impl Into<String>, value: Value) {
        let finite = match &value {
            Value::Number(number) => number.is_finite(),
            Value::Vector(vector) => vector.iter().all(|number| number.is_finite()),
            Value::Matrix(rows) => rows.iter().flatten().all(|number| number.is_finite()),
            Value::Text(_) | Value::Texts(_) | Value::Null => true,
        };
        self.values.insert(name.into(), if finite { value } else { Value::Null });
    }

    /// Makes every value null.
    pub(crate) fn clear_values(&mut self) {
        self.values.values_mut().for_each(|value| *value = Value::Null);
    }

    /// Removes the names for which `keep` returns false.
    pub(crate) fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.values.retain(|name, _| keep(name));
    }

    /// Returns all names with their values, in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Returns the number of names.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether the pool has no names.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}
