"""Measures others at the work of `earmark tag`: Essentia's pipeline, and its features with ONNX Runtime; and ONNX Runtime at
single patches of the built-in networks. Then measures Essentia's music extractor at the work of `earmark extract`
(descriptors.py), and ONNX Runtime at that of `earmark separate` (stems.py).

Usage: measure.py EARMARK BENCH CLIP NETWORK.onnx [ESSENTIA.pb] [--network FILE.onnx]... [--piece FILE]...

All programs run alternately in several turns, so that other load affects all of them; the fastest turn counts. Times are
CPU times of all threads, from the file to the last prediction, with one thread if that is configurable. Prints a table;
with --json FILE, also writes it as JSON.
"""

import argparse
import json
import os
import subprocess
import sys

from cpu import child_s, thread_s
from descriptors import measured as descriptors
from stems import measured as stems

import numpy as np
import soundfile

MINUTES = 5
HOP = 93
PATCH = 187
TURNS = 3


def parsed():
    parser = argparse.ArgumentParser()
    parser.add_argument("earmark")
    parser.add_argument("bench")
    parser.add_argument("clip")
    parser.add_argument("onnx")
    parser.add_argument("pb", nargs="?")
    parser.add_argument("--network", action="append", default=[], help="ONNX file, named by the id of a built-in network")
    parser.add_argument("--piece", action="append", default=[], help="piece of music for the descriptors")
    parser.add_argument("--json")
    return parser.parse_args()


def repeated(clip, path):
    samples, rate = soundfile.read(clip, dtype="float32")
    if rate != 16000 or samples.ndim != 1:
        sys.exit(f"expected one channel at 16000 Hz, got {samples.ndim} at {rate} Hz")
    soundfile.write(path, np.resize(samples, MINUTES * 60 * rate), rate, subtype="FLOAT")


def features(path):
    """Returns the mel frames of Essentia's front end for MusiCNN."""
    import essentia.standard as es

    audio = es.MonoLoader(filename=path, sampleRate=16000)()
    mel = es.TensorflowInputMusiCNN()
    return np.array([mel(frame) for frame in es.FrameGenerator(audio, frameSize=512, hopSize=256)], dtype=np.float32)


def session(path):
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def predict(network, frames):
    name = network.get_inputs()[0].name
    starts = range(0, len(frames) - PATCH + 1, HOP)
    return [network.run(None, {name: frames[start : start + PATCH][None]})[0] for start in starts]


def patches(bench, file):
    """Returns the seconds of a patch by itself here, and in ONNX Runtime, each of the fastest turn."""
    network = session(file)
    (taken,) = network.get_inputs()
    # The first dimension is that of patches.
    patch = np.random.default_rng(0).random([1, *taken.shape[1:]], dtype=np.float32)
    runs = 20
    name = os.path.splitext(os.path.basename(file))[0]
    ours, theirs = [], []
    for _ in range(TURNS):
        theirs.append(thread_s(lambda: [network.run(None, {taken.name: patch}) for _ in range(runs)]) / runs)
        ours.append(float(subprocess.run([bench, "--patch", name], check=True, capture_output=True).stdout))
    return name, min(ours), min(theirs)


def main():
    arguments = parsed()
    folder = os.environ.get("TMPDIR", "/tmp")
    path = os.path.join(folder, f"earmark-against-{os.getpid()}.wav")
    repeated(arguments.clip, path)
    tag = [arguments.earmark, "tag", path, "--model", "msd-musicnn", "--format", "jsonl"]
    network = session(arguments.onnx)
    ways = {"earmark tag": lambda: child_s(tag)}
    ways["Essentia's features and ONNX Runtime"] = lambda: thread_s(lambda: predict(network, features(path)))
    if arguments.pb:
        import essentia.standard as es

        for batch in (1, 64):
            tensorflow = es.TensorflowPredictMusiCNN(graphFilename=arguments.pb, output="model/Sigmoid", batchSize=batch)
            load = lambda: es.MonoLoader(filename=path, sampleRate=16000)()
            ways[f"Essentia, batches of {batch}"] = lambda tensorflow=tensorflow: thread_s(lambda: tensorflow(load()))
    times = {name: [] for name in ways}
    try:
        for _ in range(TURNS):
            for name, way in ways.items():
                times[name].append(way())
    finally:
        os.remove(path)
    ours = min(times["earmark tag"])
    print(f"{MINUTES} minutes at 16 kHz, msd-musicnn, hop {HOP}, one thread, the fastest of {TURNS} turns")
    for name, turns in times.items():
        seconds = min(turns)
        print(f"{name:38} {seconds:7.2f} s of processor time, {seconds / ours:5.2f} times ours")
    print(f"\na patch by itself{'':12} ms here   in ONNX Runtime   ratio")
    singles = {}
    for file in arguments.network:
        name, here, there = patches(arguments.bench, file)
        print(f"{name:26} {here * 1e3:10.2f} {there * 1e3:17.2f} {here / there:7.2f}")
        singles[name] = {"patch_s": here, "onnx_runtime_patch_s": there}
    figures = descriptors(arguments.earmark, arguments.piece)
    separation = stems(arguments.earmark, next(iter(arguments.piece), None))
    if arguments.json:
        seconds = {name: min(turns) for name, turns in times.items()}
        result = {"seconds": seconds, "patches": singles, "descriptors": figures}
        result["stems"] = separation
        with open(arguments.json, "w") as file:
            json.dump(result, file, indent=2)


main()
