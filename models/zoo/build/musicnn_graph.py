"""Builds MusiCNN (musicnn/models.py, `build_musicnn`) from its checkpoint, channels first, without a transpose.

Five convolutions over (time, frequency), each followed by ReLU, batch normalisation and the maximum over frequency;
three convolutions over time with residual connections; maximum and mean over time; two dense layers.
The order is that of the training graph: a batch normalisation with a negative scale does not commute with the maximum.
"""

import numpy as np

from graph import Checkpoint, Graph

FRAMES, BANDS = 187, 96
FRONT = ["timbral_38", "timbral_67", "temporal_128", "temporal_64", "temporal_32"]


def build(folder):
    weights = Checkpoint(folder)
    graph = Graph("musicnn", [1, FRAMES, BANDS])
    plane = graph.shape("melspectrogram", [1], "plane", "Unsqueeze")
    plane = graph.affine(plane, *weights.batch_norm(0), (1, 1, 1, 1), "input_norm")

    features = [front(graph, weights, plane, name, index) for index, name in enumerate(FRONT)]
    layers = [graph.node("Concat", features, "front_end", axis=1)]
    for index in range(3):
        layers.append(middle(graph, weights, layers, index))
    everything = graph.node("Concat", layers, "trunk", axis=1)

    highest = graph.node("ReduceMax", [everything], "highest", axes=[2], keepdims=0)
    mean = graph.node("ReduceMean", [everything], "mean", axes=[2], keepdims=0)
    pooled = graph.node("Concat", [highest, mean], "pooled", axis=1)
    # The original interleaves maximum and mean of each channel; here the weights are reordered instead.
    order = np.argsort(np.arange(2 * 753) % 2, kind="stable")
    scale, shift = (values[order] for values in weights.batch_norm(9))
    pooled = graph.affine(pooled, scale, shift, (1, -1), "pooled_norm")

    dense = graph.dense(pooled, weights.get("dense/kernel")[order], weights.get("dense/bias"), "dense")
    graph.output(dense, "embeddings", 200)
    hidden = graph.node("Relu", [dense], "dense_relu")
    hidden = graph.affine(hidden, *weights.batch_norm(10), (1, -1), "dense_norm")
    logits = graph.dense(hidden, weights.get("dense_1/kernel"), weights.get("dense_1/bias"), "logits")
    graph.output(graph.node("Sigmoid", [logits], "sigmoid"), "activations", 50)
    return graph.model()


def front(graph, weights, plane, name, index):
    """Adds a front-end branch: convolution over (time, frequency), padded in time, then the maximum over frequency."""
    kernel = weights.get(f"conv2d{suffix(index)}/kernel").transpose(3, 2, 0, 1)
    _, _, time, frequency = kernel.shape
    before = (time - 1) // 2
    value = graph.node(
        "Conv",
        [plane, graph.weight(f"{name}.kernel", kernel), graph.weight(f"{name}.bias", weights.get(f"conv2d{suffix(index)}/bias"))],
        f"{name}.conv",
        kernel_shape=[time, frequency],
        pads=[before, 0, time - 1 - before, 0],
    )
    value = graph.node("Relu", [value], f"{name}.relu")
    value = graph.affine(value, *weights.batch_norm(index + 1), (1, -1, 1, 1), f"{name}.norm")
    width = BANDS - frequency + 1
    value = graph.node("MaxPool", [value], f"{name}.max", kernel_shape=[1, width], strides=[1, width])
    return graph.shape(value, [3], name, "Squeeze")


def middle(graph, weights, layers, index):
    """Adds one convolution over time; from the second one on, the input is added to the output."""
    name = f"middle_{index + 1}"
    kernel = weights.get(f"conv2d_{index + 5}/kernel")[:, :, 0, :].transpose(2, 1, 0)
    value = graph.node(
        "Conv",
        [layers[-1], graph.weight(f"{name}.kernel", kernel), graph.weight(f"{name}.bias", weights.get(f"conv2d_{index + 5}/bias"))],
        f"{name}.conv",
        kernel_shape=[kernel.shape[2]],
        pads=[3, 3],
    )
    value = graph.node("Relu", [value], f"{name}.relu")
    value = graph.affine(value, *weights.batch_norm(index + 6), (1, -1, 1), f"{name}.norm")
    return graph.node("Add", [value, layers[-1]], name) if index else value


def suffix(index):
    return f"_{index}" if index else ""
