//! Texts to numbers.

use std::collections::BTreeMap;

use super::error::{TransformError, describe};
use super::parameters::Parameters;
use crate::descriptor_set::{DescriptorSet, TrackValue};
use crate::history::HistoryError;
use crate::layout::DescriptorLayout;
use crate::value_type::ValueType;

/// Numbers for the texts of descriptors, in the order in which they first occur in the points of the fit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Enumerate {
    /// Texts in the order of their numbers, by canonical name.
    pub texts: BTreeMap<String, Vec<String>>,
}

impl Enumerate {
    /// Numbers the texts of descriptors. The points must be in the order of their identifiers; names of other types are
    /// skipped.
    #[must_use]
    pub fn fit(points: &[DescriptorSet], layout: &DescriptorLayout, names: &[String]) -> Self {
        let is_text = |name: &&String| layout.get(name).is_some_and(|entry| entry.value_type == ValueType::Text);
        let mut step = Self::default();
        for name in names.iter().filter(is_text) {
            let texts = step.texts.entry(name.clone()).or_default();
            for point in points {
                let Some(TrackValue::Text(values)) = point.get(name) else { continue };
                for value in values {
                    if !texts.contains(value) {
                        texts.push(value.clone());
                    }
                }
            }
        }
        step
    }

    pub(super) fn read(parameters: &Parameters<'_>, after: &DescriptorLayout) -> Result<Self, HistoryError> {
        let texts = |name: String| match after.get(&name) {
            Some(entry) if entry.value_type == ValueType::Enumeration => Ok((name, entry.enumeration.clone())),
            other => {
                let expected = format!("`{name}` as an enumeration in the next layout");
                Err(parameters.bad("descriptorNames", expected, other.map_or("none", |entry| entry.value_type.name())))
            }
        };
        Ok(Self { texts: parameters.names()?.into_iter().map(texts).collect::<Result<_, _>>()? })
    }

    /// Replaces the texts of a point by numbers. A text that did not occur in the fit gets the next free number.
    ///
    /// # Errors
    /// If a descriptor is missing or no text.
    pub fn apply(&self, point: &mut DescriptorSet) -> Result<(), TransformError> {
        for (name, texts) in &self.texts {
            let Some(value) = point.get_mut(name) else {
                return Err(TransformError::Missing { names: vec![name.clone()] });
            };
            match value {
                TrackValue::Text(values) => *value = TrackValue::Enumeration(number(texts, values)),
                TrackValue::Missing => return Err(TransformError::Missing { names: vec![name.clone()] }),
                TrackValue::Real(_) | TrackValue::Enumeration(_) => {
                    let got = value.value_type().map_or("nothing".to_owned(), |kind| describe(kind, value.count()));
                    return Err(TransformError::Unexpected { name: name.clone(), expected: "text".into(), got });
                }
            }
        }
        Ok(())
    }
}

/// Returns the numbers of texts; unknown ones are numbered from the end.
pub(crate) fn number(known: &[String], texts: &[String]) -> Vec<u32> {
    let mut all: Vec<&str> = known.iter().map(String::as_str).collect();
    let mut numbers = Vec::with_capacity(texts.len());
    for text in texts {
        let at = all.iter().position(|other| other == text).unwrap_or_else(|| {
            all.push(text);
            all.len() - 1
        });
        numbers.push(u32::try_from(at).unwrap_or(u32::MAX));
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(texts: &[&str]) -> DescriptorSet {
        let mut point = DescriptorSet::default();
        point.insert("key", TrackValue::Text(texts.iter().map(|&text| text.to_owned()).collect()));
        point.insert("bpm", TrackValue::Real(vec![1.0]));
        point
    }

    #[test]
    fn texts_are_numbered_by_first_appearance_and_unknown_ones_follow() {
        let points = [point(&["D"]), point(&["A"]), point(&["D"])];
        let layout = DescriptorLayout::common(&points);
        let step = Enumerate::fit(&points, &layout, &[".key".into(), ".bpm".into()]);
        assert_eq!(step.texts, BTreeMap::from([(".key".to_owned(), vec!["D".to_owned(), "A".to_owned()])]));
        let mut unseen = point(&["A", "E", "F", "E"]);
        step.apply(&mut unseen).unwrap();
        assert_eq!(unseen.get(".key"), Some(&TrackValue::Enumeration(vec![1, 2, 3, 2])));
    }

    #[test]
    fn numbers_in_place_of_texts_are_refused() {
        let step =
            Enumerate { texts: BTreeMap::from([(".bpm".to_owned(), Vec::new()), (".key".to_owned(), Vec::new())]) };
        let error = step.apply(&mut point(&["A"])).unwrap_err().to_string();
        assert_eq!(error, "cannot transform `bpm`: unexpected values (expected text, got numbers of length 1)");
    }
}
