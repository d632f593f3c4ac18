"""Converts the TempoCNN networks from their Keras files with tf2onnx, with a fixed batch of 1."""

import numpy as np
import onnx

from graph import IR_VERSION, OPSET

SHAPE = (1, 40, 256, 1)


def load(path):
    import tensorflow as tf

    return tf.keras.models.load_model(path, compile=False)


def build(path):
    import tensorflow as tf
    import tf2onnx

    network = load(path)
    signature = (tf.TensorSpec(SHAPE, tf.float32, name="melspectrogram"),)
    call = tf.function(lambda patch: tf.identity(network(patch, training=False), name="activations"))
    model, _ = tf2onnx.convert.from_function(call, input_signature=signature, opset=OPSET)
    canonical(model.graph)
    model.ir_version = IR_VERSION
    model.producer_name, model.producer_version = "earmark", ""
    del model.graph.value_info[:]
    # tf2onnx writes the number of the function here, which depends on earlier conversions in the process.
    model.graph.ClearField("doc_string")
    onnx.checker.check_model(model, full_check=True)
    return model


def canonical(graph):
    """Renames all values by position, because tf2onnx names equal constants differently from run to run."""
    names = {graph.input[0].name: "melspectrogram", graph.output[0].name: "activations"}
    weights = {weight.name: weight for weight in graph.initializer}
    used = []
    for index, node in enumerate(graph.node):
        node.name = f"{index}_{node.op_type}"
        for name in node.input:
            if name in weights and name not in names:
                names[name] = f"weight_{len(used)}"
                used.append(weights[name])
        for name in node.output:
            names.setdefault(name, f"value_{index}")
    for node in graph.node:
        node.input[:] = [names[name] for name in node.input]
        node.output[:] = [names[name] for name in node.output]
    for value in [*used, *graph.input, *graph.output]:
        value.name = names[value.name]
    used = [onnx.TensorProto.FromString(weight.SerializeToString()) for weight in used]
    del graph.initializer[:]
    graph.initializer.extend(used)


def original(path):
    network = load(path)
    return SHAPE, lambda patch: {"activations": np.asarray(network(patch, training=False))}
