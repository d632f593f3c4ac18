//! Limits of the work that a file can cause: enough for real models, in proportion to the size of the file.

use crate::ImportError;

/// Maximum number of nodes of a graph after functions are inlined.
pub(crate) const MAX_NODES: usize = 100_000;
/// Maximum number of inputs and attributes of all nodes.
const MAX_PARTS: usize = 20 * MAX_NODES;
/// Number of elements that may be computed for a file of any size.
const BASE_ALLOWANCE: usize = 1 << 24;

/// The work so far and its limits.
#[derive(Debug, Clone, Default)]
pub(crate) struct Limits {
    nodes: usize,
    parts: usize,
    numbers: usize,
    max_numbers: usize,
}

impl Limits {
    /// Returns the limits for a file of `bytes` bytes.
    pub(crate) fn of(bytes: usize) -> Self {
        Self { max_numbers: bytes.saturating_add(BASE_ALLOWANCE), ..Self::default() }
    }

    /// Counts one node.
    pub(crate) fn node(&mut self) -> Result<(), ImportError> {
        count(&mut self.nodes, 1, "nodes", MAX_NODES)
    }

    /// Counts inputs or attributes.
    pub(crate) fn parts(&mut self, parts: usize) -> Result<(), ImportError> {
        count(&mut self.parts, parts, "inputs and attributes", MAX_PARTS)
    }

    /// Counts elements before they are computed.
    pub(crate) fn numbers(&mut self, numbers: usize) -> Result<(), ImportError> {
        count(&mut self.numbers, numbers, "elements computed during the import", self.max_numbers)
    }
}

fn count(counted: &mut usize, more: usize, what: &'static str, limit: usize) -> Result<(), ImportError> {
    *counted = counted.saturating_add(more);
    if *counted > limit { Err(ImportError::TooLarge { what, limit, got: *counted }) } else { Ok(()) }
}
