#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod build;
mod convert;
mod error;
mod files;
mod fuse;
mod graph;
mod limits;
mod onnx;
mod onnx_graph;
mod protobuf;
mod source;
mod tensor;
mod tensorflow;
#[cfg(test)]
mod tests;

pub use error::ImportError;
pub use source::{Format, INPUT, SideInputs, Source, StateInput, TensorInfo, read_model_file};
