//! Import of TensorFlow and ONNX model files: converts them to ONNX in the form that the engine runs fastest.
//!
//! ```text
//! bytes ─► graph (functions inlined) ─► network (ONNX operations, channels first) ─► fused network ─► bytes
//! ```
//!
//! A [`Source`] is a model file in memory: a frozen TensorFlow graph, a SavedModel with its weights inside, or ONNX.
//! [`Source::to_onnx`] converts the part between an input and some outputs to an ONNX file of fixed shapes. Batch,
//! channel layout, training branches and shape computations of the original are resolved. Files are untrusted input:
//! size and work are limited, and everything that is not supported is an [`ImportError`].

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
