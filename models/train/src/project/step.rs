//! Steps of a preprocessing variant.

use crate::document::{Document, Node};
use crate::error::ContentError;
use crate::keys::Keys;

/// Step of a preprocessing variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PreprocessingStep {
    /// Removes the descriptors that match a pattern.
    Remove(Vec<String>),
    /// Keeps the descriptors that match a pattern.
    Select(Vec<String>),
    /// Numbers the texts of descriptors, by first appearance in the order of ids.
    Enumerate(Vec<String>),
    /// Scales each descriptor to 0 to 1.
    Normalize {
        /// Whether each dimension has a range of its own.
        independent: bool,
    },
    /// Replaces each value by the normal quantile of its rank.
    Gaussianize(Vec<String>),
    /// Removes descriptors whose length differs between items, or is 0.
    RemoveVariableLength,
    /// Fixes the lengths of descriptors.
    FixLength,
    /// Removes descriptors that are constant, or not finite in an item.
    Clean,
}

impl PreprocessingStep {
    const fn name(&self) -> &'static str {
        match self {
            Self::Remove(_) => "remove",
            Self::Select(_) => "select",
            Self::Enumerate(_) => "enumerate",
            Self::Normalize { .. } => "normalize",
            Self::Gaussianize(_) => "gaussianize",
            Self::RemoveVariableLength => "removevl",
            Self::FixLength => "fixlength",
            Self::Clean => "cleaner",
        }
    }

    /// Whether the step depends on the values of the items, so that a fold must not see the items that it predicts.
    #[must_use]
    pub const fn is_fitted(&self) -> bool {
        matches!(self, Self::Normalize { .. } | Self::Gaussianize(_) | Self::Clean)
    }

    /// Returns the step as a map with `type` and `params`.
    pub(crate) fn node(&self) -> Node {
        let names = |patterns: &[String]| {
            vec![("descriptorNames".to_owned(), Node::List(patterns.iter().map(Node::text).collect()))]
        };
        let params = match self {
            Self::Remove(patterns)
            | Self::Select(patterns)
            | Self::Enumerate(patterns)
            | Self::Gaussianize(patterns) => names(patterns),
            Self::Normalize { independent } => vec![("independent".to_owned(), Node::Flag(*independent))],
            Self::RemoveVariableLength | Self::FixLength | Self::Clean => Vec::new(),
        };
        let mut map = vec![("type".to_owned(), Node::text(self.name()))];
        if !params.is_empty() {
            map.push(("params".to_owned(), Node::Map(params)));
        }
        Node::Map(map)
    }

    /// Reads a step.
    pub(crate) fn from_node(document: Document<'_>, name: &str, node: Node) -> Result<Self, ContentError> {
        let mut keys = Keys::new(document, name, node)?;
        let kind = keys.text("type")?;
        let mut params = match keys.section("params")? {
            Some(params) => params,
            None => Keys::new(document, &format!("{name}.params"), Node::Map(Vec::new()))?,
        };
        let step = match kind.as_str() {
            "remove" => Self::Remove(params.texts("descriptorNames", &["*"])?),
            "select" => Self::Select(params.texts("descriptorNames", &["*"])?),
            "enumerate" => Self::Enumerate(params.texts("descriptorNames", &["*"])?),
            "gaussianize" => Self::Gaussianize(params.texts("descriptorNames", &["*"])?),
            "normalize" => Self::Normalize { independent: params.flag("independent", false)? },
            "removevl" => Self::RemoveVariableLength,
            "fixlength" => Self::FixLength,
            "cleaner" => Self::Clean,
            _ => {
                let expected = "remove, select, enumerate, normalize, gaussianize, removevl, fixlength or cleaner";
                return Err(keys.bad("type", expected, &Node::Text(kind)));
            }
        };
        params.finish()?;
        keys.finish()?;
        Ok(step)
    }
}
