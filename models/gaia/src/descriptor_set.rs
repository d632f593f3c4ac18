//! Descriptors of one track.

use std::collections::BTreeMap;

use earmark_descriptors::{Pool, Value};

use crate::name::canonical;
use crate::value_type::ValueType;

/// Value of one descriptor of a track.
#[derive(Debug, Clone, PartialEq)]
pub enum TrackValue {
    /// Numbers. A matrix is its number of rows, its number of columns, and its numbers row by row.
    Real(Vec<f32>),
    /// Texts.
    Text(Vec<String>),
    /// Numbers of enumerated texts.
    Enumeration(Vec<u32>),
    /// Value that could not be computed (null).
    Missing,
}

impl TrackValue {
    /// Returns the type of a value; `None` if it is missing.
    #[must_use]
    pub fn value_type(&self) -> Option<ValueType> {
        match self {
            Self::Real(_) => Some(ValueType::Real),
            Self::Text(_) => Some(ValueType::Text),
            Self::Enumeration(_) => Some(ValueType::Enumeration),
            Self::Missing => None,
        }
    }

    /// Returns the number of values; 0 if the value is missing.
    #[must_use]
    pub fn count(&self) -> usize {
        match self {
            Self::Real(numbers) => numbers.len(),
            Self::Text(texts) => texts.len(),
            Self::Enumeration(numbers) => numbers.len(),
            Self::Missing => 0,
        }
    }
}

/// Named descriptors of one track. Names are canonical: they begin with a dot.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescriptorSet {
    values: BTreeMap<String, TrackValue>,
}

impl DescriptorSet {
    /// Returns the value of a canonical name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&TrackValue> {
        self.values.get(name)
    }

    /// Returns the value of a canonical name, to change it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut TrackValue> {
        self.values.get_mut(name)
    }

    /// Returns the numbers of a canonical name; `None` if they are absent, missing or not real.
    #[must_use]
    pub fn reals(&self, name: &str) -> Option<&[f32]> {
        if let Some(TrackValue::Real(numbers)) = self.get(name) { Some(numbers) } else { None }
    }

    /// Sets a value. The name is made canonical.
    pub fn insert(&mut self, name: &str, value: TrackValue) {
        self.values.insert(canonical(name), value);
    }

    /// Keeps the descriptors for which `keep` returns true.
    pub fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        self.values.retain(|name, _| keep(name));
    }

    /// Returns all canonical names with their values, in the order of their bytes.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &TrackValue)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Returns the number of descriptors.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether the set has no descriptors.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

impl From<&Pool> for DescriptorSet {
    fn from(pool: &Pool) -> Self {
        let mut set = Self::default();
        for (name, value) in pool.iter() {
            let value = match value {
                Value::Number(number) => TrackValue::Real(vec![*number as f32]),
                Value::Vector(numbers) => TrackValue::Real(numbers.iter().map(|&number| number as f32).collect()),
                Value::Matrix(rows) => {
                    let numbers: Vec<f32> = rows.iter().flatten().map(|&number| number as f32).collect();
                    flat_matrix(rows.len(), rows.first().map_or(0, Vec::len), numbers)
                }
                Value::Text(text) => TrackValue::Text(vec![text.clone()]),
                Value::Texts(texts) => TrackValue::Text(texts.clone()),
                Value::Null => TrackValue::Missing,
            };
            set.insert(name, value);
        }
        set
    }
}

/// Returns a matrix as numbers: rows, columns, then its numbers row by row.
pub(crate) fn flat_matrix(rows: usize, columns: usize, numbers: Vec<f32>) -> TrackValue {
    let mut flat = vec![rows as f32, columns as f32];
    flat.extend(numbers);
    TrackValue::Real(flat)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pool_is_converted_with_flat_matrices_and_missing_values() {
        let mut pool = Pool::default();
        pool.insert("rhythm.bpm", Value::Number(120.0));
        pool.insert("lowlevel.mfcc.mean", Value::Vector(vec![1.0, 2.0]));
        pool.insert("lowlevel.mfcc.cov", Value::Matrix(vec![vec![1.0, 2.0, 3.0], vec![4.0, 5.0, 6.0]]));
        pool.insert("tonal.chords_key", Value::Text("A".into()));
        pool.insert("metadata.tags.genre", Value::Texts(vec!["x".into(), "y".into()]));
        pool.insert("rhythm.danceability", Value::Number(f64::NAN));
        let set = DescriptorSet::from(&pool);
        assert_eq!(set.len(), 6);
        assert_eq!(set.reals(".rhythm.bpm"), Some(&[120.0][..]));
        assert_eq!(set.reals(".lowlevel.mfcc.mean"), Some(&[1.0, 2.0][..]));
        assert_eq!(set.reals(".lowlevel.mfcc.cov"), Some(&[2.0, 3.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0][..]));
        assert_eq!(set.get(".tonal.chords_key"), Some(&TrackValue::Text(vec!["A".into()])));
        assert_eq!(set.get(".metadata.tags.genre").unwrap().count(), 2);
        assert_eq!(set.get(".rhythm.danceability"), Some(&TrackValue::Missing));
        assert_eq!(set.reals("rhythm.bpm"), None);
    }
}
