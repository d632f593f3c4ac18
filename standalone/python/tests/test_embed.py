"""Embeddings and features."""

from __future__ import annotations

import json
import subprocess

import numpy as np
import pytest

import earmark as em
from conftest import ROOT, music, program

#: One frame of so many is in the reference.
KEEP = 8


def test_embedding_is_that_of_the_program(tune: str) -> None:
    path = program()
    if path is None:
        pytest.skip("EARMARK_PROGRAM names no program")
    line = subprocess.run([path, "embed", "--format", "json", tune], check=True, capture_output=True, text=True).stdout
    patches = json.loads(line)["embeddings"]
    embedding = em.embed(tune)
    assert (embedding.values == np.array([patch["values"] for patch in patches], np.float32)).all()
    assert embedding.start.tolist() == [patch["start_s"] for patch in patches]


def test_embedding_is_that_of_the_reference(tune: str) -> None:
    reference = np.load(ROOT / "tests/fixtures/msd_musicnn.embeddings.npy")
    np.testing.assert_allclose(em.embed(tune, gate=False).values, reference, atol=1e-3)


def test_mean_is_that_of_the_rows_that_are_not_silent(song: np.ndarray) -> None:
    audio = np.concatenate([song, np.zeros(100_000, np.float32)])
    rows = em.embed(audio, sr=16_000)
    assert rows.silent.any() and np.isnan(rows.values[rows.silent]).all()
    mean = em.embed(audio, sr=16_000, mean=True)
    assert mean.values.shape == (1, 200)
    np.testing.assert_allclose(mean.values[0], rows.values[~rows.silent].mean(axis=0), rtol=1e-4, atol=1e-5)


def test_short_and_silent_audio_is_refused_or_empty() -> None:
    with pytest.raises(em.TooShortError, match="need 3.0 s, have 1.0") as raised:
        em.embed(music(1.0), sr=16_000)
    assert isinstance(raised.value, ValueError) and raised.value.buffered_s == 1.0 and raised.value.required_s > 2.9
    empty = em.embed(music(1.0), sr=16_000, strict=False)
    assert empty.values.shape == (0, 200) and len(empty) == 0
    with pytest.raises(em.SilentError):
        em.embed(np.zeros(100_000, np.float32), sr=16_000, mean=True)


def test_model_without_embedding_is_refused_with_those_that_have_one(tune: str) -> None:
    model = next((model.id for model in em.models() if model.embedding is None), None)
    if model is None:
        pytest.skip("earmark-tempocnn is not installed")
    with pytest.raises(em.ModelError, match=rf"msd-musicnn.*got `{model}`"):
        em.embed(tune, model=model)


def test_features_are_those_of_the_reference(tune: str) -> None:
    for name, file in (("musicnn", "mel_musicnn"), ("vggish", "mel_vggish")):
        features = em.features(tune, front_end=name)
        reference = np.load(ROOT / f"tests/fixtures/{file}.npy")
        assert features.dtype == np.float32 and features.shape[1] == reference.shape[1]
        # The reference has every eighth frame; the last ones are padded by the caller.
        kept = features[::KEEP][: len(reference) - 1]
        assert len(kept) == len(reference) - 1
        np.testing.assert_allclose(kept, reference[: len(kept)], atol=5e-4)
