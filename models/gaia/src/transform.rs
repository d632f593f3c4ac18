//! Transformations of descriptors: each is fitted on points and applied to points.

mod add_field;
mod clean;
mod distribution;
mod enumerate;
mod error;
mod fix_length;
mod gaussianize;
mod normal_quantile;
mod normalize;
mod parameters;
mod select;
mod svm_predict;

pub use add_field::AddField;
pub use distribution::Distribution;
pub use enumerate::Enumerate;
pub use error::TransformError;
pub use fix_length::FixLength;
pub use gaussianize::Gaussianize;
pub use normalize::{Affine, Moments, Normalize, NormalizeOptions, NormalizeTarget};
pub use select::{Remove, Select};
pub use svm_predict::SvmPredict;
pub(crate) use {enumerate::number, error::describe, normalize::affine};

use self::parameters::Parameters;
use crate::descriptor_set::DescriptorSet;
use crate::history::{HistoryError, Transformation, Variant};
use crate::layout::{DescriptorLayout, LayoutEntry, ValueCount};
use crate::value_type::ValueType;

/// One fitted transformation.
#[derive(Debug, Clone, PartialEq)]
pub enum Transform {
    /// Removal of descriptors.
    Remove(Remove),
    /// Selection of descriptors.
    Select(Select),
    /// Fixed numbers of values.
    FixLength(FixLength),
    /// Texts to numbers.
    Enumerate(Enumerate),
    /// Affine map of each value.
    Normalize(Normalize),
    /// Map of each value to a normal distribution.
    Gaussianize(Gaussianize),
    /// New text descriptors.
    AddField(AddField),
    /// Support vector machine.
    Svm(Box<SvmPredict>),
}

/// Appliers that [`Transform::from_transformation`] reads.
const APPLIERS: &str = "removedesc, selectdesc, fixlengthapplier, enumerateapplier, dotproduct, distribute, \
    addfieldapplier or svmpredict";

impl Transform {
    /// Reads step `index` of a history. `before` and `after` are the layouts around the step; an enumeration takes its
    /// texts from `after`.
    ///
    /// # Errors
    /// If the applier is not supported, or a parameter is absent or of another type.
    pub fn from_transformation(
        step: &Transformation,
        index: usize,
        after: &DescriptorLayout,
    ) -> Result<Self, HistoryError> {
        let parameters = Parameters::new(index, &step.applier, &step.params);
        Ok(match step.applier.as_str() {
            "removedesc" => Self::Remove(Remove { names: parameters.names()? }),
            "selectdesc" => Self::Select(Select { names: parameters.names()? }),
            "fixlengthapplier" => Self::FixLength(FixLength::read(&parameters, after)?),
            "enumerateapplier" => Self::Enumerate(Enumerate::read(&parameters, after)?),
            "dotproduct" => Self::Normalize(Normalize::read(&parameters, step.info.as_ref())?),
            "distribute" => Self::Gaussianize(Gaussianize::read(&parameters)?),
            "addfieldapplier" => Self::AddField(AddField::read(&parameters)?),
            "svmpredict" => Self::Svm(Box::new(SvmPredict::read(&parameters)?)),
            other => {
                return Err(HistoryError::UnsupportedApplier { index, expected: APPLIERS, applier: other.to_owned() });
            }
        })
    }

    /// Returns the name of the applier in a history.
    #[must_use]
    pub fn applier(&self) -> &'static str {
        match self {
            Self::Remove(_) => "removedesc",
            Self::Select(_) => "selectdesc",
            Self::FixLength(_) => "fixlengthapplier",
            Self::Enumerate(_) => "enumerateapplier",
            Self::Normalize(_) => "dotproduct",
            Self::Gaussianize(_) => "distribute",
            Self::AddField(_) => "addfieldapplier",
            Self::Svm(_) => "svmpredict",
        }
    }

    /// Returns the parameters of the applier as a history holds them.
    #[must_use]
    pub fn params(&self) -> Variant {
        match self {
            Self::Remove(step) => Variant::map([("descriptorNames", Variant::texts(&step.names))]),
            Self::Select(step) => Variant::map([("descriptorNames", Variant::texts(&step.names))]),
            Self::FixLength(step) => Variant::map([("descriptorNames", Variant::texts(step.counts.keys()))]),
            Self::Enumerate(step) => Variant::map([("descriptorNames", Variant::texts(step.texts.keys()))]),
            Self::Normalize(step) => step.params(),
            Self::Gaussianize(step) => step.params(),
            Self::AddField(step) => step.params(),
            Self::Svm(step) => step.params(),
        }
    }

    /// Returns facts about the points of the fit as a history holds them.
    #[must_use]
    pub fn info(&self) -> Variant {
        if let Self::Normalize(step) = self { step.info() } else { Variant::Map(Vec::new()) }
    }

    /// Applies the transformation to a point.
    ///
    /// # Errors
    /// If a descriptor of the transformation is missing or of another type or length.
    pub fn apply(&self, point: &mut DescriptorSet) -> Result<(), TransformError> {
        match self {
            Self::Remove(step) => step.apply(point),
            Self::Select(step) => step.apply(point),
            Self::FixLength(step) => return step.apply(point),
            Self::Enumerate(step) => return step.apply(point),
            Self::Normalize(step) => return step.apply(point),
            Self::Gaussianize(step) => return step.apply(point),
            Self::AddField(step) => return step.apply(point),
            Self::Svm(step) => return step.apply(point),
        }
        Ok(())
    }

    /// Returns the layout after the transformation.
    #[must_use]
    pub fn layout_after(&self, before: &DescriptorLayout) -> DescriptorLayout {
        let mut layout = before.clone();
        match self {
            Self::Remove(step) => layout.retain_names(&step.names, false),
            Self::Select(step) => layout.retain_names(&step.names, true),
            Self::FixLength(step) => {
                for (name, &count) in &step.counts {
                    if let Some(entry) = layout.get_mut(name) {
                        entry.count = ValueCount::Fixed(count);
                    }
                }
            }
            Self::Enumerate(step) => {
                for (name, texts) in &step.texts {
                    if let Some(entry) = layout.get_mut(name) {
                        entry.value_type = ValueType::Enumeration;
                        entry.enumeration.clone_from(texts);
                    }
                }
            }
            Self::Normalize(_) | Self::Gaussianize(_) => {}
            Self::AddField(step) => {
                for name in &step.names {
                    layout.insert(LayoutEntry::new(name, ValueType::Text, ValueCount::Variable));
                }
            }
            Self::Svm(step) => step.extend_layout(&mut layout),
        }
        layout
    }
}
