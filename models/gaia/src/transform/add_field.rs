//! New text descriptors.

use super::error::TransformError;
use super::parameters::Parameters;
use crate::descriptor_set::{DescriptorSet, TrackValue};
use crate::history::{HistoryError, Variant};
use crate::name::{canonical, display_name};

/// Addition of text descriptors without content, which hold classes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AddField {
    /// Canonical names.
    pub names: Vec<String>,
}

impl AddField {
    pub(super) fn read(parameters: &Parameters<'_>) -> Result<Self, HistoryError> {
        Ok(Self { names: parameters.texts("string")?.iter().map(|name| canonical(name)).collect() })
    }

    pub(super) fn params(&self) -> Variant {
        let value = match self.names.as_slice() {
            [name] => Variant::text(display_name(name)),
            names => Variant::texts(names.iter().map(|name| display_name(name))),
        };
        Variant::map([("string", value)])
    }

    /// Adds the descriptors to a point.
    ///
    /// # Errors
    /// If a descriptor exists.
    pub fn apply(&self, point: &mut DescriptorSet) -> Result<(), TransformError> {
        for name in &self.names {
            if point.get(name).is_some() {
                return Err(TransformError::Exists { name: name.clone() });
            }
            point.insert(name, TrackValue::Text(vec![String::new()]));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_is_added_once() {
        let step = AddField { names: vec![".highlevel.x".into()] };
        let mut point = DescriptorSet::default();
        step.apply(&mut point).unwrap();
        assert_eq!(point.len(), 1);
        assert_eq!(step.apply(&mut point).unwrap_err().to_string(), "cannot add `highlevel.x`: the descriptor exists");
    }

    #[test]
    fn one_name_is_written_as_text_and_several_as_a_list() {
        let mut step = AddField { names: vec![".x".into()] };
        assert_eq!(step.params(), Variant::map([("string", Variant::text("x"))]));
        step.names.push(".y".into());
        assert_eq!(step.params(), Variant::map([("string", Variant::texts(["x", "y"]))]));
    }
}
