"""Runs the original and the converted network on the same input; a difference ends the conversion."""

import importlib.machinery
import importlib.util
import sys

import numpy as np
import onnxruntime

# Of probabilities; and of embeddings, relative to their largest value: sums in another order differ by as much.
TOLERANCE = {"activations": 2e-6, "embeddings": 1e-5}
PATCHES = 8


def same(name, model, reference):
    shape, original = reference
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    worst = {}
    generator = np.random.default_rng(1)
    for _ in range(PATCHES):
        # Like a patch: log-mel lies between 0 and about 6, a standardised patch around 0.
        patch = generator.uniform(0.0, 5.0, shape) if len(shape) == 3 else generator.standard_normal(shape)
        patch = patch.astype(np.float32)
        expected = original(patch)
        outputs = [output.name for output in session.get_outputs()]
        for output, got in zip(outputs, session.run(outputs, {"melspectrogram": patch})):
            scale = 1.0 if output == "activations" else np.abs(expected[output]).max()
            difference = float(np.abs(got - expected[output]).max() / scale)
            worst[output] = max(worst.get(output, 0.0), difference)
    print(name, ", ".join(f"{output} differ by {difference:.1e}" for output, difference in sorted(worst.items())))
    for output, difference in worst.items():
        if not difference <= TOLERANCE[output]:
            sys.exit(f"{name}: {output}: expected a difference of at most {TOLERANCE[output]}, got {difference}")


def original_tagger(package, folder):
    """The package's own graph with its checkpoint restored."""
    import tensorflow as tf

    sys.path.insert(0, str(package))
    # Only the module that defines the graph: the package itself wants an audio library.
    models = module("musicnn.models", package / "musicnn" / "models.py", package / "musicnn")
    graph = tf.Graph()
    with graph.as_default():
        patch = tf.compat.v1.placeholder(tf.float32, [None, 187, 96])
        results = models.define_model(patch, False, folder.name, 50)
        outputs = {"activations": tf.nn.sigmoid(results[0])}
        if folder.name.endswith("vgg"):
            outputs["embeddings"] = tf.compat.v1.layers.flatten(results[5])
        else:
            outputs["embeddings"] = graph.get_tensor_by_name("dense/BiasAdd:0")
        session = tf.compat.v1.Session(graph=graph)
        tf.compat.v1.train.Saver().restore(session, f"{folder}/")
    return (1, 187, 96), lambda values: session.run(outputs, {patch: values})


def module(name, path, parent_folder):
    parent_name = name.split(".")[0]
    if parent_name not in sys.modules:
        spec = importlib.machinery.ModuleSpec(parent_name, None, is_package=True)
        spec.submodule_search_locations = [str(parent_folder)]
        sys.modules[parent_name] = importlib.util.module_from_spec(spec)
    spec = importlib.util.spec_from_file_location(name, path)
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[name] = loaded
    spec.loader.exec_module(loaded)
    return loaded
