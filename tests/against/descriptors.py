"""Measures Essentia's MusicExtractor at the work of `earmark extract`.

Usage: descriptors.py EARMARK [PIECE...]

Both read the same files, one minute long, alternately in several turns; the fastest turn counts. A piece is repeated to a
minute at its own rate; without pieces, a tune of sines and noise is analyzed at 44.1 and 48 kHz. Essentia's time is that of
the call in a process that is running, ours that of the whole program with one thread: start, decoder, analysis, JSON.
"""

import os
import sys
import tempfile

from cpu import child_s, thread_s

import numpy as np
import soundfile

SECONDS = 60
TURNS = 3


def tune(rate):
    """Returns a tune whose chord changes every half second, with a burst of noise on each change."""
    time = np.arange(SECONDS * rate) / rate
    step = (2 * time).astype(int)
    root = 220 * 2 ** (np.array([0, 5, 7, 3, 8, 10, 2, 7])[step % 8] / 12)
    chord = sum(np.sin(2 * np.pi * np.cumsum(root * ratio) / rate) for ratio in (1, 1.25, 1.5, 2, 4))
    noise = np.random.RandomState(1).uniform(-1, 1, len(time)) * np.exp(-40 * (time % 0.5))
    return np.stack([0.06 * chord + 0.2 * noise, 0.05 * chord + 0.2 * noise], axis=1)


def written(folder, pieces):
    """Writes the audio; returns paths by label."""
    if pieces:
        audio = [(os.path.basename(piece), *soundfile.read(piece)) for piece in pieces]
    else:
        audio = [(f"tune at {rate} Hz", tune(rate), rate) for rate in (44100, 48000)]
    paths = {}
    for index, (name, samples, rate) in enumerate(audio):
        label = f"{name}, {rate} Hz, {samples.ndim} channel(s)"
        repeats = -(-SECONDS * rate // len(samples))
        paths[label] = os.path.join(folder, f"{index}.wav")
        soundfile.write(paths[label], np.concatenate([samples] * repeats)[: SECONDS * rate], rate, subtype="PCM_16")
    return paths


def measured(earmark, pieces):
    """Measures and prints the table; returns the figures."""
    import essentia
    import essentia.standard as es

    essentia.log.infoActive = False
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        paths = written(folder, pieces)
        print(f"descriptors of {SECONDS} s, one thread, the fastest of {TURNS} turns")
        for label, path in paths.items():
            ours, theirs = [], []
            for _ in range(TURNS):
                ours.append(child_s([earmark, "extract", path, "--compat", "--jobs", "1"]))
                theirs.append(thread_s(lambda: es.MusicExtractor()(path)))
            ours, theirs = min(ours), min(theirs)
            ratio = theirs / ours
            print(f"{label:45} Essentia {theirs:6.2f} s, earmark extract {ours:6.2f} s of processor time, {ratio:5.2f} times ours")
            figures[label] = {"essentia_s": theirs, "earmark_s": ours}
    return figures


if __name__ == "__main__":
    measured(sys.argv[1], sys.argv[2:])
