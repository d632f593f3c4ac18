//! Builder of small ONNX networks for tests.

use crate::message::{write_bytes, write_integer};

/// Number of the element type f32 in ONNX.
pub(crate) const FLOAT: u64 = 1;

/// A small ONNX network: inputs, nodes, constants and outputs.
#[derive(Default)]
pub(crate) struct NetworkBuilder {
    graph: Vec<u8>,
}

impl NetworkBuilder {
    /// Adds an input; 0 is an open dimension.
    pub(crate) fn input(self, name: &str, element_type: u64, dims: &[usize]) -> Self {
        self.value_info(11, name, element_type, dims)
    }

    /// Adds an output.
    pub(crate) fn output(self, name: &str, dims: &[usize]) -> Self {
        self.value_info(12, name, FLOAT, dims)
    }

    /// Adds a node without attributes.
    pub(crate) fn node(mut self, op: &str, inputs: &[&str], output: &str) -> Self {
        let mut node = Vec::new();
        inputs.iter().for_each(|input| write_bytes(&mut node, 1, input.as_bytes()));
        write_bytes(&mut node, 2, output.as_bytes());
        write_bytes(&mut node, 4, op.as_bytes());
        write_bytes(&mut self.graph, 1, &node);
        self
    }

    /// Adds a constant of f32 whose values are small and different.
    pub(crate) fn constant(mut self, name: &str, dims: &[usize], scale: f32) -> Self {
        let mut tensor = Vec::new();
        dims.iter().for_each(|&dim| write_integer(&mut tensor, 1, dim as u64));
        write_integer(&mut tensor, 2, FLOAT);
        write_bytes(&mut tensor, 8, name.as_bytes());
        let count: usize = dims.iter().product();
        let values: Vec<u8> =
            (0..count).flat_map(|i| (scale * ((i * 7919 % 101) as f32 / 50.0 - 1.0)).to_le_bytes()).collect();
        write_bytes(&mut tensor, 9, &values);
        write_bytes(&mut self.graph, 5, &tensor);
        self
    }

    /// Returns the file, with operation set 13.
    pub(crate) fn build(self) -> Vec<u8> {
        let (mut model, mut set) = (Vec::new(), Vec::new());
        write_integer(&mut set, 2, 13);
        write_integer(&mut model, 1, 8);
        write_bytes(&mut model, 7, &self.graph);
        write_bytes(&mut model, 8, &set);
        model
    }

    fn value_info(mut self, field: u64, name: &str, element_type: u64, dims: &[usize]) -> Self {
        let (mut shape, mut tensor, mut kind, mut info) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for &dim in dims {
            let mut side = Vec::new();
            if dim > 0 {
                write_integer(&mut side, 1, dim as u64);
            } else {
                write_bytes(&mut side, 2, b"n");
            }
            write_bytes(&mut shape, 1, &side);
        }
        write_integer(&mut tensor, 1, element_type);
        write_bytes(&mut tensor, 2, &shape);
        write_bytes(&mut kind, 1, &tensor);
        write_bytes(&mut info, 1, name.as_bytes());
        write_bytes(&mut info, 2, &kind);
        write_bytes(&mut self.graph, field, &info);
        self
    }
}

/// Returns a network from an input of these dimensions to `classes` values after the operation `last`.
pub(crate) fn classifier(dims: &[usize], classes: usize, last: &str, scale: f32) -> NetworkBuilder {
    let values: usize = dims.iter().map(|&dim| dim.max(1)).product();
    NetworkBuilder::default()
        .input("in", FLOAT, &[&[0], dims].concat())
        .node("Flatten", &["in"], "flat")
        .node("MatMul", &["flat", "w"], "sum")
        .node(last, &["sum"], "out")
        .constant("w", &[values, classes], scale)
        .output("out", &[0, classes])
}
