//! Removals that depend on the values of points: the cleaner, and descriptors whose number of values varies.

use super::select::Remove;
use crate::descriptor_set::{DescriptorSet, TrackValue};
use crate::layout::DescriptorLayout;
use crate::value_type::ValueType;

/// Range of a dimension below which it is constant.
const MIN_RANGE: f32 = 1e-7;

impl Remove {
    /// Fits the removal of real descriptors that are NaN or infinite anywhere, or constant in every dimension
    /// (`cleaner`).
    #[must_use]
    pub fn fit_cleaner(points: &[DescriptorSet], layout: &DescriptorLayout) -> Self {
        let useless = |name: &str| {
            let values: Vec<&[f32]> = points.iter().filter_map(|point| point.reals(name)).collect();
            if values.iter().any(|value| value.iter().any(|number| !number.is_finite())) {
                return true;
            }
            let Some((first, rest)) = values.split_first() else { return true };
            let constant = |dimension: usize| {
                let (mut min, mut max) = (first[dimension], first[dimension]);
                for value in rest {
                    let number = value.get(dimension).copied().unwrap_or(first[dimension]);
                    (min, max) = (min.min(number), max.max(number));
                }
                max - min < MIN_RANGE
            };
            (0..first.len()).all(constant)
        };
        let reals = layout.entries().iter().filter(|entry| entry.value_type == ValueType::Real);
        Self { names: reals.filter(|entry| useless(&entry.name)).map(|entry| entry.name.clone()).collect() }
    }

    /// Fits the removal of descriptors that have no values in a point, or another number of values than in the first
    /// point (`removevl`).
    #[must_use]
    pub fn fit_variable_length(points: &[DescriptorSet], layout: &DescriptorLayout) -> Self {
        let count = |point: &DescriptorSet, name: &str| point.get(name).map_or(0, TrackValue::count);
        let varies = |name: &&str| {
            let expected = points.first().map_or(0, |point| count(point, name));
            expected == 0 || points.iter().any(|point| count(point, name) != expected)
        };
        Self { names: layout.names().filter(varies).map(str::to_owned).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(values: &[[&[f32]; 3]]) -> Vec<DescriptorSet> {
        let point = |values: &[&[f32]; 3]| {
            let mut point = DescriptorSet::default();
            for (name, value) in ["a", "b", "c"].iter().zip(values) {
                point.insert(name, TrackValue::Real(value.to_vec()));
            }
            point
        };
        values.iter().map(point).collect()
    }

    #[test]
    fn cleaner_drops_what_is_not_finite_or_constant_in_every_dimension() {
        let points = points(&[[&[1.0, 2.0], &[1.0, 2.0], &[f32::NAN]], [&[1.0, 2.5], &[1.0, 2.0 + 5e-8], &[1.0]]]);
        let layout = DescriptorLayout::common(&points);
        assert_eq!(Remove::fit_cleaner(&points, &layout).names, [".b", ".c"]);
    }

    #[test]
    fn enumerations_are_never_cleaned() {
        let mut point = DescriptorSet::default();
        point.insert("key", TrackValue::Enumeration(vec![1]));
        let points = [point.clone(), point];
        let layout = DescriptorLayout::common(&points);
        assert_eq!(Remove::fit_cleaner(&points, &layout), Remove::default());
    }

    #[test]
    fn varying_and_empty_descriptors_are_removed() {
        let points = points(&[[&[1.0, 2.0], &[1.0], &[]], [&[1.0, 2.5], &[1.0, 2.0], &[]]]);
        let layout = DescriptorLayout::common(&points);
        assert_eq!(Remove::fit_variable_length(&points, &layout).names, [".b", ".c"]);
    }
}
