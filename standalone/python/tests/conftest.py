"""Audio that the tests share."""

from __future__ import annotations

import os
import shutil
import threading
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

#: Root of the repository.
ROOT = Path(__file__).resolve().parents[3]
#: A short piece, 8 s.
TUNE = ROOT / "tests" / "fixtures" / "tune.flac"


def music(seconds: float, rate: int = 16_000, seed: int = 1) -> np.ndarray:
    """Return a chord with a beat and noise, as float32."""
    time = np.arange(int(seconds * rate)) / rate
    chord = sum(np.sin(2 * np.pi * hz * time) for hz in (220.0, 277.2, 329.6))
    beat = np.exp(-8.0 * (time % 0.5))
    noise = np.random.default_rng(seed).standard_normal(len(time))
    return (0.1 * chord * beat + 0.02 * noise).astype(np.float32)


def write_wav(path: Path, samples: np.ndarray, rate: int = 16_000) -> Path:
    """Write int16 samples, `(n,)` or `(channels, n)`, as a WAV file."""
    rows = np.atleast_2d(samples)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(rows.shape[0])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(rows.T.astype("<i2").tobytes())
    return path


def program() -> str | None:
    """Return the path of the program `earmark`, if it is built."""
    named = os.environ.get("EARMARK_PROGRAM")
    return named if named and Path(named).is_file() else shutil.which("earmark-program")


@contextmanager
def counting_thread() -> Iterator[list[int]]:
    """Run a thread that counts as fast as it can, in the first item of the list."""
    counted, done = [0], threading.Event()

    def count() -> None:
        while not done.is_set():
            counted[0] += 1

    thread = threading.Thread(target=count)
    thread.start()
    try:
        yield counted
    finally:
        done.set()
        thread.join()


@pytest.fixture
def tune() -> str:
    return str(TUNE)


@pytest.fixture
def song() -> np.ndarray:
    return music(8.0)
