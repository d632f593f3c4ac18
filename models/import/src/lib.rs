#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod build;
mod convert;
mod error;
mod graph;
mod limits;
mod net;
mod onnx;
mod source;
mod tensor;
mod tensorflow;
#[cfg(test)]
mod tests;
mod tidy;
mod wire;

pub use error::ImportError;
pub use source::{Format, INPUT, Port, Source, content};
