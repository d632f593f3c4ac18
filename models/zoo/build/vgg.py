"""Builds the VGG taggers from their checkpoints, channels first.

Five blocks of convolution 3x3, ReLU, batch normalisation and maximum pooling, then one dense layer. The pooling of the
two networks differs, so windows and strides are read from the training graph of each.
"""

from graph import Checkpoint, Graph
from trained_graph import TrainedGraph

FRAMES, BANDS = 187, 96


def build(folder):
    weights = Checkpoint(folder)
    graph = Graph("vgg", [1, FRAMES, BANDS])
    value = graph.shape("melspectrogram", [1], "plane", "Unsqueeze")
    value = graph.affine(value, *weights.batch_norm(0), (1, 1, 1, 1), "input_norm")
    for index, (window, stride) in enumerate(TrainedGraph(folder).pools(), start=1):
        name = f"block_{index}"
        kernel = weights.get(f"{index}CNN/kernel").transpose(3, 2, 0, 1)
        value = graph.node(
            "Conv",
            [value, graph.weight(f"{name}.kernel", kernel), graph.weight(f"{name}.bias", weights.get(f"{index}CNN/bias"))],
            f"{name}.conv",
            kernel_shape=[3, 3],
            pads=[1, 1, 1, 1],
        )
        value = graph.node("Relu", [value], f"{name}.relu")
        value = graph.affine(value, *weights.batch_norm(index), (1, -1, 1, 1), f"{name}.norm")
        value = graph.node("MaxPool", [value], name, kernel_shape=window, strides=stride)
    # The embedding is flattened with the channels last, as in the original.
    value = graph.node("Transpose", [value], "channels_last", perm=[0, 2, 3, 1])
    value = graph.node("Flatten", [value], "flat", axis=1)
    kernel, bias = weights.get("dense/kernel"), weights.get("dense/bias")
    graph.output(value, "embeddings", kernel.shape[0])
    logits = graph.dense(value, kernel, bias, "logits")
    graph.output(graph.node("Sigmoid", [logits], "sigmoid"), "activations", 50)
    return graph.model()
