"""The graph that a tagger was trained in, as the package ships it (`.meta`) beside the weights.

The package's own Python code builds a graph, too, but not always the same one: MSD_vgg was trained with other pooling
windows than the code gives it, and its variables fit both. So shapes are read from here, and answers are compared with
this graph, run by TensorFlow.
"""

import numpy as np

PATCH = "model/Placeholder:0"
TRAINING = "model/Placeholder_2:0"


class TrainedGraph:
    """A training graph and its checkpoint. `folder` is the one of the package that has `.meta`, `.index` and `.data`."""

    def __init__(self, folder):
        import tensorflow as tf

        self.folder = folder
        self.meta = tf.compat.v1.MetaGraphDef()
        self.meta.ParseFromString((folder / ".meta").read_bytes())

    def nodes(self, kind):
        """The nodes of an operation in the forward pass, in the order in which they were added."""
        return [node for node in self.meta.graph_def.node if node.op == kind and node.name.startswith("model/")]

    def pools(self):
        """Window and stride of every maximum pooling, each as [time, bands]."""
        pools = []
        for node in self.nodes("MaxPool"):
            if node.attr["data_format"].s != b"NHWC" or node.attr["padding"].s != b"VALID":
                raise ValueError(f"{self.folder.name}: {node.name}: expected NHWC without padding, got {node.attr}")
            pools.append((list(node.attr["ksize"].list.i)[1:3], list(node.attr["strides"].list.i)[1:3]))
        return pools

    def runner(self, outputs):
        """A function from a patch to named outputs; `outputs` maps each name to a tensor of the graph."""
        import tensorflow as tf

        tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
        saver = self.meta.saver_def
        wanted = [tensor.split(":")[0] for tensor in outputs.values()]
        forward = tf.compat.v1.graph_util.extract_sub_graph(
            self.meta.graph_def, [*wanted, saver.restore_op_name, TRAINING.split(":")[0]]
        )
        for node in forward.node:
            # Shapes that the training program noted down: a newer TensorFlow infers others, and refuses the old ones.
            node.attr.pop("_output_shapes", None)
        graph = tf.Graph()
        with graph.as_default():
            tf.import_graph_def(forward, name="")
        session = tf.compat.v1.Session(graph=graph)
        session.run(saver.restore_op_name, {saver.filename_tensor_name: f"{self.folder}/"})

        def run(patch):
            return session.run(outputs, {PATCH: np.asarray(patch, np.float32), TRAINING: False})

        return run
