//! Chains of fitted transformations with the layouts between them.

use thiserror::Error;

use crate::descriptor_set::DescriptorSet;
use crate::history::{HistoryError, HistoryFile, Transformation, Variant};
use crate::layout::{DescriptorLayout, LayoutError};
use crate::transform::{Transform, TransformError};

/// Error of reading a chain from a history.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChainError {
    /// A transformation cannot be read.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// A layout contradicts itself.
    #[error("cannot read transformation {index}: {error}")]
    Layout {
        /// Index of the transformation.
        index: usize,
        /// Contradiction.
        error: LayoutError,
    },
}

/// One step of a [`Chain`].
#[derive(Debug, Clone, PartialEq)]
pub struct ChainStep {
    /// Name of the algorithm that fitted the step, such as `cleaner`.
    pub analyzer: String,
    /// Parameters of the analyzer.
    pub analyzer_params: Variant,
    /// Layout before the step.
    pub before: DescriptorLayout,
    /// Fitted transformation.
    pub transform: Transform,
}

/// Fitted transformations in the order in which they are applied.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Chain {
    steps: Vec<ChainStep>,
    layout: DescriptorLayout,
}

impl Chain {
    /// Returns a chain without steps on points of a layout.
    #[must_use]
    pub fn new(layout: DescriptorLayout) -> Self {
        Self { steps: Vec::new(), layout }
    }

    /// Returns all steps.
    #[must_use]
    pub fn steps(&self) -> &[ChainStep] {
        &self.steps
    }

    /// Returns the layout after the last step.
    #[must_use]
    pub fn layout(&self) -> &DescriptorLayout {
        &self.layout
    }

    /// Adds a step that was fitted on the layout of the chain.
    pub fn push(&mut self, analyzer: &str, analyzer_params: Variant, transform: Transform) {
        let after = transform.layout_after(&self.layout);
        let before = std::mem::replace(&mut self.layout, after);
        self.steps.push(ChainStep { analyzer: analyzer.to_owned(), analyzer_params, before, transform });
    }

    /// Applies all steps to a point.
    ///
    /// # Errors
    /// If a descriptor of a step is missing or of another type or length.
    pub fn apply(&self, point: &mut DescriptorSet) -> Result<(), TransformError> {
        self.steps.iter().try_for_each(|step| step.transform.apply(point))
    }

    /// Reads the chain of a history of version 102.
    ///
    /// # Errors
    /// If the version is another one, an applier is not supported, a parameter is absent or of another type, or a layout
    /// contradicts itself.
    pub fn from_history(history: &HistoryFile) -> Result<Self, ChainError> {
        if history.version != HistoryFile::VERSION {
            return Err(HistoryError::UnsupportedVersion { got: history.version }.into());
        }
        let mut befores = Vec::with_capacity(history.transformations.len());
        for (index, step) in history.transformations.iter().enumerate() {
            let tree = step.layout.clone().unwrap_or_default();
            befores.push(DescriptorLayout::from_tree(&tree).map_err(|error| ChainError::Layout { index, error })?);
        }
        let mut chain = Self::default();
        for (index, step) in history.transformations.iter().enumerate() {
            // The layout after the last step is not stored; no step of a classifier needs it there.
            let empty = DescriptorLayout::default();
            let after = befores.get(index + 1).unwrap_or(&empty);
            let transform = Transform::from_transformation(step, index, after)?;
            let before = befores[index].clone();
            chain.layout = transform.layout_after(&before);
            chain.steps.push(ChainStep {
                analyzer: step.analyzer.clone(),
                analyzer_params: step.analyzer_params.clone(),
                before,
                transform,
            });
        }
        Ok(chain)
    }

    /// Returns the history of the chain, of version 102.
    #[must_use]
    pub fn to_history(&self) -> HistoryFile {
        let step = |step: &ChainStep| Transformation {
            name: Some(String::new()),
            analyzer: step.analyzer.clone(),
            applier: step.transform.applier().to_owned(),
            analyzer_params: step.analyzer_params.clone(),
            params: step.transform.params(),
            info: Some(step.transform.info()),
            layout: Some(step.before.to_tree()),
        };
        HistoryFile {
            version: HistoryFile::VERSION,
            transformations: self.steps.iter().map(step).collect(),
            layout: None,
        }
    }
}
