//! Limits of the work that a file can cause: enough for real models, in proportion to the size of the file.

use crate::ImportError;
use crate::protobuf::FieldValue;

/// Maximum number of nodes of a file after functions are inlined. A SavedModel has functions for training and saving, too.
const MAX_NODES: usize = 100_000;
/// Maximum number of nodes between the input and the outputs, constants excepted.
pub(crate) const MAX_CONVERTED_NODES: usize = 16_000;
/// Maximum number of operations of a converted network. The engine takes about 5 seconds to load as many.
pub(crate) const MAX_OPERATIONS: usize = 10_000;
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

    /// Raises the limits for weights of `bytes` bytes beside the file.
    pub(crate) fn add_bytes(&mut self, bytes: usize) {
        self.max_numbers = self.max_numbers.saturating_add(bytes);
    }

    /// Counts one node.
    pub(crate) fn node(&mut self) -> Result<(), ImportError> {
        count(&mut self.nodes, 1, "nodes", MAX_NODES)
    }

    /// Counts the bytes of a part of the file that is decoded once more.
    pub(crate) fn bytes(&mut self, part: &FieldValue<'_>) -> Result<(), ImportError> {
        self.numbers(if let FieldValue::Bytes(bytes) = part { bytes.len() } else { 1 })
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
