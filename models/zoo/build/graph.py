"""Builder for ONNX graphs with a fixed batch of 1, and parts that several networks share."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 13
IR_VERSION = 8
# Epsilon of the batch normalisations in the packages, added to the variance.
EPSILON = 1e-3


class Graph:
    """Nodes and weights of an ONNX graph, in the order in which they are added."""

    def __init__(self, name, input_shape, input_name="melspectrogram"):
        self.name = name
        self.inputs = [helper.make_tensor_value_info(input_name, TensorProto.FLOAT, input_shape)]
        self.outputs = []
        self.nodes = []
        self.weights = []

    def weight(self, name, values, dtype=np.float32):
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values, dtype=dtype), name))
        return name

    def kernel(self, name, values, dtype):
        """Adds a kernel stored as `dtype`; a kernel in half precision is followed by a cast to single precision."""
        self.weight(name, values, dtype)
        return self.node("Cast", [name], f"{name}.single", to=TensorProto.FLOAT) if dtype == np.float16 else name

    def node(self, op, inputs, name, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def shape(self, value, axes, name, op):
        return self.node(op, [value, self.weight(f"{name}.axes", axes, np.int64)], name)

    def affine(self, value, scale, shift, shape, name):
        """Adds scale * value + shift, per channel: a batch normalisation in inference mode."""
        scaled = self.node("Mul", [value, self.weight(f"{name}.scale", scale.reshape(shape))], f"{name}.scaled")
        return self.node("Add", [scaled, self.weight(f"{name}.shift", shift.reshape(shape))], name)

    def dense(self, value, kernel, bias, name):
        product = self.node("MatMul", [value, self.weight(f"{name}.kernel", kernel)], f"{name}.product")
        return self.node("Add", [product, self.weight(f"{name}.bias", bias)], name)

    def output(self, value, name, *shape):
        """Adds a named output with a batch of 1 and the given further dimensions."""
        self.node("Identity", [value], name)
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, *shape]))

    def model(self):
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="earmark")
        model.ir_version = IR_VERSION
        onnx.checker.check_model(model, full_check=True)
        return model


class Checkpoint:
    """The variables of a TensorFlow checkpoint, in double precision. `name` is the file name without extension."""

    def __init__(self, folder, name=""):
        import tensorflow as tf

        # `tf.train.load_checkpoint` does not work: the `checkpoint` files contain a path of the author's machine.
        self.reader = tf.compat.v1.train.NewCheckpointReader(f"{folder}/{name}")

    def get(self, name):
        return self.reader.get_tensor(name).astype(np.float64)

    def batch_norm(self, index):
        """Returns scale and shift of the batch normalisation with this index."""
        layer = "batch_normalization" + (f"_{index}" if index else "")
        parts = ("gamma", "beta", "moving_mean", "moving_variance")
        gamma, beta, mean, variance = (self.get(f"{layer}/{part}") for part in parts)
        scale = gamma / np.sqrt(variance + EPSILON)
        return scale, beta - mean * scale
