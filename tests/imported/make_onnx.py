"""Writes small ONNX files, each with an input and ONNX Runtime's output for it.

    python make_onnx.py FOLDER

For each case it writes `NAME.onnx`, `NAME.in.npy`, `NAME.out.npy`, and a line `NAME INPUT OUTPUT` in `cases.txt`. The case
`old_broadcast` is computed by NumPy, because ONNX Runtime does not run operations of that age.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

RANDOM = np.random.default_rng(30)
STANDARD = helper.make_opsetid


def weights(*shape, scale=0.5):
    return (RANDOM.normal(size=shape) * scale).astype(np.float32)


def ints(*numbers):
    return np.array(numbers, np.int64)


class Graph:
    """Nodes and constants; `parts` are values that are flattened and joined to the output."""

    def __init__(self):
        self.nodes, self.constants, self.parts = [], {}, []

    def constant(self, value):
        name = f"c{len(self.constants)}"
        self.constants[name] = np.asarray(value)
        return name

    def add(self, op, *inputs, outputs=1, **attributes):
        names = [f"{op}{len(self.nodes)}.{index}" for index in range(outputs)]
        inputs = [value if isinstance(value, str) else self.constant(value) for value in inputs]
        self.nodes.append(helper.make_node(op, inputs, names, **attributes))
        return names[0] if outputs == 1 else names

    def part(self, op, *inputs, **attributes):
        self.parts.append(self.add(op, *inputs, **attributes))

    def model(self, shape, opset, functions=(), others=()):
        flat = [self.add("Reshape", part, ints(1, -1)) for part in self.parts]
        self.nodes.append(helper.make_node("Concat", flat, ["y"], axis=1))
        info = helper.make_tensor_value_info
        tensors = [numpy_helper.from_array(value, name) for name, value in self.constants.items()]
        inputs, outputs = [info("x", TensorProto.FLOAT, shape)], [info("y", TensorProto.FLOAT, None)]
        graph = helper.make_graph(self.nodes, "case", inputs, outputs, tensors)
        imports = [STANDARD("", opset), *others]
        return helper.make_model(graph, opset_imports=imports, functions=list(functions), ir_version=8 if opset < 21 else 10)


def activations(g):
    for op in ["Gelu", "Mish", "HardSwish", "Softsign", "Selu", "Celu", "ThresholdedRelu", "HardSigmoid", "Shrink", "Elu",
               "LeakyRelu", "Softplus", "Tan", "Atan", "Sinh", "Cosh", "Asinh", "Erf", "Tanh", "Sigmoid"]:  # fmt: skip
        g.part(op, "x")
    g.part("Gelu", "x", approximate="tanh")
    g.part("Mod", "x", np.float32(0.7), fmod=1)
    flags = g.add("Xor", g.add("IsNaN", "x"), g.add("Greater", "x", np.float32(0)))
    g.part("Cast", flags, to=TensorProto.FLOAT)


def normalizations(g):
    g.part("LayerNormalization", "x", weights(5), weights(5), epsilon=1e-3)
    g.part("LayerNormalization", "x", weights(8, 5), axis=2)
    g.part("InstanceNormalization", "x", weights(6), weights(6))
    g.part("GroupNormalization", "x", weights(6), weights(6), num_groups=2)
    g.part("LpNormalization", "x", axis=1, p=1)
    g.part("MeanVarianceNormalization", "x")
    g.part("LRN", "x", size=3, alpha=0.1, beta=0.6, bias=2.0)


def group_of_old(g):
    g.part("GroupNormalization", "x", weights(2), weights(2), num_groups=2)


def reductions(g):
    positive = g.add("Abs", "x")
    for op in ["ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare", "ReduceMax", "ReduceMin"]:
        g.part(op, positive, ints(1), keepdims=0)
        g.part(op, positive, ints(-1, 0))
    for exclusive, reverse in [(0, 0), (0, 1), (1, 0), (1, 1)]:
        g.part("CumSum", "x", ints(1)[0], exclusive=exclusive, reverse=reverse)
    for largest in (0, 1):
        g.parts.append(g.add("TopK", "x", ints(3), outputs=2, axis=1, largest=largest)[0])
    g.part("Cast", g.add("ArgMax", "x", axis=2, keepdims=0), to=TensorProto.FLOAT)
    g.part("Trilu", "x", ints(1)[0], upper=0)
    g.part("Gather", "x", RANDOM.integers(-6, 6, size=(3, 9)), axis=1)
    for mode in ["edge", "reflect", "wrap", "constant"]:
        g.part("Pad", "x", ints(0, 1, 2, 0, 3, 1), mode=mode)
    g.part("Pad", "x", ints(1, 2), np.float32(0.5), ints(-1))
    g.part("Slice", "x", ints(-1), ints(-100), ints(1), ints(-2))


def einsums(g):
    for equation, *shapes in [
        ("bij,bjk->bik", (1, 8, 5)), ("bij->bji",), ("bij->b",), ("bij,bij->bi", (1, 6, 8)), ("bij,k->bijk", (3,)),
        ("bsd,dhk,hkm->bsm", (8, 2, 3), (2, 3, 5)), ("...ij,jk->...ik", (8, 4)), ("bij,j", (8,)),
    ]:  # fmt: skip
        g.part("Einsum", "x", *[weights(*shape) for shape in shapes], equation=equation)


def resizes(g):
    for coordinates in ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"]:
        for mode in ["nearest", "linear", "cubic"]:
            g.part("Resize", "x", "", "", ints(1, 2, 13, 5), mode=mode, coordinate_transformation_mode=coordinates)
            scales = np.array([1, 1, 1.7, 0.6], np.float32)
            g.part("Resize", "x", "", scales, mode=mode, coordinate_transformation_mode=coordinates)
    for rounding in ["round_prefer_ceil", "floor", "ceil"]:
        g.part("Resize", "x", "", "", ints(13, 5), mode="nearest", nearest_mode=rounding, axes=[2, 3])
    g.part("Resize", "x", "", "", ints(13, 9), mode="cubic", exclude_outside=1, axes=[2, 3])
    g.part("DepthToSpace", g.add("Concat", "x", "x", axis=1), blocksize=2, mode="CRD")
    g.part("DepthToSpace", g.add("Concat", "x", "x", axis=1), blocksize=2)
    g.part("SpaceToDepth", "x", blocksize=2)


def old_upsample(g):
    g.part("Upsample", "x", np.array([1, 1, 2, 3], np.float32), mode="nearest")
    g.part("Upsample", "x", np.array([1, 1, 2, 3], np.float32), mode="linear")


def old_softmax(g):
    for axis in (0, 1, 2, 3, -2):
        g.part("Softmax", "x", axis=axis)
        g.part("LogSoftmax", "x", axis=axis)


def recurrent(g):
    hidden = 6
    for op, gates in [("LSTM", 4), ("GRU", 3), ("RNN", 1)]:
        for direction, count in [("forward", 1), ("reverse", 1), ("bidirectional", 2)]:
            parts = [weights(count, gates * hidden, 5), weights(count, gates * hidden, hidden), weights(count, 2 * gates * hidden)]
            more = {"linear_before_reset": 1} if op == "GRU" and count == 1 else {}
            outputs = g.add(op, "x", *parts, outputs=3 if op == "LSTM" else 2, hidden_size=hidden, direction=direction, **more)
            g.parts += outputs
    parts = [weights(1, 24, 5), weights(1, 24, hidden), "", "", weights(1, 1, hidden), weights(1, 1, hidden), weights(1, 18)]
    g.parts += g.add("LSTM", "x", *parts, outputs=3, hidden_size=hidden)


def quantized(g):
    whole = lambda *shape: RANDOM.integers(-60, 61, size=shape).astype(np.int8)
    columns = g.add("DequantizeLinear", whole(8, 4), abs(weights(4)), whole(4), axis=1)
    g.part("MatMul", "x", columns)
    kernel = g.add("DequantizeLinear", whole(4, 6, 3), abs(weights(4)), np.zeros(4, np.int8), axis=0)
    g.part("Conv", "x", kernel)
    g.part("Add", "x", g.add("DequantizeLinear", RANDOM.integers(-900, 900, size=8).astype(np.int32), np.float32(0.001)))
    for zero in [np.int8(-3), np.uint8(120)]:
        scale = np.float32(0.0173)
        g.part("DequantizeLinear", g.add("QuantizeLinear", "x", scale, zero), scale, zero)
    values, scale, zero = g.add("DynamicQuantizeLinear", "x", outputs=3)
    product = g.add("MatMulInteger", values, whole(8, 4), zero)
    g.part("Mul", g.add("Cast", product, to=TensorProto.FLOAT), scale)


def transposed(g):
    for attributes in [
        {"strides": [2, 3], "output_padding": [1, 1], "pads": [1, 0, 0, 1]}, {"strides": [2, 3], "auto_pad": "SAME_UPPER"},
        {"strides": [2, 3], "auto_pad": "SAME_LOWER"}, {"strides": [2, 3], "output_shape": [12, 23]}, {"dilations": [2, 1]},
    ]:  # fmt: skip
        g.part("ConvTranspose", "x", weights(2, 3, 3, 4), weights(3), **attributes)


def branch(nodes, output, constants=None):
    info = helper.make_tensor_value_info(output, TensorProto.FLOAT, None)
    tensors = [numpy_helper.from_array(value, name) for name, value in (constants or {}).items()]
    return helper.make_graph(nodes, "branch", [], [info], tensors)


def branches(g):
    node = helper.make_node
    twice = branch([node("Mul", ["x", "two"], ["z"])], "z", {"two": np.float32(2)})
    minus = branch([node("Neg", ["x"], ["z"])], "z")
    unknown = branch([node("NonZero", ["x"], ["n"]), node("Cast", ["n"], ["z"], to=TensorProto.FLOAT)], "z")
    g.part("If", np.array(True), then_branch=twice, else_branch=unknown)
    g.part("If", np.array([False]), then_branch=twice, else_branch=minus)
    size = g.add("Gather", g.add("Shape", "x"), ints(1)[0])
    nested = branch([node("If", [g.constant(np.array(False))], ["w"], then_branch=unknown, else_branch=minus)], "w")
    g.part("If", g.add("Equal", size, ints(5)[0]), then_branch=nested, else_branch=unknown)


def functions():
    node = helper.make_node
    act = [node("Mul", ["a", "b"], ["m"]), node("Elu", ["m"], ["o"])]
    act[1].attribute.append(onnx.AttributeProto(name="alpha", ref_attr_name="slope", type=onnx.AttributeProto.FLOAT))
    act = helper.make_function("local", "act", ["a", "b"], ["o"], act, [STANDARD("", 18)], ["slope"])
    pair = [
        node("act", ["a", "a"], ["o"], domain="local", slope=0.5), node("Constant", [], ["k"], value_float=3.0),
        node("act", ["a", "k"], ["p"], domain="local", slope=0.2),
    ]  # fmt: skip
    return [act, helper.make_function("local", "pair", ["a"], ["o", "p"], pair, [STANDARD("", 18), STANDARD("local", 1)])]


def local_functions(g):
    g.parts += g.add("pair", "x", outputs=2, domain="local")


def external(g):
    g.part("MatMul", "x", weights(8, 4))
    g.part("Add", "x", weights(8))


CASES = [
    (activations, [1, 5, 8], 20), (normalizations, [1, 6, 8, 5], 21), (group_of_old, [1, 6, 8], 18), (reductions, [1, 6, 8], 20),
    (einsums, [1, 6, 8], 13), (resizes, [1, 2, 6, 8], 19), (old_upsample, [1, 2, 6, 8], 9), (old_softmax, [1, 3, 4, 5], 11),
    (recurrent, [7, 1, 5], 14), (quantized, [1, 6, 8], 13), (transposed, [1, 2, 6, 8], 13), (branches, [1, 5, 8], 13),
    (local_functions, [1, 5, 8], 18), (external, [1, 6, 8], 13),
]  # fmt: skip


def save(folder, name, value):
    np.save(folder / f"{name}.npy", np.ascontiguousarray(value, dtype=np.float32))


def case(folder, make, shape, opset):
    graph = Graph()
    make(graph)
    is_local = make is local_functions
    model = graph.model(shape, opset, functions() if is_local else (), [STANDARD("local", 1)] if is_local else ())
    name, one = make.__name__, RANDOM.normal(size=shape).astype(np.float32)
    options = {"save_as_external_data": True, "location": f"{name}.onnx.data", "size_threshold": 100} if make is external else {}
    onnx.save(model, folder / f"{name}.onnx", **options)
    session = onnxruntime.InferenceSession(folder / f"{name}.onnx")
    save(folder, f"{name}.in", one)
    save(folder, f"{name}.out", session.run(["y"], {"x": one})[0])
    return f"{name} x y"


def old_broadcast(folder):
    """`Add` and `Mul` of version 6: the axes of the second input match those of the first from `axis` on."""
    graph, (bias, factor) = Graph(), (weights(3), weights(4, 5))
    graph.parts = [graph.add("Add", "x", bias, broadcast=1, axis=1), graph.add("Mul", "x", factor, broadcast=1)]
    one = RANDOM.normal(size=[1, 3, 4, 5]).astype(np.float32)
    (folder / "old_broadcast.onnx").write_bytes(graph.model(one.shape, 6).SerializeToString())
    out = np.concatenate([(one + bias.reshape(3, 1, 1)).ravel(), (one * factor).ravel()])
    save(folder, "old_broadcast.in", one)
    save(folder, "old_broadcast.out", out[None])
    return "old_broadcast x y"


def peak(folder):
    """A division by the largest element: 0 / 0 for an input of zeros. The results are not stored."""
    graph = Graph()
    normal = graph.add("Div", "x", graph.add("ReduceMax", "x", axes=[1, 2]))
    graph.parts = [graph.add(op, normal) for op in ["Sigmoid", "Tanh", "Relu"]]
    graph.part("Max", normal, np.float32(0))
    graph.part("ReduceMax", normal, axes=[1])
    graph.part("Clip", normal, np.float32(0), np.float32(1))
    (folder / "peak.onnx").write_bytes(graph.model([1, 4, 3], 13).SerializeToString())


def main(folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    lines = [case(folder, *case_) for case_ in CASES] + [old_broadcast(folder)]
    peak(folder)
    (folder / "cases.txt").write_text("".join(f"{line}\n" for line in lines))


main(*sys.argv[1:])
