"""Writes Keras layers as frozen graphs and as SavedModels, each with an input and TensorFlow's output for it.

    python make_keras.py FOLDER

For each case it writes `NAME.pb`, or the folder `NAME` of a SavedModel, `NAME.in.npy`, `NAME.out.npy`, and a line
`NAME INPUT OUTPUT` in `cases.txt`. Loops are written as functions, and in the case `lowered` as single operations.
"""

import shutil
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2 as frozen

layers = tf.keras.layers
RANDOM = np.random.default_rng(40)
SHAPE = [12, 6]
# A layer is traced twice, so that a random number within it would change.
KERNEL = np.random.default_rng(41).normal(size=[6, 4]).astype(np.float32)


def sequence(*parts):
    def apply(x):
        for part in parts:
            x = part(x)
        return x

    return apply


def pooled(*parts):
    return sequence(*parts, layers.GlobalAveragePooling1D())


def image(*parts):
    return sequence(layers.Reshape([*SHAPE, 1]), *parts, layers.GlobalAveragePooling2D())


def attention(x):
    y = layers.LayerNormalization(epsilon=1e-6)(x)
    x = x + layers.MultiHeadAttention(2, 4, dropout=0.1)(y, y)
    y = layers.Dense(9, activation="gelu")(layers.LayerNormalization(center=False, scale=False)(x))
    x = x + layers.Dense(6)(layers.Dropout(0.1)(y))
    y = layers.MultiHeadAttention(2, 3)(x, x, use_causal_mask=True)
    return layers.GlobalAveragePooling1D()(layers.Attention()([x, y]))


def activations(x):
    names = ["selu", "elu", "softplus", "softsign", "swish", "gelu", "hard_sigmoid", "exponential", "tanh"]
    return layers.GlobalAveragePooling1D()(layers.Concatenate()([layers.Activation(name)(x) for name in names]))


def arithmetic(x):
    parts = [
        tf.math.log1p(tf.abs(x)), tf.math.expm1(x), tf.math.divide_no_nan(x, tf.nn.relu(x)), tf.cumsum(x, 1),
        tf.cumsum(x, 1, exclusive=True, reverse=True), tf.reverse(x, [1, 2]), tf.roll(x, 3, 1), tf.linalg.band_part(x, 2, 3),
        tf.einsum("btf,fg->btg", x, tf.constant(KERNEL)),
        tf.math.top_k(x, 4).values, tf.pad(x, [[0, 0], [0, 0], [2, 3]], "SYMMETRIC"), tf.nn.l2_normalize(x, -1),
    ]  # fmt: skip
    return tf.concat([tf.reduce_mean(tf.concat(parts, 2), 1), tf.reduce_logsumexp(x, 1), tf.math.reduce_std(x, 1)], 1)


def recurrent(x):
    y = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(x)
    y = layers.Bidirectional(layers.GRU(3, return_sequences=True), merge_mode="sum")(y)
    y = layers.GRU(5, reset_after=False, return_sequences=True, go_backwards=True)(y)
    return layers.Concatenate()([layers.SimpleRNN(4)(y), *layers.LSTM(3, return_state=True)(x)])


def convolutions(x):
    for dilation in (1, 2, 3):
        x = layers.Conv1D(6, 3, dilation_rate=dilation, padding="causal", activation="relu")(x)
    y = layers.Conv1D(4, 3, dilation_rate=2, padding="same")(x)
    return layers.Concatenate()([layers.GlobalAveragePooling1D()(part) for part in (x, y, layers.Conv1DTranspose(3, 4, 2)(x))])


def resized(x):
    x = layers.Reshape([*SHAPE, 1])(x)
    parts = [
        layers.UpSampling2D((2, 3))(x), layers.UpSampling2D((2, 3), interpolation="bilinear")(x), layers.Resizing(5, 7)(x),
        layers.Resizing(5, 7, interpolation="nearest")(x),
    ]  # fmt: skip
    return layers.Concatenate()([layers.Flatten()(part) for part in parts])


LAYERS = {
    "attention": attention, "activations": activations, "arithmetic": layers.Lambda(arithmetic), "recurrent": recurrent,
    "convolutions": convolutions, "resized": resized, "layer_norm_of_axis": pooled(layers.LayerNormalization(axis=1)),
    "group_norm": image(layers.Conv2D(6, 3), layers.GroupNormalization(3), layers.Conv2D(4, 2), layers.GroupNormalization(-1)),
    "other_loop": sequence(layers.LSTM(3, activation="softsign")), "lowered": recurrent,
    "saved": sequence(layers.Conv1D(5, 3), layers.BatchNormalization(), layers.LSTM(4), layers.Dense(3)),
}  # fmt: skip


def save(folder, name, value):
    np.save(folder / f"{name}.npy", np.ascontiguousarray(value, dtype=np.float32))


def case(folder, name, make):
    tf.keras.backend.clear_session()
    tf.keras.utils.set_random_seed(len(name))
    x = tf.keras.Input(SHAPE, name="x")
    model = tf.keras.Model(x, make(x))
    for weight in model.weights:
        weight.assign(weight + RANDOM.normal(size=weight.shape) * 0.1)
    one = RANDOM.normal(size=[1, *SHAPE]).astype(np.float32)
    save(folder, f"{name}.in", one)
    save(folder, f"{name}.out", model(one))
    call = tf.function(lambda x: model(x)).get_concrete_function(tf.TensorSpec([None, *SHAPE], tf.float32, name="x"))
    if name == "saved":
        shutil.rmtree(folder / name, ignore_errors=True)
        module = tf.Module()
        module.weights, module.call = model.variables, call
        tf.saved_model.save(module, str(folder / name), signatures={"serving_default": call})
        return f"{name} serving_default_x StatefulPartitionedCall"
    graph = frozen(call, lower_control_flow=name == "lowered").graph.as_graph_def()
    (folder / f"{name}.pb").write_bytes(graph.SerializeToString(deterministic=True))
    return f"{name} x Identity"


def main(folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    lines = [case(folder, *case_) for case_ in LAYERS.items()]
    (folder / "cases.txt").write_text("".join(f"{line}\n" for line in lines))


main(*sys.argv[1:])
