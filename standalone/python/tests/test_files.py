"""Many files."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import earmark as em
from conftest import music, write_wav


def folder_of(path: Path, count: int = 6) -> list[Path]:
    samples = [(music(3.5 + seed / 4, seed=seed) * 32_767).astype(np.int16) for seed in range(count)]
    return [write_wav(path / f"{at}.wav", each) for at, each in enumerate(samples)]


def test_results_are_in_order_with_any_number_of_jobs(tmp_path: Path) -> None:
    files = folder_of(tmp_path)
    expected = [em.tag(file, models="msd-musicnn") for file in files]
    for jobs in (1, 2, 5):
        run = em.tag_files(tmp_path, models="msd-musicnn", jobs=jobs)
        assert len(run) == len(files)
        found = list(run)
        assert [path for path, _ in found] == [str(file) for file in files]
        assert [report for _, report in found] == expected
    means = [embedding.values for _, embedding in em.embed_files(files, mean=True)]
    assert (np.stack(means)[:, 0] == np.stack([em.embed(file, mean=True).values[0] for file in files])).all()


def test_error_is_a_value_in_its_place_or_raised(tmp_path: Path) -> None:
    files = folder_of(tmp_path, 2)
    (tmp_path / "0.5.wav").write_bytes(b"no audio at all, but a text")
    (tmp_path / "broken.wav").symlink_to("/nowhere/a.wav")
    found = dict(em.tag_files(tmp_path, models="msd-musicnn"))
    assert [type(item).__name__ for item in found.values()] == ["FileFailure", "Report", "Report", "FileFailure"]
    failure = found[str(tmp_path / "0.5.wav")]
    assert isinstance(failure.error, em.AudioFileError) and "0.5.wav" in str(failure.error)
    assert pickle.loads(pickle.dumps(failure)).path == failure.path
    with pytest.raises(em.AudioFileError):
        list(em.tag_files([tmp_path / "0.5.wav", *files], models="msd-musicnn", on_error="raise"))
    with pytest.raises(FileNotFoundError):
        list(em.tag_files(tmp_path / "none.wav", models="msd-musicnn", on_error="raise"))


def test_iterator_that_is_dropped_ends_its_run(tmp_path: Path) -> None:
    folder_of(tmp_path)
    run = iter(em.tag_files([tmp_path] * 20, models="msd-musicnn", jobs=2))
    next(run)
    del run
    assert em.tag(tmp_path / "0.wav", models="msd-musicnn").duration_s == 3.5


#: Program that tags files in two processes, and compares the reports with its own.
PROCESSES = """
import multiprocessing, sys
import earmark as em

def tagged(path):
    return em.tag(path, models="msd-musicnn")

if __name__ == "__main__":
    method, *files = sys.argv[1:]
    expected = [tagged(file) for file in files]
    with multiprocessing.get_context(method).Pool(2) as pool:
        found = pool.map(tagged, files)
    print(found == expected and len(found))
"""


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_give_the_same_reports(tmp_path: Path, method: str) -> None:
    files = folder_of(tmp_path, 3)
    program = tmp_path / "program.py"
    program.write_text(PROCESSES)
    command = [sys.executable, str(program), method, *map(str, files)]
    found = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
    assert found.stdout.strip() == "3"


def test_results_are_pickled_with_all_their_values(tune: str) -> None:
    report = em.tag(tune, models="msd-musicnn")
    copy = pickle.loads(pickle.dumps(report))
    assert copy == report and copy.to_json() == report.to_json()
    assert (copy["msd-musicnn"].values == report["msd-musicnn"].values).all()
    embedding = em.embed(tune)
    copied = pickle.loads(pickle.dumps(embedding))
    assert (copied.values == embedding.values).all() and (copied.end == embedding.end).all()
    assert (copied.path, copied.model) == (embedding.path, embedding.model)
    assert (copied.file, copied.provenance) == (embedding.file, embedding.provenance)
    assert (copy.file, copy.provenance) == (report.file, report.provenance)
