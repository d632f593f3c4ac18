#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod chain;
mod classifier;
mod descriptor_file;
mod descriptor_set;
mod history;
mod layout;
mod name;
mod older_names;
mod pattern;
mod svm;
mod transform;
mod value_type;

pub use chain::{Chain, ChainError, ChainStep};
pub use classifier::{
    Classification, Classifier, ClassifierError, ClassifyError, NeededDescriptor, UnexpectedDescriptor,
};
pub use descriptor_file::{DescriptorFileError, DescriptorTextError};
pub use descriptor_set::{DescriptorSet, TrackValue};
pub use history::{HistoryError, HistoryFile, LayoutNode, LayoutTree, Transformation, Variant};
pub use layout::{DescriptorLayout, LayoutEntry, LayoutError, ValueCount};
pub use name::{canonical, display_name, utf16_order};
pub use older_names::present_name;
pub use pattern::{Matches, PatternError, Unmatched, UnmatchedPattern, select_names};
pub use svm::{Coupling, Svm, SvmKernel, SvmModelError};
pub use transform::{
    AddField, Affine, Distribution, Enumerate, FixLength, Gaussianize, Moments, Normalize, NormalizeOptions,
    NormalizeTarget, Remove, Select, SvmPredict, Transform, TransformError,
};
pub use value_type::ValueType;
