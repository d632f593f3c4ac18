//! How much a file may make this crate do: as much as any model needs, and no more than its own size explains.

use crate::ImportError;

/// The most nodes that a graph may have, functions written out.
pub(crate) const MAX_NODES: usize = 100_000;
/// The most inputs and attributes that they may have together.
const MAX_PARTS: usize = 20 * MAX_NODES;
/// What may be made of the smallest file: numbers.
const BASE_ALLOWANCE: usize = 1 << 24;

/// What is left of what a file may make.
#[derive(Debug, Clone, Default)]
pub(crate) struct Limits {
    nodes: usize,
    parts: usize,
    numbers: usize,
    max_numbers: usize,
}

impl Limits {
    /// Of a file of so many bytes.
    pub(crate) fn of(bytes: usize) -> Self {
        Self { max_numbers: bytes.saturating_add(BASE_ALLOWANCE), ..Self::default() }
    }

    /// One more node.
    pub(crate) fn node(&mut self) -> Result<(), ImportError> {
        count(&mut self.nodes, 1, "nodes", MAX_NODES)
    }

    /// More inputs or attributes.
    pub(crate) fn parts(&mut self, parts: usize) -> Result<(), ImportError> {
        count(&mut self.parts, parts, "inputs and attributes", MAX_PARTS)
    }

    /// Numbers that are about to be made.
    pub(crate) fn numbers(&mut self, numbers: usize) -> Result<(), ImportError> {
        count(&mut self.numbers, numbers, "numbers computed while importing", self.max_numbers)
    }
}

fn count(counted: &mut usize, more: usize, what: &'static str, limit: usize) -> Result<(), ImportError> {
    *counted = counted.saturating_add(more);
    if *counted > limit { Err(ImportError::TooLarge { what, limit, got: *counted }) } else { Ok(()) }
}
