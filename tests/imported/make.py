"""Writes small TensorFlow graphs, each with an input and TensorFlow's output for it.

    python make.py FOLDER [MODELS]

For each case it writes `NAME.pb`, `NAME.in.npy`, `NAME.out.npy`, and a line `NAME INPUT OUTPUT` in `cases.txt`. With
MODELS, the `models` folder of the reference data, it also runs the frozen graphs there; these files are not copied, and
the line contains their path and an index.
"""

import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
v1.disable_eager_execution()
v1.disable_control_flow_v2()
RANDOM = np.random.default_rng(20)


def weights(*shape, scale=0.5):
    return tf.constant((RANDOM.normal(size=shape) * scale).astype(np.float32))


def norm(x):
    channels = x.shape[-1]
    parts = [weights(channels), weights(channels), weights(channels), tf.abs(weights(channels)) + 0.5]
    return v1.nn.fused_batch_norm(x, *parts, epsilon=1e-3, is_training=False)[0]


def numbers(x):
    parts = [
        tf.nn.relu6(4 * x), tf.nn.elu(x), tf.nn.leaky_relu(x, 0.1), tf.nn.softplus(x), tf.tanh(x), tf.sigmoid(x), tf.exp(x),
        tf.math.log(tf.abs(x) + 1), tf.sqrt(tf.abs(x)), tf.math.rsqrt(tf.abs(x) + 1), tf.square(x), tf.floor(3 * x),
        tf.nn.swish(x), 0.5 * x * (1 + tf.math.erf(x / np.sqrt(2).astype(np.float32))), tf.minimum(x, 0.3),
        tf.maximum(x, weights(6)), tf.pow(tf.abs(x) + 0.1, 1.7), tf.math.squared_difference(x, weights(5, 1)),
        tf.where(x > 0.1, x, 2 * x), tf.clip_by_value(x, -0.5, 0.7), 1 - x, 2 / (tf.abs(x) + 1), -x, tf.abs(x), tf.sign(x),
        v1.nn.softmax(x, axis=1), tf.nn.log_softmax(x), tf.stop_gradient(x), tf.math.reciprocal(tf.abs(x) + 2),
        x * weights(1, 5, 1) + weights(6), tf.add_n([x, x, 3 * x]), tf.cast(x > 0, tf.float32), tf.math.floordiv(x, 0.3),
    ]
    return tf.stack(parts, axis=1)


def reductions(x):
    y = tf.nn.relu(tf.nn.conv2d(x, weights(3, 3, 2, 4), 1, "SAME"))
    flat = lambda value: tf.reshape(value, [1, -1])
    return tf.concat(
        [
            flat(tf.reduce_mean(y, [1, 2])), flat(tf.reduce_max(y, [2], keepdims=True)), flat(tf.reduce_min(y, [-1])),
            flat(tf.reduce_sum(y, [1, 3])), flat(tf.reduce_prod(y[:, :2, :2], [1, 2])), flat(tf.reduce_mean(y, [1, 2, 3])),
            flat(tf.reduce_max(tf.reduce_mean(y, 2, keepdims=True), 1)),
        ],
        1,
    )


def windows(x):
    a = tf.nn.conv2d(x, weights(3, 5, 2, 4), [2, 2], "SAME")
    b = tf.nn.conv2d(x, weights(2, 2, 2, 4), [2, 2], [[0, 0], [1, 0], [0, 1], [0, 0]])
    c = tf.nn.avg_pool2d(x, [3, 3], [2, 2], "SAME")
    d = tf.nn.max_pool2d(x, [2, 3], [2, 2], "SAME")
    return tf.concat([norm(tf.nn.bias_add(a, weights(4))), b[:, :6, :5], c, d], 3)


def depthwise(x):
    y = tf.nn.depthwise_conv2d(x, weights(3, 3, 2, 3), [1, 2, 2, 1], "SAME")
    return tf.nn.depthwise_conv2d(norm(y), weights(2, 2, 6, 1), [1, 1, 1, 1], "VALID")


def holes(x):
    blocks = tf.space_to_batch(x, [2, 3], [[2, 3], [3, 3]])
    y = tf.batch_to_space(tf.nn.conv2d(blocks, weights(3, 3, 2, 4), 1, "VALID"), [2, 3], [[0, 1], [0, 0]])
    return y + tf.nn.conv2d(x, weights(3, 3, 2, 4), 1, "SAME", dilations=[2, 2])[:, :, : y.shape[2]]


def back(x):
    y = tf.nn.conv2d(x, weights(5, 5, 2, 8), 2, "SAME")
    same = tf.nn.conv2d_transpose(tf.nn.elu(y), weights(5, 5, 3, 8), [1, 12, 10, 3], 2, "SAME")
    valid = tf.nn.conv2d_transpose(y, weights(3, 2, 3, 8), [1, 13, 10, 3], 2, "VALID")
    return tf.concat([same, valid], 1)


def along_time(x):
    y = tf.nn.conv1d(x, weights(3, 6, 7), 1, "SAME")
    plane = tf.expand_dims(tf.nn.relu(y), 3)
    covered = tf.nn.conv2d(tf.pad(plane, [[0, 0], [2, 2], [0, 0], [0, 0]]), weights(5, 7, 1, 6), 1, "VALID")
    turned = tf.transpose(norm(covered), [0, 1, 3, 2])
    both = tf.concat([turned, tf.expand_dims(x, 3)], 2)
    stacked = tf.concat([tf.reduce_max(both, 1), tf.reduce_mean(both, 1)], 2)
    return tf.matmul(tf.reshape(stacked, [-1, 24]), weights(24, 5))


def efficient(x):
    y = norm(tf.nn.conv2d(tf.expand_dims(x, 3), weights(3, 3, 1, 4), 2, "SAME"))
    y = tf.nn.swish(y)
    z = tf.nn.swish(norm(tf.nn.conv2d(y, weights(1, 1, 4, 8), 1, "SAME")))
    z = tf.nn.swish(norm(tf.nn.depthwise_conv2d(z, weights(3, 3, 8, 1), [1, 1, 1, 1], "SAME")))
    gate = tf.reshape(tf.reduce_mean(z, [1, 2]), [-1, 1, 1, 8])
    gate = tf.nn.swish(tf.nn.bias_add(tf.nn.conv2d(gate, weights(1, 1, 8, 2), 1, "SAME"), weights(2)))
    gate = tf.sigmoid(tf.nn.bias_add(tf.nn.conv2d(gate, weights(1, 1, 2, 8), 1, "SAME"), weights(8)))
    y = norm(tf.nn.conv2d(z * gate, weights(1, 1, 8, 4), 1, "SAME")) + y
    shape = tf.shape(y)
    flat = tf.reshape(y, [shape[0], -1])
    return tf.nn.softmax(tf.matmul(flat, weights(int(np.prod(y.shape[1:])), 3)) + weights(3))


def attention(x):
    def layer_norm(x):
        mean, variance = tf.nn.moments(x, [-1], keepdims=True)
        return tf.nn.batch_normalization(x, mean, variance, weights(6), weights(6), 1e-5)

    tokens = tf.concat([tf.tile(weights(1, 1, 6), [1, 2, 1]), x], 1) + weights(1, 7, 6)
    qkv = tf.reshape(tf.matmul(tf.reshape(layer_norm(tokens), [-1, 6]), weights(6, 18)), [-1, 7, 3, 2, 3])
    q, k, v = tf.unstack(tf.transpose(qkv, [2, 0, 3, 1, 4]))
    scores = tf.nn.softmax(tf.matmul(q, k, transpose_b=True) * 0.577)
    mixed = tf.reshape(tf.transpose(tf.matmul(scores, v), [0, 2, 1, 3]), [-1, 7, 6])
    tokens = tokens + tf.reshape(tf.matmul(tf.reshape(mixed, [-1, 6]), weights(6, 6)), [-1, 7, 6])
    hidden = tf.nn.gelu(tf.tensordot(layer_norm(tokens), weights(6, 12), 1))
    tokens = tokens + tf.tensordot(hidden, weights(12, 6), 1)
    return tf.matmul((tokens[:, 0] + tokens[:, 1]) / 2, weights(6, 4))


def parts(x):
    y = tf.nn.conv2d(x, weights(1, 1, 2, 4), 1, "SAME")
    flat = lambda value: tf.reshape(value, [1, -1])
    a, b = tf.split(y, 2, 3)
    c, d, e = tf.split(y, [2, 3, -1], 1)
    return tf.concat(
        [
            flat(a * b), flat(c), flat(e), flat(tf.concat([d, d], 2)), flat(y[:, 1:7:2, ::-1, 1]), flat(y[..., tf.newaxis, 2:]),
            flat(y[0, -3:, :2]), flat(tf.gather(y, [3, 0, 0], axis=3)), flat(tf.stack(tf.unstack(y, axis=2), axis=1)),
            flat(tf.pad(y, [[0, 0], [1, 2], [0, 0], [0, 1]], constant_values=0.5)),
            flat(tf.pad(y, [[0, 0], [2, 1], [0, 0], [0, 0]], "REFLECT")), flat(tf.tile(y, [1, 1, 2, 1])),
            flat(tf.slice(y, [0, 2, 1, 0], [-1, 4, -1, 2])), flat(tf.reshape(tf.transpose(y, [0, 3, 2, 1]), [8, -1])),
            flat(tf.squeeze(tf.expand_dims(y, 0), [0])), flat(tf.broadcast_to(y[:, :1], tf.shape(y))),
        ],
        1,
    )


def flags(x):
    training = v1.placeholder(tf.bool, [], name="training")
    y = v1.cond(training, lambda: tf.nn.dropout(x, rate=0.5), lambda: x * 2)
    with_default = v1.placeholder_with_default(False, [], name="learning")
    return v1.cond(with_default, lambda: y - 100, lambda: y + 1)


def functions(x):
    @tf.function
    def inner(x, y):
        a, b = tf.split(x, 2, 1)
        return a * y, tf.concat([b, b], 1)

    @tf.function
    def outer(x):
        one, other = inner(x, tf.constant(3.0))
        three, _ = inner(other, weights(1, 5, 6))
        return tf.nn.relu(one - other[:, :1]), three

    one, other = outer(x)
    return tf.concat([one, other], 1)


def fixed_batch(x):
    y = tf.reshape(tf.nn.relu(x), [4, -1])
    return tf.reshape(tf.matmul(y, weights(60, 6)), [4, 2, 3])


CASES = [
    (numbers, [None, 5, 6]), (reductions, [None, 9, 7, 2]), (windows, [None, 11, 10, 2]), (depthwise, [None, 9, 8, 2]),
    (holes, [None, 13, 12, 2]), (back, [None, 12, 10, 2]), (along_time, [None, 8, 6]), (efficient, [None, 12, 10]),
    (attention, [None, 5, 6]), (parts, [None, 8, 5, 2]), (flags, [None, 7]), (functions, [None, 10, 6]), (fixed_batch, [4, 10, 6]),
]  # fmt: skip


def save(folder, name, value):
    np.save(folder / f"{name}.npy", np.ascontiguousarray(value, dtype=np.float32))


def case(folder, make, shape):
    with tf.Graph().as_default() as graph, v1.Session() as session:
        x = v1.placeholder(tf.float32, shape, name="x")
        y = tf.identity(make(x), name="y")
        one = RANDOM.normal(size=[1, *shape[1:]]).astype(np.float32)
        feed = {x: np.repeat(one, shape[0] or 1, 0)}
        if make is flags:
            feed["training:0"] = False
        out = session.run(y, feed)[:1]
        (folder / f"{make.__name__}.pb").write_bytes(graph.as_graph_def().SerializeToString(deterministic=True))
    save(folder, f"{make.__name__}.in", one)
    save(folder, f"{make.__name__}.out", out)
    return f"{make.__name__} x y"


# File, name and shape of the input, and name of the output, for each frozen graph in MODELS.
PATCH, TEMPO = ("model/Placeholder", [187, 96]), ("input", [40, 256, 1])
EFFNET = ("model/Placeholder", [1280])
CALL = "serving_default_model_Placeholder"
MODELS = [
    *[(f"mtg/original/{name}.pb", *PATCH, "model/Sigmoid") for name in [
        "msd-musicnn-1", "danceability-musicnn-msd-2", "mood_acoustic-musicnn-msd-2", "voice_instrumental-musicnn-msd-2",
        "genre_dortmund_musicnn_msd"]],
    *[(f"musicnn/{name}.pb", *PATCH, "model/Sigmoid") for name in ["msd_musicnn", "mtt_musicnn", "msd_vgg", "mtt_vgg"]],
    *[(f"tempocnn/{name}.pb", *TEMPO, "output") for name in ["deepsquare_k1", "deepsquare_k8", "deeptemp_k4", "shallowtemp_k1"]],
    ("mtg/original/deeptemp_k16.pb", *TEMPO, "output"),
    *[(f"mtg/original/{name}-discogs-effnet-1.pb", *EFFNET, "model/Softmax") for name in [
        "danceability", "mood_sad", "voice_instrumental"]],
    ("mtg/original/genre_discogs400-discogs-effnet-1.pb", CALL, [1280], "PartitionedCall"),
    ("mtg/original/moods_mirex-msd-musicnn-1.pb", CALL, [200], "PartitionedCall"),
    ("mtg/original/emomusic-msd-musicnn-1.pb", "flatten_in_input", [1, 200], "dense_out"),
    ("mtg/original/crepe-tiny-1.pb", "frames", [1024], "model/classifier/Sigmoid"),
    ("mtg/original/vgg4.pb", "model/Placeholder", [128, 128], "model/Softmax"),
    ("mtg/small_vggish_init.pb", "model/Placeholder", [96, 64], "model/Sigmoid"),
]  # fmt: skip


def model(folder, models, index, file, name, shape, output):
    definition = v1.GraphDef.FromString((models / file).read_bytes())
    with tf.Graph().as_default() as graph, v1.Session() as session:
        tf.import_graph_def(definition, name="")
        one = RANDOM.normal(size=[1, *shape]).astype(np.float32)
        feed = {f"{name}:0": one}
        for node in graph.get_operations():
            if node.type == "Placeholder" and node.outputs[0].dtype == tf.bool:
                feed[node.outputs[0]] = False
        out = session.run(f"{output}:0", feed)
    save(folder, f"{index}.in", one)
    save(folder, f"{index}.out", out)
    return f"{(models / file).resolve()} {name} {output} {index}"


def main(folder, models=None):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    lines = [case(folder, *case_) for case_ in CASES]
    if models:
        lines += [model(folder, Path(models), index, *entry) for index, entry in enumerate(MODELS)]
    (folder / "cases.txt").write_text("".join(f"{line}\n" for line in lines))


main(*sys.argv[1:])
