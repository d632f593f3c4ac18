"""The command `earmark` that the package installs."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

import earmark as em
from conftest import music, write_wav


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "earmark._command", *arguments], capture_output=True, text=True)


def test_command_is_installed_and_states_its_version() -> None:
    command = shutil.which("earmark", path=str(Path(sys.executable).parent))
    assert command is not None
    out = subprocess.run([command, "--version"], capture_output=True, text=True, check=True).stdout
    assert out == f"earmark {em.__version__}\n"


def test_tag_writes_the_reports_in_each_format(tune: str, tmp_path: Path) -> None:
    report = em.tag(tune, models="msd-musicnn")
    lines = run("tag", "--format", "jsonl", "--model", "msd-musicnn", tune)
    assert (lines.returncode, lines.stderr, lines.stdout) == (0, "", report.to_json() + "\n")
    array = run("tag", "--format", "json", "--model", "msd-musicnn", tune, tune)
    assert json.loads(array.stdout) == [report.to_dict()] * 2
    table = run("tag", "--model", "msd-musicnn", "--top", "2", tune)
    assert [line.split()[0] for line in table.stdout.splitlines()[1:]] == [label.split()[0] for label, _ in report.top(2)]
    rows = run("tag", "--format", "csv", "--model", "msd-musicnn", tune).stdout.splitlines()
    assert len(rows) == 51 and rows[0] == "path,model,label,value"
    failed = run("tag", "--format", "jsonl", "--model", "msd-musicnn", str(tmp_path / "none.wav"), tune)
    assert failed.returncode == 1 and len(failed.stdout.splitlines()) == 1 and "none.wav" in failed.stderr


def test_embed_writes_arrays_and_models_are_listed(tune: str, tmp_path: Path) -> None:
    out = tmp_path / "arrays"
    for name in ("tune.flac.npy", "tune.flac.1.npy"):
        done = run("embed", "--out", str(out), tune)
        assert (done.returncode, done.stderr, done.stdout) == (0, "", f"{tune}\t{out / name}\n")
        assert (np.load(out / name) == em.embed(tune).values).all()
    listed = json.loads(run("models", "--json").stdout)
    assert [model["id"] for model in listed] == [model.id for model in em.models()]
    wrong = run("embed", "--model", "none", tune)
    assert wrong.returncode == 1 and wrong.stderr.startswith("earmark: ") and len(wrong.stderr.splitlines()) == 1


def test_silence_is_stated(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "silent.wav", np.zeros(80_000))
    assert "silence" in run("tag", "--model", "msd-musicnn", str(path)).stdout
    assert em.tag(path, models="msd-musicnn").silent
    assert not em.tag(write_wav(tmp_path / "a.wav", (music(4.0) * 9_000).astype(np.int16)), models="msd-musicnn").silent
