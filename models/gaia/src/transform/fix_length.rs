//! Fixed numbers of values.

use std::collections::BTreeMap;

use super::error::{TransformError, describe};
use super::parameters::Parameters;
use crate::descriptor_set::{DescriptorSet, TrackValue};
use crate::history::HistoryError;
use crate::layout::{DescriptorLayout, ValueCount};
use crate::value_type::ValueType;

/// Check that each descriptor has the number of values that the points of the fit had.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FixLength {
    /// Number of values by canonical name.
    pub counts: BTreeMap<String, usize>,
}

impl FixLength {
    /// Takes the numbers of values of all descriptors of a layout from a sample point.
    #[must_use]
    pub fn fit(sample: &DescriptorSet, layout: &DescriptorLayout) -> Self {
        let count = |name: &str| Some((name.to_owned(), sample.get(name)?.count()));
        Self { counts: layout.names().filter_map(count).collect() }
    }

    pub(super) fn read(parameters: &Parameters<'_>, after: &DescriptorLayout) -> Result<Self, HistoryError> {
        let count = |name: String| match after.get(&name).map(|entry| entry.count) {
            Some(ValueCount::Fixed(count)) => Ok((name, count)),
            other => {
                let expected = format!("`{name}` with a fixed length in the next layout");
                Err(parameters.bad(
                    "descriptorNames",
                    expected,
                    if other.is_some() { "a variable one" } else { "none" },
                ))
            }
        };
        Ok(Self { counts: parameters.names()?.into_iter().map(count).collect::<Result<_, _>>()? })
    }

    /// Checks a point.
    ///
    /// # Errors
    /// If a descriptor is missing or has another number of values.
    pub fn apply(&self, point: &DescriptorSet) -> Result<(), TransformError> {
        let missing: Vec<String> = self
            .counts
            .keys()
            .filter(|name| matches!(point.get(name), None | Some(TrackValue::Missing)))
            .cloned()
            .collect();
        if !missing.is_empty() {
            return Err(TransformError::Missing { names: missing });
        }
        for (name, &expected) in &self.counts {
            let Some(value) = point.get(name) else { continue };
            if value.count() != expected {
                let value_type = value.value_type().unwrap_or(ValueType::Real);
                return Err(TransformError::Unexpected {
                    name: name.clone(),
                    expected: describe(value_type, expected),
                    got: describe(value_type, value.count()),
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_length_is_refused_and_missing_descriptors_are_listed() {
        let mut sample = DescriptorSet::default();
        sample.insert("a", TrackValue::Real(vec![1.0, 2.0]));
        sample.insert("b", TrackValue::Text(vec!["x".into()]));
        let step = FixLength::fit(&sample, &DescriptorLayout::common(&[sample.clone()]));
        assert_eq!(step.apply(&sample), Ok(()));
        sample.insert("a", TrackValue::Real(vec![1.0]));
        let error = step.apply(&sample).unwrap_err().to_string();
        let expected =
            "cannot transform `a`: unexpected values (expected numbers of length 2, got numbers of length 1)";
        assert_eq!(error, expected);
        sample.insert("b", TrackValue::Missing);
        sample.retain(|name| name == ".b");
        assert_eq!(step.apply(&sample).unwrap_err().to_string(), "cannot transform the descriptors: missing a, b");
    }
}
