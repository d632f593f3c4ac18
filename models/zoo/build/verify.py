"""Compares the original and the converted network on the same input; a difference stops the conversion."""

import sys

import numpy as np
import onnxruntime

from trained_graph import TrainedGraph

# Maximum difference: absolute for activations, relative to the largest value for embeddings. Rounding in another order
# of summation stays below it.
TOLERANCE = {"activations": 2e-6, "embeddings": 1e-5}
PATCHES = 8


def same(name, model, reference):
    """Returns the worst difference of each output between the converted network and the original."""
    shape, original = reference
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    worst = {}
    generator = np.random.default_rng(1)
    for _ in range(PATCHES):
        # The range of real patches: log-mel from 0 to about 6, standardised patches around 0.
        patch = generator.uniform(0.0, 5.0, shape) if len(shape) == 3 else generator.standard_normal(shape)
        patch = patch.astype(np.float32)
        expected = original(patch)
        outputs = [output.name for output in session.get_outputs()]
        for output, got in zip(outputs, session.run(outputs, {"melspectrogram": patch})):
            scale = 1.0 if output == "activations" else np.abs(expected[output]).max()
            difference = float(np.abs(got - expected[output]).max() / scale)
            worst[output] = max(worst.get(output, 0.0), difference)
    for output, difference in worst.items():
        if not difference <= TOLERANCE[output]:
            sys.exit(f"{name}: {output}: expected a difference of at most {TOLERANCE[output]}, got {difference}")
    return worst


def trained_tagger(folder):
    """Returns the input shape of a tagger, and a function that runs its training graph with the checkpoint restored."""
    is_vgg = folder.name.endswith("vgg")
    embeddings = "model/Flatten/flatten/Reshape:0" if is_vgg else "model/dense/BiasAdd:0"
    run = TrainedGraph(folder).runner({"activations": "model/Sigmoid:0", "embeddings": embeddings})
    return (1, 187, 96), run
