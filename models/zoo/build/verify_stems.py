"""Compares a converted stem network with the training graph, run by TensorFlow; a difference stops the conversion.

The training graph is `model.meta` beside the checkpoint. It contains the whole path from waveform to stems, of which
only the part from magnitudes to the magnitudes of one stem is run. The Python code of the package is not imported: the
graph was written by the training, and the code depends on further packages.
"""

import sys

import numpy as np
import onnxruntime

import spleeter

# Magnitudes of the mix in the training graph, (blocks, frames, bins, channels), and the switch of dropout and batch
# normalisation.
MIX = "strided_slice_3:0"
TRAINING = "keras_learning_phase:0"
# Shortest input, and the block length of the training.
FRAMES = [64, 512]
# Maximum difference by the type of the stored kernels. In single precision, the largest difference relative to the
# largest value of the output: rounding in another order of summation. In half precision, RMS relative to RMS: rounding
# of the kernels, which changes single values on the slope of the sigmoid by more.
TOLERANCE = {np.float32: 1e-4, np.float16: 3e-3}
# Names of the differences in the table.
COLUMNS = {np.float32: "magnitudes (f32, worst)", np.float16: "magnitudes (f16, RMS)"}


def same(stem, folder):
    """Returns the worst difference for each precision of the stored kernels, over all lengths in `FRAMES`."""
    original = trained(folder, stem)
    networks = {dtype: converted(spleeter.build(folder, stem, dtype), stem) for dtype in TOLERANCE}
    worst = dict.fromkeys(TOLERANCE, 0.0)
    for frames in FRAMES:
        mix = magnitudes(frames)
        expected = original(mix)
        for dtype, network in networks.items():
            size = largest if dtype == np.float32 else rms
            difference = float(size(network(mix) - expected) / size(expected))
            if not difference <= TOLERANCE[dtype]:
                what = f"{stem}: {COLUMNS[dtype]}, {frames} frames"
                sys.exit(f"{what}: expected a difference of at most {TOLERANCE[dtype]}, got {difference}")
            worst[dtype] = max(worst[dtype], difference)
    return {COLUMNS[dtype]: difference for dtype, difference in worst.items()}


def largest(values):
    return np.abs(values).max()


def rms(values):
    return np.sqrt(np.mean(np.square(values, dtype=np.float64)))


def magnitudes(frames):
    """Returns random magnitudes of a mix, (1, channels, frames, bins): noise, and a harmonic tone in the middle.

    The tone has the partials and the vibrato of a voice, so that the masks of both stems have values from 0 to 1. On
    noise alone the mask of the accompaniment is 1 everywhere, and hardly depends on the weights.
    """
    shape = (spleeter.CHANNELS, frames, spleeter.BINS)
    generator = np.random.default_rng(frames)
    bins = np.arange(spleeter.BINS)
    noise = np.abs(generator.standard_normal(shape)) * np.exp(generator.standard_normal(shape)) / (1.0 + bins / 30.0)
    pitch = 24.0 + np.cumsum(0.1 * generator.standard_normal(frames)) + np.sin(0.8 * np.arange(frames))
    partial = bins / pitch[:, np.newaxis]
    distance = (partial - np.maximum(np.round(partial), 1.0)) * pitch[:, np.newaxis]
    tone = np.exp(-0.5 * distance**2) / (1.0 + bins / 60.0)
    return (2.0 * noise + 200.0 * tone)[np.newaxis].astype(np.float32)


def converted(model, stem):
    """Returns a function that runs an ONNX model of a stem in ONNX Runtime."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return lambda mix: session.run([stem], {"mix": mix})[0]


def trained(folder, stem):
    """Returns a function that runs the training graph of a stem, with the checkpoint restored."""
    import tensorflow as tf

    meta = tf.compat.v1.MetaGraphDef()
    meta.ParseFromString((folder / "model.meta").read_bytes())
    saver, output = meta.saver_def, f"{stem}_spectrogram/mul:0"
    names = [tensor.split(":")[0] for tensor in (output, TRAINING)] + [saver.restore_op_name]
    forward = tf.compat.v1.graph_util.extract_sub_graph(meta.graph_def, names)
    for node in forward.node:
        # The recorded shapes contain the block length of the training.
        node.attr.pop("_output_shapes", None)
    graph = tf.Graph()
    with graph.as_default():
        mix = tf.compat.v1.placeholder(tf.float32, [1, None, spleeter.BINS, spleeter.CHANNELS], "mix")
        tf.import_graph_def(forward, input_map={MIX: mix}, name="")
    session = tf.compat.v1.Session(graph=graph)
    session.run(saver.restore_op_name, {saver.filename_tensor_name: str(folder / "model")})

    def run(values):
        last = values.transpose(0, 2, 3, 1)
        return session.run(output, {mix: last, TRAINING: False}).transpose(0, 3, 1, 2)

    return run
