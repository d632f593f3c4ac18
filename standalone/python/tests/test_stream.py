"""Live streams."""

from __future__ import annotations

import numpy as np
import pytest

import earmark as em
from conftest import music


def test_blocks_of_any_size_give_the_predictions_of_tag(song: np.ndarray) -> None:
    expected = em.tag(song, sr=16_000, models="msd-musicnn")["msd-musicnn"]
    for size in (160, 4096, len(song)):
        with em.Stream(sr=16_000, models="msd-musicnn") as stream:
            found = [p for at in range(0, len(song), size) for p in stream.push(song[at : at + size])]
            found += stream.flush()
        assert [p.start_s for p in found] == expected.start.tolist()
        assert (np.stack([p.values for p in found]) == expected.values).all()
        assert found[0].top(1)[0][0] in expected.labels and found[0].embedding.shape == (200,)


def test_rate_is_the_number_of_predictions_per_second(song: np.ndarray) -> None:
    stream = em.Stream(sr=16_000, models=["msd-musicnn"], rate=10)
    starts = [p.start_s for p in stream.push(song)]
    assert 0.09 < np.diff(starts).mean() < 0.11
    assert stream.models == ["msd-musicnn"] and stream.sr == 16_000


def test_stereo_integers_and_empty_blocks_are_accepted(song: np.ndarray) -> None:
    stream = em.Stream(sr=16_000, models="msd-musicnn")
    assert stream.push(np.zeros(0, np.float32)) == []
    stereo = (np.stack([song, song]) * 32_767).astype(np.int16)
    assert len(stream.push(stereo)) > 1


def test_reset_starts_again_in_another_generation(song: np.ndarray) -> None:
    stream = em.Stream(sr=16_000, models="msd-musicnn")
    first = stream.push(song)
    stream.reset()
    second = stream.push(song)
    assert [p.start_s for p in second] == [p.start_s for p in first]
    assert second[0].generation > first[0].generation


def test_silence_has_no_values() -> None:
    stream = em.Stream(sr=16_000, models="msd-musicnn")
    prediction = stream.push(np.zeros(60_000, np.float32))[0]
    assert prediction.silent and prediction.values is None and prediction.top() == [] and prediction.bpm is None


def test_closed_stream_is_refused(song: np.ndarray) -> None:
    with em.Stream(sr=16_000, models="msd-musicnn") as stream:
        pass
    with pytest.raises(em.ArgumentError, match="closed"):
        stream.push(song)


def test_own_model_with_a_card_runs(tmp_path: object) -> None:
    assert em.Model.load("msd-musicnn").info.sample_rate == 16_000
    network = em.Model.load("msd-musicnn")
    assert em.tag(music(4.0), sr=16_000, models=[network, "msd-musicnn"]).models == ("msd-musicnn",)
