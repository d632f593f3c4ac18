"""Makes tests/fixtures/gaia: numbers that C LIBSVM computes from Gaia's models.

    prepare.py REFERENCE OUTPUT     (needs numpy, scipy and libsvm-official)

`vectors.json`: for every `.history` file of REFERENCE/history with a support vector machine, 20 inputs of uniform numbers, their
decision values and probabilities. `clips.json`: for every released model, its inputs for the clips of REFERENCE/extractor are
computed in NumPy from the parameters in the file, and classified by C LIBSVM. Only numbers are stored, none of the models.

The inputs of `vectors.json`: SplitMix64, seeded with the number of bytes of the file; each number is the upper 53 bits of one
output, divided by 2^53. The vectors follow each other without a gap. Decision values and LIBSVM's probabilities are stored as
the 16 hexadecimal digits of a 64-bit float.
"""

import json
import struct
import sys
import tempfile
from ctypes import c_double
from pathlib import Path

import numpy as np
from libsvm.svm import gen_svm_nodearray, libsvm
from libsvm.svmutil import svm_load_model
from scipy.special import erfinv

VECTORS = 20
CLIPS = ["choir_ambient", "metal_growl", "pop_vocal_mp3", "rock_female_vocal", "solo_piano", "synth30", "techno_48k"]
# Names of the 2.0.1 layout and those of equal descriptors in the present layout.
EQUAL = {
    ".lowlevel.spectral_crest.": ".lowlevel.barkbands_crest.",
    ".lowlevel.spectral_flatness_db.": ".lowlevel.barkbands_flatness_db.",
    ".rhythm.bpm_histogram_first_peak": ".rhythm.bpm_histogram_first_peak_bpm",
    ".rhythm.bpm_histogram_second_peak": ".rhythm.bpm_histogram_second_peak_bpm",
}
# Stand-ins for what the present layout lacks. They make the other models computable, so that their arithmetic is compared; their
# answers mean nothing.
STAND_INS = {
    ".rhythm.bpm_histogram_first_peak_spread": ".rhythm.bpm_histogram_first_peak_weight",
    ".tonal.key_key": ".tonal.key_temperley.key",
    ".tonal.key_scale": ".tonal.key_temperley.scale",
    ".tonal.key_strength": ".tonal.key_temperley.strength",
}
SHARPS = {"Ab": "G#", "Bb": "A#", "Eb": "D#"}


class Bytes:
    """Reader of Qt's serialized values (big-endian)."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self, form):
        (value,) = struct.unpack_from(">" + form, self.data, self.at)
        self.at += struct.calcsize(form)
        return value

    def block(self):
        length = self.number("I")
        if length == 0xFFFFFFFF:
            return b""
        self.at += length
        return self.data[self.at - length : self.at]

    def text(self):
        return self.block().decode("utf-16-be")

    def many(self, item):
        return [item() for _ in range(self.number("I"))]

    def value(self):
        kind, _ = self.number("I"), self.number("B")
        readers = {
            1: lambda: bool(self.number("B")),
            2: lambda: self.number("i"),
            6: lambda: self.number("d"),
            8: lambda: dict(self.many(lambda: (self.text(), self.value()))),
            9: lambda: self.many(self.value),
            10: self.text,
            11: lambda: self.many(self.text),
            12: self.block,
        }
        return readers[kind]()


def read_enumerations(data):
    """Returns the numbers of the texts of each enumeration of a stored layout."""
    reader = Bytes(data)

    def node():
        reader.text()
        for _ in range(4):
            reader.number("i")
        reader.many(node)

    node()
    reader.many(lambda: (reader.text(), reader.many(lambda: (reader.number("i"), reader.text()))))
    return dict(reader.many(lambda: (reader.text(), dict(reader.many(lambda: (reader.text(), reader.number("i")))))))


def read_history(path):
    """Returns the steps of a file of version 102: applier, parameters, enumerations before the step."""
    reader = Bytes(path.read_bytes())
    assert reader.number("I") == 0x6AEA723D
    if reader.number("i") != 102:
        return []

    def step():
        _, _, applier = reader.text(), reader.text(), reader.text()
        _, parameters, _ = reader.value(), reader.value(), reader.value()
        return applier, parameters, read_enumerations(reader.value())

    return reader.many(step)


class Machine:
    """Support vector machine in C LIBSVM."""

    def __init__(self, parameters):
        with tempfile.NamedTemporaryFile(suffix=".model") as file:
            file.write(parameters["modelData"])
            file.flush()
            self.model = svm_load_model(file.name)
        self.labels = self.model.get_labels()
        self.probability = parameters["probability"]
        pairs = len(self.labels) * (len(self.labels) - 1) // 2
        header = parameters["modelData"].split(b"\nSV\n")[0].decode().splitlines()
        fields = {line.split()[0]: line.split()[1:] for line in header}
        self.a, self.b = ([float(x) for x in fields.get(key, [])] for key in ("probA", "probB"))
        self.decisions = (c_double * pairs)()
        self.estimates = (c_double * len(self.labels))()

    def run(self, vector):
        nodes, _ = gen_svm_nodearray({i + 1: float(x) for i, x in enumerate(vector)})
        vote = libsvm.svm_predict_values(self.model, nodes, self.decisions)
        decisions = list(self.decisions)
        result = {"vote": int(vote), "decisions": [bits(x) for x in decisions]}
        if self.probability:
            libsvm.svm_predict_probability(self.model, nodes, self.estimates)
            result["libsvm"] = [bits(x) for x in self.estimates]
            result["coupled"] = coupled(len(self.labels), decisions, self.a, self.b)
        return result


def bits(value):
    return struct.pack(">d", value).hex()


def coupled(classes, decisions, a, b):
    """Couples the probabilities of pairs iteratively, for two classes as well."""
    r = np.zeros((classes, classes))
    pairs = [(i, j) for i in range(classes) for j in range(i + 1, classes)]
    for (i, j), f, slope, offset in zip(pairs, decisions, a, b):
        r[i, j] = min(max(1 / (1 + np.exp(slope * f + offset)), 1e-7), 1 - 1e-7)
        r[j, i] = 1 - r[i, j]
    q = -r.T * r
    np.fill_diagonal(q, (r**2).sum(axis=0))
    p = np.full(classes, 1 / classes)
    for _ in range(max(100, classes)):
        qp = q @ p
        pqp = p @ qp
        if np.abs(qp - pqp).max() < 0.005 / classes:
            break
        for t in range(classes):
            d = (pqp - qp[t]) / q[t, t]
            p[t] += d
            pqp = (pqp + d * (d * q[t, t] + 2 * qp[t])) / (1 + d) ** 2
            qp = (qp + d * q[t]) / (1 + d)
            p /= 1 + d
    return [float(x) for x in p]


def uniform(seed):
    mask = (1 << 64) - 1
    while True:
        seed = (seed + 0x9E3779B97F4A7C15) & mask
        z = seed
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        yield ((z ^ (z >> 31)) >> 11) / (1 << 53)


def gaussianized(x, values):
    """Maps a number by its rank among sorted values."""
    n = len(values)
    if x < values[0]:
        rank = 0
    elif x > values[-1]:
        rank = n
    else:
        start, rank = 0, n - 1
        while rank - start > 1:
            middle = (start + rank) // 2
            start, rank = (middle, rank) if x >= values[middle] else (start, middle)
    outliers = int(1e-5 * n)
    rank = min(max(rank, outliers), n - outliers)
    rank = {0: 1, n: n - 1}.get(rank, rank)
    return np.float32(erfinv(2 * rank / n - 1))


def inputs(steps, track):
    """Returns the inputs of the support vector machine for a track."""
    values = {}
    machine = next(parameters for applier, parameters, _ in steps if applier == "svmpredict")
    for name in machine["descriptorNames"]:
        source = name
        for old, new in EQUAL.items():
            if name == old or (old.endswith(".") and name.startswith(old)):
                source = new + name[len(old) :]
        values[name] = track[STAND_INS.get(source, source)]
    for at, (applier, parameters, _) in enumerate(steps):
        if applier == "enumerateapplier":
            for name in parameters["descriptorNames"]:
                if name in values:
                    text = values[name]
                    values[name] = np.array([steps[at + 1][2][name][SHARPS.get(text, text)]], np.float32)
        if applier == "dotproduct":
            for name, pair in parameters["coeffs"].items():
                if name in values:
                    a, b = (np.array(pair[key], np.float32) for key in ("a", "b"))
                    values[name] = a * values[name] + b
        if applier == "distribute":
            for key, data in parameters["distribution"].items():
                name, index = key[:-1].split("[")
                if name in values:
                    values[name] = values[name].copy()
                    values[name][int(index)] = gaussianized(values[name][int(index)], np.frombuffer(data, "<f4"))
    return np.concatenate([values[name] for name in machine["descriptorNames"]]).astype(np.float64)


def read_track(folder, clip):
    """Returns texts and arrays of a clip by name."""
    if clip == "synth30":
        stats = json.loads((folder / "musicextractor_layout.json").read_text())["stats"]
        leaves = [("." + name, leaf["value"]) for name, leaf in stats.items()]
    else:
        leaves = list(flat("", json.loads((folder / f"{clip}.json").read_text())))
    names = [(name, value) for name, value in leaves if not name.startswith(".metadata")]
    return {name: value if isinstance(value, str) else np.ravel(np.array(value, np.float32)) for name, value in names}


def flat(name, tree):
    for key, value in tree.items():
        yield from flat(f"{name}.{key}", value) if isinstance(value, dict) else [(f"{name}.{key}", value)]


def main(reference, output):
    vectors, clips = {}, {}
    for path in sorted(reference.glob("history/*/*.history")):
        steps = read_history(path)
        machine = next((parameters for applier, parameters, _ in steps if applier == "svmpredict"), None)
        if machine is None:
            continue
        libsvm_machine = Machine(machine)
        numbers = uniform(path.stat().st_size)
        dimensions = max(int(node.split(b":")[0]) for line in machine["modelData"].split(b"\nSV\n")[1].splitlines()[:1] for node in line.split() if b":" in node)
        rows = [[next(numbers) for _ in range(dimensions)] for _ in range(VECTORS)]
        vectors[path.name] = {
            "dimensions": dimensions,
            "labels": libsvm_machine.labels,
            "results": [libsvm_machine.run(row) for row in rows],
        }
        if path.parent.name == "gaia_unittest":
            continue
        clips[path.name] = {}
        for clip in CLIPS:
            vector = inputs(steps, read_track(reference / "extractor", clip))
            assert len(vector) == dimensions, path
            clips[path.name][clip] = libsvm_machine.run(vector)
    for name, content in (("vectors", vectors), ("clips", clips)):
        text = json.dumps(content, indent=None, separators=(",", ":")).replace('{"vote"', '\n{"vote"')
        (output / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
