//! Map of each value to a normal distribution, by its rank among the points of the fit.

use std::collections::BTreeMap;

use super::distribution::Distribution;
use super::error::{TransformError, describe};
use super::normalize::columns;
use super::parameters::Parameters;
use crate::descriptor_set::{DescriptorSet, TrackValue};
use crate::history::{HistoryError, Variant};
use crate::layout::{DescriptorLayout, LayoutEntry};
use crate::name::canonical;
use crate::value_type::ValueType;

/// Map of each value of real descriptors to a normal distribution.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Gaussianize {
    /// Distribution of each dimension, by canonical name.
    pub distributions: BTreeMap<String, Vec<Distribution>>,
}

impl Gaussianize {
    /// Largest number of values that the fit keeps of each dimension (default).
    pub const DISTRIBUTION_SIZE: usize = 10_000;

    /// Fits the named descriptors of at least two points; names of other types or of variable length are skipped. Of
    /// more than `size` points each k-th one is kept.
    ///
    /// # Errors
    /// If there are fewer than two points, or a point lacks a descriptor or has a NaN.
    pub fn fit(
        points: &[DescriptorSet],
        layout: &DescriptorLayout,
        names: &[String],
        size: usize,
    ) -> Result<Self, TransformError> {
        let too_few = |got| TransformError::TooFewPoints { transform: "gaussianize", expected: 2, got };
        if points.len() < 2 {
            return Err(too_few(points.len()));
        }
        let step = points.len().div_ceil(size.max(1));
        let mut fitted = Self::default();
        for name in names {
            let Some(count) = layout.get(name).and_then(LayoutEntry::fixed_reals) else { continue };
            let mut distributions = Vec::with_capacity(count);
            for (index, column) in columns(points, name, count)?.into_iter().enumerate() {
                let mut values: Vec<f32> = column.into_iter().step_by(step).collect();
                if values.iter().any(|value| value.is_nan()) {
                    return Err(TransformError::NotFinite { name: name.clone(), index, got: "NaN".into() });
                }
                // Zeros of both signs are equal, as for the reference.
                values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
                let kept = values.len();
                distributions.push(Distribution::new(values).ok_or_else(|| too_few(kept))?);
            }
            fitted.distributions.insert(name.clone(), distributions);
        }
        Ok(fitted)
    }

    pub(super) fn read(parameters: &Parameters<'_>) -> Result<Self, HistoryError> {
        let mut dimensions: BTreeMap<String, BTreeMap<usize, Distribution>> = BTreeMap::new();
        for (key, bytes) in parameters.map("distribution")? {
            let bad = |expected: &str, got: &str| parameters.bad("distribution", expected, got);
            let dimension = key.strip_suffix(']').and_then(|key| key.rsplit_once('['));
            let dimension = dimension.and_then(|(name, index)| Some((canonical(name), index.parse::<usize>().ok()?)));
            let Some((name, index)) = dimension else { return Err(bad("keys as `name[0]`", key)) };
            let Some(bytes) = bytes.as_bytes() else {
                return Err(bad(&format!("bytes of `{key}`"), bytes.type_name()));
            };
            let values = bytes.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]));
            let distribution = Distribution::new(values.collect()).filter(|_| bytes.len() % 4 == 0);
            let Some(distribution) = distribution else {
                let expected = format!("two or more sorted 32-bit floats of `{key}`");
                return Err(bad(&expected, &format!("{} bytes that are not", bytes.len())));
            };
            dimensions.entry(name).or_default().insert(index, distribution);
        }
        let mut distributions = BTreeMap::new();
        for (name, list) in dimensions {
            if let Some((last, _)) = list.last_key_value().filter(|(last, _)| **last != list.len() - 1) {
                let expected = format!("{} dimensions of `{name}`", last + 1);
                return Err(parameters.bad("distribution", expected, list.len()));
            }
            distributions.insert(name, list.into_values().collect());
        }
        Ok(Self { distributions })
    }

    pub(super) fn params(&self) -> Variant {
        let dimensions = self.distributions.iter().flat_map(|(name, distributions)| {
            distributions.iter().enumerate().map(move |(index, distribution)| {
                let bytes = distribution.values().iter().flat_map(|value| value.to_le_bytes()).collect();
                (format!("{name}[{index}]"), Variant::Bytes(Some(bytes)))
            })
        });
        Variant::map([("distribution", Variant::map(dimensions))])
    }

    /// Maps the values of a point.
    ///
    /// # Errors
    /// If a descriptor is missing or of another type or length.
    pub fn apply(&self, point: &mut DescriptorSet) -> Result<(), TransformError> {
        for (name, distributions) in &self.distributions {
            match point.get_mut(name) {
                None | Some(TrackValue::Missing) => return Err(TransformError::Missing { names: vec![name.clone()] }),
                Some(TrackValue::Real(values)) if values.len() == distributions.len() => {
                    for (value, distribution) in values.iter_mut().zip(distributions) {
                        *value = distribution.apply(*value);
                    }
                }
                Some(other) => {
                    return Err(TransformError::Unexpected {
                        name: name.clone(),
                        expected: describe(ValueType::Real, distributions.len()),
                        got: other.value_type().map_or("nothing".to_owned(), |kind| describe(kind, other.count())),
                    });
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::ValueCount;

    fn point(values: [f32; 2]) -> DescriptorSet {
        let mut point = DescriptorSet::default();
        point.insert("a", TrackValue::Real(values.to_vec()));
        point
    }

    fn fitted(count: usize, size: usize) -> Result<Gaussianize, TransformError> {
        let mut layout = DescriptorLayout::default();
        layout.insert(LayoutEntry::new(".a", ValueType::Real, ValueCount::Fixed(2)));
        let points: Vec<DescriptorSet> = (0..count).map(|i| point([-(i as f32), 2.0 * i as f32])).collect();
        Gaussianize::fit(&points, &layout, &[".a".into()], size)
    }

    #[test]
    fn values_are_mapped_by_their_rank() {
        let step = fitted(100, Gaussianize::DISTRIBUTION_SIZE).unwrap();
        let mut median = point([-49.5, 99.0]);
        step.apply(&mut median).unwrap();
        assert_eq!(median.reals(".a"), Some(&[0.0, 0.0][..]));
        let mut high = point([-24.5, 149.0]);
        step.apply(&mut high).unwrap();
        // The quartile of erfinv(0.5).
        assert!(high.reals(".a").unwrap().iter().all(|value| (value - 0.476_936_28).abs() < 1e-6), "{high:?}");
    }

    #[test]
    fn fit_keeps_each_kth_point() {
        let step = fitted(100, 30).unwrap();
        let expected: Vec<f32> = (0..25).map(|i| 8.0 * i as f32).collect();
        assert_eq!(step.distributions[".a"][1].values(), expected);
        assert!(matches!(fitted(1, 10), Err(TransformError::TooFewPoints { got: 1, .. })));
        assert!(matches!(fitted(10, 1), Err(TransformError::TooFewPoints { got: 1, .. })));
    }

    #[test]
    fn parameters_are_read_as_they_were_written() {
        let step = fitted(12, 30).unwrap();
        let params = step.params();
        assert_eq!(Gaussianize::read(&Parameters::new(0, "distribute", &params)).unwrap(), step);
        let bytes =
            |values: [f32; 2]| Variant::Bytes(Some(values.iter().flat_map(|value| value.to_le_bytes()).collect()));
        let cases = [
            ("a", bytes([0.0, 1.0]), "expected keys as `name[0]`, got a"),
            ("a[1]", bytes([0.0, 1.0]), "expected 2 dimensions of `.a`, got 1"),
            ("a[0]", bytes([1.0, 0.0]), "got 8 bytes that are not"),
            ("a[0]", Variant::Int(1), "expected bytes of `a[0]`, got a number"),
        ];
        for (key, value, expected) in cases {
            let params = Variant::map([("distribution", Variant::map([(key, value)]))]);
            let error = Gaussianize::read(&Parameters::new(0, "distribute", &params)).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
