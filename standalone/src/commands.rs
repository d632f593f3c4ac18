//! Commands of the program, one module for each.

pub(crate) mod devices;
pub(crate) mod embed;
pub(crate) mod listen;
pub(crate) mod models;
pub(crate) mod tag;
