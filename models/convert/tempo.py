"""The TempoCNN networks from their Keras files, through tf2onnx, with the batch fixed to 1."""

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
    output = model.graph.output[0].name
    rename(model, output, "activations")
    model.ir_version = IR_VERSION
    model.producer_name, model.producer_version = "earmark", ""
    del model.graph.value_info[:]
    onnx.checker.check_model(model, full_check=True)
    return model


def rename(model, old, new):
    for node in model.graph.node:
        node.output[:] = [new if name == old else name for name in node.output]
        node.input[:] = [new if name == old else name for name in node.input]
    for output in model.graph.output:
        output.name = new if output.name == old else output.name


def original(path):
    network = load(path)
    return SHAPE, lambda patch: {"activations": np.asarray(network(patch, training=False))}
