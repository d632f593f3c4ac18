"""The training graph of a tagger, which the package contains (`.meta`) next to the weights.

The Python code of the package builds a different graph for MSD_vgg: its pooling windows differ from those of the
training, and the variables fit both. Therefore shapes are read from the training graph, and outputs are compared with
this graph, run by TensorFlow.
"""

import numpy as np

PATCH = "model/Placeholder:0"
TRAINING = "model/Placeholder_2:0"


class TrainedGraph:
    """A training graph and its checkpoint. `folder` contains `.meta`, `.index` and `.data`."""

    def __init__(self, folder):
        import tensorflow as tf

        self.folder = folder
        self.meta = tf.compat.v1.MetaGraphDef()
        self.meta.ParseFromString((folder / ".meta").read_bytes())

    def nodes(self, kind):
        """Returns the nodes of an operation in the forward pass, in the order of the graph."""
        return [node for node in self.meta.graph_def.node if node.op == kind and node.name.startswith("model/")]

    def pools(self):
        """Returns window and stride of each maximum pooling, as [time, bands]."""
        pools = []
        for node in self.nodes("MaxPool"):
            if node.attr["data_format"].s != b"NHWC" or node.attr["padding"].s != b"VALID":
                raise ValueError(f"{self.folder.name}: {node.name}: expected NHWC without padding, got {node.attr}")
            pools.append((list(node.attr["ksize"].list.i)[1:3], list(node.attr["strides"].list.i)[1:3]))
        return pools

    def runner(self, outputs):
        """Returns a function from a patch to named outputs; `outputs` maps each name to a tensor of the graph."""
        import tensorflow as tf

        tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
        saver = self.meta.saver_def
        wanted = [tensor.split(":")[0] for tensor in outputs.values()]
        forward = tf.compat.v1.graph_util.extract_sub_graph(
            self.meta.graph_def, [*wanted, saver.restore_op_name, TRAINING.split(":")[0]]
        )
        for node in forward.node:
            # A newer TensorFlow infers other shapes than those recorded in the graph, and rejects the recorded ones.
            node.attr.pop("_output_shapes", None)
        graph = tf.Graph()
        with graph.as_default():
            tf.import_graph_def(forward, name="")
        session = tf.compat.v1.Session(graph=graph)
        session.run(saver.restore_op_name, {saver.filename_tensor_name: f"{self.folder}/"})

        def run(patch):
            return session.run(outputs, {PATCH: np.asarray(patch, np.float32), TRAINING: False})

        return run
