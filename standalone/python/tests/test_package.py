"""The package itself: documentation, threads, memory."""

from __future__ import annotations

import doctest
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import earmark as em
from conftest import TUNE, counting_thread, music, write_wav

README = Path(__file__).parents[1] / "README.md"


def test_examples_of_the_documentation_hold(tmp_path: Path) -> None:
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    parser = doctest.DocTestParser()
    names = {"tune": str(TUNE)}
    objects = [(name, getattr(em, name)) for name in em.__all__]
    methods = [(f"{name}.{each}", getattr(value, each)) for name, value in objects if isinstance(value, type) for each in vars(value)]
    count = 0
    for name, value in objects + methods:
        text = getattr(value, "__doc__", None)
        if isinstance(text, str) and ">>>" in text:
            test = parser.get_doctest(text, dict(names), name, None, None)
            runner.run(test)
            count += 1
    assert runner.summarize(verbose=False).failed == 0 and count >= 8


def test_examples_of_the_readme_hold(tmp_path: Path) -> None:
    for seed in range(6):
        noise = np.random.default_rng(seed).standard_normal(4 * 16_000) * 0.1
        for label, samples in (("calm", music(4.0, seed=seed)), ("noise", noise)):
            (tmp_path / label).mkdir(exist_ok=True)
            write_wav(tmp_path / label / f"{seed}.wav", (samples * 32_767).astype(np.int16))
    test = doctest.DocTestParser().get_doctest(README.read_text(), {"tune": str(TUNE), "music": tmp_path}, "README", None, None)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    pytest.importorskip("pandas"), pytest.importorskip("matplotlib")
    runner.run(test)
    assert runner.summarize(verbose=False).failed == 0 and len(test.examples) > 20
    assert (tmp_path / "embeddings.png").stat().st_size > 1000


def test_public_functions_and_classes_are_documented() -> None:
    for name in em.__all__:
        value = getattr(em, name)
        assert name == "__version__" or (value.__doc__ or "").strip(), name


def test_import_starts_no_thread_and_imports_no_table_library() -> None:
    code = "import earmark, sys, threading, os; print(len(os.listdir('/proc/self/task')), sorted(set(sys.modules) & {'pandas', 'polars', 'pyarrow'}))"
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    output = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment)
    assert output.stdout.strip() == "1 []"


def test_other_threads_run_during_an_analysis() -> None:
    song = music(60.0)
    with counting_thread() as counted:
        before = counted[0]
        em.tag(song, sr=16_000, models="msd-musicnn")
        during = counted[0] - before
    # A thread that waits for the analysis counts at most a few times, before and after it.
    assert during > 10_000


def test_memory_of_an_analysis_does_not_grow_with_the_samples() -> None:
    code = """
import numpy as np, resource, earmark as em
noise = np.random.default_rng(1).standard_normal(16_000).astype(np.float32) * 0.1
samples = np.tile(noise, {seconds})
em.embed(noise.repeat(5), sr=16_000)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
em.embed(samples, sr=16_000)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    grown = subprocess.run([sys.executable, "-c", code.format(seconds=600)], check=True, capture_output=True, text=True)
    # The samples are 38 MB.
    assert int(grown.stdout) < 20_000, grown.stdout


def test_models_are_listed_with_their_properties() -> None:
    models = {model.id: model for model in em.models()}
    musicnn = models["msd-musicnn"]
    assert musicnn.builtin and musicnn.kind == "tags" and musicnn.licence == "ISC" and len(musicnn.labels) == 50
    assert (musicnn.sample_rate, musicnn.embedding, musicnn.front_end) == (16_000, 200, "musicnn")
    assert 2.9 < musicnn.patch_s < 3.1 and np.isclose(musicnn.hop_s, 93 * 256 / 16_000) and len(musicnn.sha256) == 64
    assert not any(model.builtin for model in models.values() if model.licence.startswith("AGPL"))
