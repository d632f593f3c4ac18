"""Builds the two U-Nets of Spleeter's 2-stem model from their checkpoint, channels first, one network per stem.

The axes are (channel, time, frequency). Six convolutions halve both axes, six transposed convolutions double them, and
a dilated convolution makes a mask, which is multiplied with the input. The order of the operations is that of the
training graph (`model.meta`): the joins take a convolution's output before its batch normalisation, and after a
transposed convolution ReLU precedes the batch normalisation.
"""

import numpy as np

from graph import Checkpoint, Graph

# Stems in the order in which the training graph contains their networks.
STEMS = ["vocals", "accompaniment"]
CHANNELS, BINS = 2, 1024
# Number of frames: a symbolic dimension, because the network accepts every multiple of 64.
FRAMES = "frames"
LEVELS = 6
# Layers of each kind in one network.
CONVOLUTIONS, TRANSPOSED, NORMALISATIONS = 7, 6, 12
# TensorFlow's "same" padding of a window of 5 with stride 2, and of a window of 4 with dilation 2: time and frequency
# before, then time and frequency after.
STRIDED = {"kernel_shape": [5, 5], "strides": [2, 2], "pads": [1, 1, 2, 2]}
DILATED = {"kernel_shape": [4, 4], "dilations": [2, 2], "pads": [3, 3, 3, 3]}
PER_CHANNEL = (1, -1, 1, 1)


def build(folder, stem, dtype=np.float16):
    """Returns the network of a stem, whose convolution kernels are stored as `dtype`."""
    weights = Weights(folder, STEMS.index(stem))
    graph = Graph(f"spleeter-2stems-{stem}", [1, CHANNELS, FRAMES, BINS], "mix")
    value, skips = "mix", []
    for level in range(1, LEVELS + 1):
        value = convolution(graph, "Conv", value, f"conv{level}", weights.convolution(level - 1), dtype, STRIDED)
        # The batch normalisation of the last convolution has variables, but nothing reads its output.
        if level < LEVELS:
            skips.append(value)
            value = graph.affine(value, *weights.encoder_norm(level), PER_CHANNEL, f"bn{level}")
            value = graph.node("LeakyRelu", [value], f"relu{level}", alpha=0.2)
    for level in range(1, LEVELS + 1):
        if level > 1:
            value = graph.node("Concat", [skips.pop(), value], f"join{level}", axis=1)
        value = convolution(graph, "ConvTranspose", value, f"up{level}", weights.transposed(level - 1), dtype, STRIDED)
        value = graph.node("Relu", [value], f"uprelu{level}")
        value = graph.affine(value, *weights.decoder_norm(level), PER_CHANNEL, f"upbn{level}")
    last = convolution(graph, "Conv", value, "last", weights.convolution(LEVELS), dtype, DILATED)
    mask = graph.node("Sigmoid", [last], "mask")
    graph.output(graph.node("Mul", [mask, "mix"], "masked"), stem, CHANNELS, FRAMES, BINS)
    return graph.model()


def convolution(graph, op, value, name, variables, dtype, attributes):
    """Adds a convolution or transposed convolution with bias."""
    kernel, bias = variables
    # (time, frequency, in, out) becomes (out, in, time, frequency); of a transposed convolution (time, frequency, out,
    # in) becomes (in, out, time, frequency).
    kernel = graph.kernel(f"{name}.weight", kernel.transpose(3, 2, 0, 1), dtype)
    return graph.node(op, [value, kernel, graph.weight(f"{name}.bias", bias)], name, **attributes)


class Weights:
    """The variables of one of the networks in the checkpoint. Layer numbers continue from network to network."""

    def __init__(self, folder, network):
        self.variables = Checkpoint(folder, "model")
        self.network = network

    def convolution(self, index):
        return self.layer("conv2d", self.network * CONVOLUTIONS + index)

    def transposed(self, index):
        return self.layer("conv2d_transpose", self.network * TRANSPOSED + index)

    def encoder_norm(self, level):
        return self.variables.batch_norm(self.network * NORMALISATIONS + level - 1)

    def decoder_norm(self, level):
        return self.variables.batch_norm(self.network * NORMALISATIONS + LEVELS + level - 1)

    def layer(self, kind, index):
        name = f"{kind}_{index}" if index else kind
        return self.variables.get(f"{name}/kernel"), self.variables.get(f"{name}/bias")
