//! Affine map of each value, fitted to ranges or variances.

mod history;
mod moments;

use std::collections::BTreeMap;

pub use moments::Moments;

use super::error::{TransformError, describe};
use crate::descriptor_set::{DescriptorSet, TrackValue};
use crate::layout::DescriptorLayout;

/// Quantity that is normalized.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum NormalizeTarget {
    /// Smallest value to 0, largest to 1 (default).
    #[default]
    Range,
    /// Mean to 0.5, standard deviation to 0.25. Needs [`NormalizeOptions::independent`].
    Variance,
}

/// Options of the fit of [`Normalize`].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct NormalizeOptions {
    /// Quantity that is normalized (default range).
    pub target: NormalizeTarget,
    /// Whether each dimension has a range of its own (default false: one range for each descriptor).
    pub independent: bool,
    /// Fraction of the points, from 0 to 1, that is left out of the range as outliers, half at each end (default none).
    pub outliers: Option<f32>,
    /// Whether results are limited to 0 to 1 (default false).
    pub clip: bool,
}

/// Coefficients of a descriptor: each value becomes `a * value + b`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Affine {
    /// Factors.
    pub a: Vec<f32>,
    /// Offsets.
    pub b: Vec<f32>,
}

/// Affine map of each value of real descriptors.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Normalize {
    /// Coefficients by canonical name.
    pub coefficients: BTreeMap<String, Affine>,
    /// Whether results are limited to 0 to 1.
    pub clip: bool,
    /// Means and variances of the points of the fit, by canonical name.
    pub moments: BTreeMap<String, Moments>,
}

impl Normalize {
    /// Fits the named descriptors of at least two points; names of other types or of variable length are skipped. The
    /// coefficients of a constant dimension are 0.
    ///
    /// # Errors
    /// If there are fewer than two points, a point lacks a descriptor, a value or a coefficient is not finite, or the
    /// options contradict each other.
    pub fn fit(
        points: &[DescriptorSet],
        layout: &DescriptorLayout,
        names: &[String],
        options: &NormalizeOptions,
    ) -> Result<Self, TransformError> {
        options.check(points.len())?;
        let mut step = Self { clip: options.clip, ..Self::default() };
        for name in names {
            let Some(count) = layout.get(name).and_then(crate::layout::LayoutEntry::fixed_reals) else { continue };
            let columns = columns(points, name, count)?;
            let infinite = |column: &Vec<f32>| column.iter().copied().find(|value| !value.is_finite());
            if let Some((index, got)) = columns.iter().enumerate().find_map(|(i, column)| Some((i, infinite(column)?)))
            {
                return Err(TransformError::NotFinite { name: name.clone(), index, got: got.to_string() });
            }
            let moments = Moments::of(&columns);
            let affine = match options.target {
                NormalizeTarget::Range => range(&columns, options),
                NormalizeTarget::Variance => variance(&moments),
            };
            if let Some(index) = (0..count).find(|&i| !(affine.a[i].is_finite() && affine.b[i].is_finite())) {
                let got = format!("{} and {}", affine.a[index], affine.b[index]);
                return Err(TransformError::NotFinite { name: name.clone(), index, got });
            }
            step.coefficients.insert(name.clone(), affine);
            step.moments.insert(name.clone(), moments);
        }
        Ok(step)
    }

    /// Maps the values of a point.
    ///
    /// # Errors
    /// If a descriptor is missing or of another type or length.
    pub fn apply(&self, point: &mut DescriptorSet) -> Result<(), TransformError> {
        for (name, affine) in &self.coefficients {
            let expected = affine.a.len();
            match point.get_mut(name) {
                None | Some(TrackValue::Missing) => return Err(TransformError::Missing { names: vec![name.clone()] }),
                Some(TrackValue::Real(values)) if values.len() == expected => affine.apply(values, self.clip),
                Some(other) => {
                    return Err(TransformError::Unexpected {
                        name: name.clone(),
                        expected: describe(crate::value_type::ValueType::Real, expected),
                        got: other.value_type().map_or("nothing".to_owned(), |kind| describe(kind, other.count())),
                    });
                }
            }
        }
        Ok(())
    }
}

impl Affine {
    fn apply(&self, values: &mut [f32], clip: bool) {
        for ((value, a), b) in values.iter_mut().zip(&self.a).zip(&self.b) {
            *value = affine(*value, *a, *b, clip);
        }
    }
}

/// Maps one value.
pub(crate) fn affine(value: f32, a: f32, b: f32, clip: bool) -> f32 {
    let mapped = a * value + b;
    if clip { mapped.clamp(0.0, 1.0) } else { mapped }
}

impl NormalizeOptions {
    fn check(&self, points: usize) -> Result<(), TransformError> {
        if points < 2 {
            return Err(TransformError::TooFewPoints { transform: "normalize", expected: 2, got: points });
        }
        if let Some(outliers) = self.outliers.filter(|outliers| !(0.0..=1.0).contains(outliers)) {
            let expected = "outliers from 0 to 1";
            return Err(TransformError::Option { transform: "normalize", expected, got: outliers.to_string() });
        }
        if self.target == NormalizeTarget::Variance && !self.independent {
            let expected = "independent = true with the variance";
            return Err(TransformError::Option { transform: "normalize", expected, got: "false".into() });
        }
        Ok(())
    }
}

/// Returns the values of each dimension of a descriptor over all points.
pub(super) fn columns(points: &[DescriptorSet], name: &str, count: usize) -> Result<Vec<Vec<f32>>, TransformError> {
    let mut columns = vec![Vec::with_capacity(points.len()); count];
    for point in points {
        let Some(values) = point.reals(name) else {
            return Err(TransformError::Missing { names: vec![name.to_owned()] });
        };
        if values.len() != count {
            return Err(TransformError::Unexpected {
                name: name.to_owned(),
                expected: describe(crate::value_type::ValueType::Real, count),
                got: describe(crate::value_type::ValueType::Real, values.len()),
            });
        }
        columns.iter_mut().zip(values).for_each(|(column, &value)| column.push(value));
    }
    Ok(columns)
}

/// Returns coefficients that map the range to 0 to 1. With one range for all dimensions it spans theirs.
fn range(columns: &[Vec<f32>], options: &NormalizeOptions) -> Affine {
    let mut ranges: Vec<(f32, f32)> = columns.iter().map(|column| ends(column, options.outliers)).collect();
    if !options.independent {
        let min = ranges.iter().fold(f32::INFINITY, |min, range| min.min(range.0));
        let max = ranges.iter().fold(f32::NEG_INFINITY, |max, range| max.max(range.1));
        ranges.fill((min, max));
    }
    let mut affine = Affine::default();
    for (min, max) in ranges {
        let (a, b) = if max == min {
            (0.0, 0.0)
        } else if options.independent {
            let a = 1.0 / (max - min);
            (a, -min * a)
        } else {
            (1.0 / (max - min), -min / (max - min))
        };
        affine.a.push(a);
        affine.b.push(b);
    }
    affine
}

/// Returns the smallest and the largest value, without outliers.
fn ends(column: &[f32], outliers: Option<f32>) -> (f32, f32) {
    let Some(outliers) = outliers else {
        let min = column.iter().copied().fold(f32::INFINITY, f32::min);
        return (min, column.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    };
    let mut sorted = column.to_vec();
    sorted.sort_by(f32::total_cmp);
    let last = sorted.len().saturating_sub(1);
    let at = |fraction: f32| sorted.get(((fraction * last as f32).floor() as usize).min(last)).copied().unwrap_or(0.0);
    (at(outliers / 2.0), at(1.0 - outliers / 2.0))
}

/// Returns coefficients that map the mean to 0.5 and the standard deviation to 0.25.
fn variance(moments: &Moments) -> Affine {
    let mut affine = Affine::default();
    for (mean, var) in moments.mean.iter().zip(&moments.var) {
        let deviation = var.sqrt();
        let a = if deviation == 0.0 { 0.0 } else { 1.0 / (4.0 * deviation) };
        affine.a.push(a);
        affine.b.push(if deviation == 0.0 { 0.0 } else { 0.5 - mean * a });
    }
    affine
}

#[cfg(test)]
mod tests;
