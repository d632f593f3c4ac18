//! Function that turns the outputs of a network into probabilities, appended to the converted network.

use crate::message::{write_bytes, write_integer};

/// Number of the attribute type for integers in ONNX.
const INTEGER_ATTRIBUTE: u64 = 2;

/// Function that turns the outputs of a network into probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// None: the outputs are probabilities or quantities.
    None,
    /// Softmax, for classes that exclude each other.
    Softmax,
    /// Logistic function of each output, for independent classes.
    Sigmoid,
}

impl Activation {
    /// Appends the function to an ONNX network: an operation from the output `from` to a new output `to`.
    ///
    /// A second graph in the file is merged with the first one, as for every message of protobuf.
    pub(crate) fn append(self, onnx: &mut Vec<u8>, from: &str, to: &str) {
        let op = match self {
            Self::None => return,
            Self::Softmax => "Softmax",
            Self::Sigmoid => "Sigmoid",
        };
        let (mut node, mut output, mut graph) = (Vec::new(), Vec::new(), Vec::new());
        for (field, text) in [(1, from), (2, to), (3, to), (4, op)] {
            write_bytes(&mut node, field, text.as_bytes());
        }
        if self == Self::Softmax {
            let mut axis = Vec::new();
            write_bytes(&mut axis, 1, b"axis");
            write_integer(&mut axis, 3, (-1_i64).cast_unsigned());
            write_integer(&mut axis, 20, INTEGER_ATTRIBUTE);
            write_bytes(&mut node, 5, &axis);
        }
        write_bytes(&mut output, 1, to.as_bytes());
        write_bytes(&mut graph, 1, &node);
        write_bytes(&mut graph, 12, &output);
        write_bytes(onnx, 7, &graph);
    }
}
