//! Commands of the program, one module for each.

pub(crate) mod completions;
pub(crate) mod devices;
pub(crate) mod embed;
pub(crate) mod listen;
pub(crate) mod man;
pub(crate) mod models;
pub(crate) mod tag;
