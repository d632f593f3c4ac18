"""Analysis of whole libraries in shards: resumable, on one machine or many, with bad files as rows.

A shard is a list of files. Its result is one Parquet object whose name follows from the list and the recipe, so that a run that
is killed continues where it ended, and two runs do no harm to each other.

>>> import earmark.batch as b
>>> plan = b.plan("music/", out="results/")  # doctest: +SKIP
>>> b.run(plan, jobs=8)  # doctest: +SKIP
"""

from __future__ import annotations

import functools
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from . import _batch_engines as engines
from . import _batch_files as files
from ._errors import ArgumentError, ArgumentTypeError, BatchError
from ._native import Batch, models

__all__ = ["Plan", "compact", "open_plan", "plan", "retry", "run", "run_shard", "status", "verify"]

#: Models of tags, as far as they are installed.
TAG_MODELS = ["msd-musicnn", "tempocnn-deepsquare-k8"]
#: Interval between two lines about the progress in seconds.
LINE_INTERVAL_S = 60.0

_Path = str | PathLike[str]


@dataclass(frozen=True)
class Plan:
    """Plan of a batch. It is small, and can be pickled with its file systems, which is what engines do."""

    #: Output: a local folder, or an address.
    out: str
    #: Folders or addresses of the audio files.
    roots: tuple[str, ...]
    #: File system of addresses in `roots`.
    filesystem: Any = None
    #: File system of an address in `out`.
    out_filesystem: Any = None

    @property
    def data(self) -> str:
        """Folder or address of the results: tables `part-*.parquet`, one row per file or patch."""
        return f"{self.out.rstrip('/')}/data"

    @property
    def files(self) -> int:
        """Number of files."""
        return _opened(self).files

    @property
    def shards(self) -> int:
        """Number of shards; some may have no files."""
        return _opened(self).shards

    @property
    def recipe(self) -> dict[str, Any]:
        """Analysis and its settings, and the program and models that it was planned with."""
        return _opened(self).recipe


def plan(
    roots: _Path | Sequence[_Path],
    *,
    out: _Path,
    models: str | Sequence[str] | None = None,
    analysis: str = "tag",
    seconds: float | None = None,
    hop_frames: int | None = None,
    hop: float | None = None,
    gate: bool = True,
    decoder: str = "auto",
    timeline: bool = False,
    mean: bool = False,
    only: Sequence[str] = (),
    profile: _Path | None = None,
    compat: bool = False,
    tracks_per_shard: int | None = None,
    filesystem: Any = None,
    out_filesystem: Any = None,
) -> Plan:
    """Find the audio files below folders or addresses, and divide them into shards; add new files to the plan of an output.

    `analysis` is `'tag'`, `'embed'`, `'extract'` or `'classify'`. An address such as `s3://music/` is of `filesystem`, a file
    system of fsspec or pyarrow, or of the one that fsspec finds by the scheme; one in `out` is of `out_filesystem`, which is
    `filesystem` by default. The other arguments are those of `earmark batch plan`. A plan with another recipe is refused.
    """
    given = [roots] if isinstance(roots, (str, PathLike)) else list(roots)
    texts = [fspath(root) for root in given]
    target = _target(fspath(out), filesystem, out_filesystem)
    recipe: dict[str, Any] = {"analysis": analysis, "models": _models(models, analysis), "gate": gate, "decoder": decoder}
    recipe |= {"seconds": seconds, "hop_frames": hop_frames, "hop_s": hop, "timeline": timeline, "mean": mean}
    recipe |= {"only": list(only), "profile": Path(profile).read_text() if profile else None, "compat": compat}
    inputs = _inputs(texts, filesystem)
    if inputs is None:
        texts = [files.local_path(text) for text in texts]
        found = None
    else:
        found = list(inputs.find())
    made, _, _ = Batch.plan(target, inputs, json.dumps(recipe), texts, found, tracks_per_shard)
    planned = Plan(fspath(out), tuple(made.roots), filesystem, out_filesystem)
    _batches[_key(planned)] = (made, planned)
    return planned


def open_plan(out: _Path, *, filesystem: Any = None, out_filesystem: Any = None) -> Plan:
    """Open the plan of an output; the file systems are those of `plan`."""
    text = fspath(out)
    # The roots are in the plan; local inputs are replaced below, if they are addresses.
    made = Batch.open(_target(text, filesystem, out_filesystem), _NoInputs())
    return Plan(text, tuple(made.roots), filesystem, out_filesystem)


def run(
    plan: Plan | _Path,
    *,
    engine: str | Callable[[Callable[..., Any], Iterable[Any]], Iterable[Any]] = "local",
    jobs: int | None = None,
    shards: tuple[int, int] | None = None,
    address: str | None = None,
    file_timeout: float | None = None,
    report: Callable[[dict[str, Any]], None] | None = None,
) -> dict[str, Any]:
    """Run the shards without a result, and return the counts of this run.

    `engine` is `'local'` (processes of this machine), `'ray'`, `'dask'`, or any function like `map`, such as the `imap` of a pool.
    `jobs` is the number of processes (default: all cores, or all of the cluster), `shards` the first and the last shard to run,
    `address` that of a cluster. `report` gets the counts after each shard (default: a line a minute on standard error).
    """
    opened = _as_plan(plan)
    batch = _opened(opened)
    show = report or _Lines(batch)
    if engine == "local":
        return batch.run(jobs, shards, file_timeout, show)
    first, last = shards or (0, sys.maxsize)
    places = [(generation, shard) for generation, shard, _ in batch.pending() if first <= shard <= last]
    work = functools.partial(_run_place, opened, file_timeout)
    processes, done = engines.outcomes(engine, work, places, jobs, address)
    batch.begin(processes)
    try:
        for outcome in done:
            show(batch.add(json.dumps(outcome)))
    finally:
        record = batch.end()
    return record


def run_shard(plan: Plan | _Path, shard: int, *, generation: int = 1, file_timeout: float | None = None) -> dict[str, Any]:
    """Run one shard, unless its result is there, and return its counts. Any number of processes may call it, any number of times.

    The models stay loaded in a process of their own until this one ends.
    """
    return _opened(_as_plan(plan)).run_shard(generation, shard, file_timeout)


def status(plan: Plan | _Path) -> dict[str, Any]:
    """Return the progress: shards, files, hours of audio, speed, and the estimated time to the end. Any machine may ask."""
    return _opened(_as_plan(plan)).status()


def verify(plan: Plan | _Path) -> dict[str, Any]:
    """Check that every file has its rows once. If so, write `_SUCCESS`, and return counts with a `digest`."""
    return _opened(_as_plan(plan)).verify()


def retry(plan: Plan | _Path) -> dict[str, Any]:
    """Plan the files without a result again, as the next generation, which `run` then runs."""
    return _opened(_as_plan(plan)).retry()


def compact(plan: Plan | _Path) -> dict[str, Any]:
    """Write the newest rows of each file into a few large tables in the folder `compact` of the output."""
    return _opened(_as_plan(plan)).compact()


def _as_plan(plan: Plan | _Path) -> Plan:
    if isinstance(plan, Plan):
        return plan
    if isinstance(plan, (str, PathLike)):
        return open_plan(plan)
    raise ArgumentTypeError(f"cannot use `plan` (expected a Plan or the path of an output, got {type(plan).__name__})")


def _models(models_given: str | Sequence[str] | None, analysis: str) -> list[str]:
    if analysis not in ("tag", "embed", "extract", "classify"):
        raise ArgumentError(f"cannot use `analysis` (expected tag, embed, extract or classify, got {analysis})")
    if isinstance(models_given, str):
        return [models_given]
    if models_given is not None:
        return list(models_given)
    if analysis == "embed":
        return TAG_MODELS[:1]
    installed = {model.id for model in models()} if analysis == "tag" else set()
    return [model for model in TAG_MODELS if model in installed]


def _target(out: str, filesystem: Any, out_filesystem: Any) -> object:
    """Return the store of an output: a local path, or a folder of a file system."""
    if not files.is_address(out) and out_filesystem is None:
        return files.local_path(out)
    return files.folder(out, out_filesystem if out_filesystem is not None else filesystem)


def _inputs(roots: Sequence[str], filesystem: Any) -> files.Folder | files.JoinedFolders | None:
    """Return the inputs of roots; None for local folders, which need no Python."""
    if filesystem is None and not any(files.is_address(root) for root in roots):
        return None
    if len(roots) == 1:
        return files.folder(roots[0], filesystem)
    named = {root.rstrip("/").rsplit("/", 1)[-1]: files.folder(root, filesystem) for root in roots}
    if len(named) < len(roots):
        raise BatchError(f"cannot plan: expected folders of different names, got {', '.join(roots)}")
    return files.JoinedFolders(named)


class _NoInputs:
    """Inputs of a plan that is opened for its roots alone."""


#: Opened batches of this process, which keep their worker processes.
_batches: dict[tuple[str, int, int, int], tuple[Batch, Plan]] = {}


def _opened(plan: Plan) -> Batch:
    """Return the native batch of a plan. It is opened once in a process, so that models are loaded once."""
    key = _key(plan)
    found = _batches.get(key)
    if found is None or found[1].roots != plan.roots:
        inputs = _inputs(plan.roots, plan.filesystem)
        found = (Batch.open(_target(plan.out, plan.filesystem, plan.out_filesystem), inputs), plan)
        _batches[key] = found
    return found[0]


def _key(plan: Plan) -> tuple[str, int, int, int]:
    # A forked process must not use the worker process of its parent.
    return plan.out, _hash_of(plan.filesystem), _hash_of(plan.out_filesystem), os.getpid()


def _hash_of(filesystem: Any) -> int:
    """Return a number that is equal for equal file systems, also for copies in the tasks of an engine."""
    if filesystem is None:
        return 0
    try:
        return hash(filesystem)
    except TypeError:
        return hash(repr(type(filesystem)))


def _run_place(plan: Plan, file_timeout: float | None, place: tuple[int, int]) -> dict[str, Any]:
    """Run a shard in a task of an engine. A plan that has grown is opened again."""
    generation, shard = place
    batch = _opened(plan)
    if generation > batch.generations:
        _batches.clear()
        batch = _opened(plan)
    return batch.run_shard(generation, shard, file_timeout)


class _Lines:
    """Progress of a run on standard error: one line that changes on a terminal, otherwise one line a minute."""

    def __init__(self, batch: Batch) -> None:
        self.files = sum(count for _, _, count in batch.pending())
        self.started = time.monotonic()
        self.last = self.started

    def __call__(self, record: dict[str, Any]) -> None:
        now = time.monotonic()
        is_terminal = sys.stderr.isatty()
        if now - self.last < (1.0 if is_terminal else LINE_INTERVAL_S):
            return
        self.last = now
        elapsed_s = now - self.started
        text = f"{record['files']} of {self.files} files, {record['audio_s'] / 3600:.2f} h of audio"
        text += f" at {record['audio_s'] / elapsed_s:.0f} x real time, {record['bad']} bad"
        if 0 < record["files"] < self.files:
            left_s = elapsed_s * (self.files - record["files"]) / record["files"]
            text += f", about {left_s / 60:.0f} min left"
        print(text, end="\r" if is_terminal else "\n", file=sys.stderr, flush=True)


if __name__ == "__main__":
    from ._batch_command import main

    sys.exit(main())
