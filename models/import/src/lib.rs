//! From other people's model files to the ONNX that the engine runs fastest.
//!
//! ```text
//! bytes ─► graph (nodes, functions written out) ─► network (ONNX operations, channels first) ─► tidied ─► bytes
//! ```
//!
//! A [`Source`] is a file that was read: a frozen TensorFlow graph, a SavedModel with its weights inside, or ONNX. What lies
//! between an input and outputs of it becomes an ONNX file of fixed shapes, whatever the file's own batch, layout of
//! channels, training branches and way of computing shapes. A file may be anything: what is read is bounded, and what is
//! not understood is an [`ImportError`].

#![forbid(unsafe_code)]

mod build;
mod convert;
mod error;
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
pub use source::{Format, INPUT, Source, TensorInfo, read_model_file};
