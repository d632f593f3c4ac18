//! Conversion between [`Normalize`] and the parameters of a history.

use std::collections::BTreeMap;

use super::super::parameters::Parameters;
use super::{Affine, Moments, Normalize};
use crate::history::{HistoryError, Variant};
use crate::name::canonical;

impl Normalize {
    pub(in crate::transform) fn read(
        parameters: &Parameters<'_>,
        info: Option<&Variant>,
    ) -> Result<Self, HistoryError> {
        let mut coefficients = BTreeMap::new();
        for (name, pair) in parameters.map("coeffs")? {
            let list = |key: &str| {
                let numbers = pair.get(key).and_then(Variant::to_numbers).ok_or_else(|| {
                    let got = pair.get(key).map_or("nothing", Variant::type_name);
                    parameters.bad("coeffs", format!("a list of numbers `{key}` of `{name}`"), got)
                })?;
                Ok(numbers.into_iter().map(|number| number as f32).collect::<Vec<f32>>())
            };
            let affine = Affine { a: list("a")?, b: list("b")? };
            if affine.a.len() != affine.b.len() {
                let expected = format!("as many offsets as factors of `{name}`, {}", affine.a.len());
                return Err(parameters.bad("coeffs", expected, affine.b.len()));
            }
            coefficients.insert(canonical(name), affine);
        }
        let moments = info.and_then(Variant::as_map).unwrap_or_default().iter();
        let numbers = |pair: &Variant, key: &str| -> Vec<f32> {
            let numbers = pair.get(key).and_then(Variant::to_numbers).unwrap_or_default();
            numbers.into_iter().map(|number| number as f32).collect()
        };
        let moments = moments
            .map(|(name, pair)| (canonical(name), Moments { mean: numbers(pair, "mean"), var: numbers(pair, "var") }));
        Ok(Self { coefficients, clip: parameters.flag("applyClipping", false)?, moments: moments.collect() })
    }

    pub(in crate::transform) fn params(&self) -> Variant {
        let coefficients = self.coefficients.iter().map(|(name, affine)| {
            (name.as_str(), Variant::map([("a", numbers(&affine.a)), ("b", numbers(&affine.b))]))
        });
        Variant::map([("applyClipping", Variant::Bool(self.clip)), ("coeffs", Variant::map(coefficients))])
    }

    pub(in crate::transform) fn info(&self) -> Variant {
        Variant::map(self.moments.iter().map(|(name, moments)| {
            (name.as_str(), Variant::map([("mean", numbers(&moments.mean)), ("var", numbers(&moments.var))]))
        }))
    }
}

fn numbers(values: &[f32]) -> Variant {
    Variant::doubles(values.iter().map(|&value| f64::from(value)))
}
