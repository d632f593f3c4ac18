"""Measures ONNX Runtime at the work of `earmark separate`: both networks of two stems, and their signal path in NumPy.

Usage: stems.py EARMARK [PIECE [CHECKPOINT]]

All read the same file, two minutes long, alternately in several turns; the fastest turn counts. ONNX Runtime's time is that
of a process in which the networks are loaded, on blocks of 512 frames without guard frames; ours that of the whole program
with one thread: start, loading, decoder, level, blocks with guard frames, files. CHECKPOINT is the folder of Spleeter's
2-stem checkpoint (`model.meta`); with it the training graph's networks are measured in TensorFlow in the same way.
"""

import os
import pathlib
import sys
import tempfile

from cpu import child_s, thread_s

import numpy as np
import soundfile

from descriptors import tune

SECONDS = 120
TURNS = 3
FRAME, HOP, BLOCK, BINS = 4096, 1024, 512, 1024
WEIGHTS = os.path.join(os.path.dirname(__file__), "../../models/separate")


def networks():
    """Returns the two networks as functions from magnitudes to magnitudes."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    sessions = []
    for stem in ("vocals", "accompaniment"):
        file = f"spleeter-2stems-{stem}.onnx"
        parts = [os.path.join(WEIGHTS, stem, f"{file}.1"), os.path.join(WEIGHTS, f"{stem}-2", f"{file}.2")]
        onnx = b"".join(pathlib.Path(part).read_bytes() for part in parts)
        sessions.append(onnxruntime.InferenceSession(onnx, options, providers=["CPUExecutionProvider"]))
    return [lambda mix, session=session: session.run(None, {"mix": mix})[0] for session in sessions]


def training_graph(checkpoint):
    """Returns the networks of the training graph in TensorFlow as functions from magnitudes to magnitudes."""
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../models/zoo/build"))
    from verify_stems import trained

    return [trained(pathlib.Path(checkpoint), stem) for stem in ("vocals", "accompaniment")]


def separated(audio, run):
    """Returns both stems of (samples, 2), as the original graph computes them."""
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)).astype(np.float32)
    count = -(-(len(audio) + FRAME) // HOP)
    padded = np.zeros((2, (count + 3) * HOP), np.float32)
    padded[:, FRAME : FRAME + len(audio)] = audio.T
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME, axis=1)[:, ::HOP][:, :count]
    spectra = np.fft.rfft(frames * window).astype(np.complex64)
    masks = np.zeros((2, 2, count, FRAME // 2 + 1), np.float32)
    for start in range(0, count, BLOCK):
        mix = np.zeros((1, 2, BLOCK, BINS), np.float32)
        part = np.abs(spectra[:, start : start + BLOCK, :BINS])
        mix[0, :, : part.shape[1]] = part
        outputs = np.stack([network(mix)[0, :, : part.shape[1]] for network in run]) ** 2
        masks[:, :, start : start + BLOCK, :BINS] = (outputs + 0.5e-10) / (outputs.sum(0) + 1e-10)
    stems = []
    for mask in masks:
        parts = np.fft.irfft(mask * spectra).astype(np.float32) * window * (2 / 3)
        out = np.zeros((2, (count + 3) * HOP), np.float32)
        for index in range(count):
            out[:, index * HOP : index * HOP + FRAME] += parts[:, index]
        stems.append(out[:, FRAME : FRAME + len(audio)].T)
    return stems


def measured(earmark, piece=None, checkpoint=None):
    """Measures and prints the rows; returns the figures."""
    audio, rate = soundfile.read(piece, always_2d=True) if piece else (tune(44100), 44100)
    audio = np.concatenate([audio] * -(-SECONDS * rate // len(audio)))[: SECONDS * rate].astype(np.float32)
    others = {"onnxruntime_s": networks()}
    if checkpoint:
        others["tensorflow_s"] = training_graph(checkpoint)
    for run in others.values():
        separated(audio[: 12 * rate], run)
    times = {name: [] for name in ["earmark_s", *others]}
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "mix.wav")
        soundfile.write(path, audio, rate, subtype="PCM_16")
        for _ in range(TURNS):
            times["earmark_s"].append(child_s([earmark, "separate", path, "--out", folder, "--force", "--jobs", "1"]))
            for name, run in others.items():
                times[name].append(thread_s(lambda: separated(audio, run)))
    figures = {name: min(turns) / SECONDS for name, turns in times.items()}
    print(f"stems of {SECONDS} s, one thread, CPU seconds per second of audio, the fastest of {TURNS} turns")
    names = {"earmark_s": "earmark separate", "onnxruntime_s": "ONNX Runtime and NumPy", "tensorflow_s": "TensorFlow and NumPy"}
    for name, seconds in figures.items():
        print(f"{names[name]:24} {seconds:.4f}, {seconds / figures['earmark_s']:.2f} times ours")
    return figures


if __name__ == "__main__":
    measured(*sys.argv[1:4])
