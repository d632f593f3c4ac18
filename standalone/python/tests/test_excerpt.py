"""Parts of files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import earmark as em
from conftest import music, write_wav


@pytest.fixture
def piece(tmp_path: Path) -> tuple[Path, np.ndarray]:
    samples = (music(12.0) * 32_767).astype(np.int16)
    return write_wav(tmp_path / "a.wav", samples), samples


def test_part_of_a_file_gives_the_results_of_its_samples(piece: tuple[Path, np.ndarray]) -> None:
    path, samples = piece
    part = samples[int(2.5 * 16_000) : int(8.5 * 16_000)]
    report = em.tag(path, models="msd-musicnn", offset=2.5, duration=6)
    assert report["msd-musicnn"].values.tolist() == em.tag(part, sr=16_000, models="msd-musicnn")["msd-musicnn"].values.tolist()
    assert report.duration_s == 6.0 and report["msd-musicnn"].start[0] <= 0
    assert report.provenance is not None and report.provenance["options"] == {"offset_s": 2.5, "duration_s": 6.0}
    embedding = em.embed(path, offset=4)
    assert (embedding.values == em.embed(samples[4 * 16_000 :], sr=16_000).values).all()
    assert embedding.provenance is not None and embedding.provenance["options"]["duration_s"] is None
    assert em.tag(path, models="msd-musicnn", offset=100)["msd-musicnn"].have_s == 0.0


def test_wrong_parts_are_refused_in_one_line(piece: tuple[Path, np.ndarray], song: np.ndarray) -> None:
    path, _ = piece
    for arguments in ({"offset": -1}, {"offset": float("nan")}, {"duration": 0}, {"duration": "1"}, {"offset": True}):
        with pytest.raises(em.EarmarkError) as raised:
            em.tag(path, models="msd-musicnn", **arguments)  # type: ignore[arg-type]
        assert "expected a finite number" in str(raised.value) and "\n" not in str(raised.value)
    with pytest.raises(em.ArgumentError, match="slice the array"):
        em.embed(song, sr=16_000, offset=1)
