"""Command `earmark batch` of the package, as that of the program, with file systems and engines."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from . import batch
from ._errors import EarmarkError

#: Exit code after Ctrl-C: 128 + SIGINT.
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0, 1 on an error or if `verify` finds results missing, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="earmark batch", description="Analyze whole libraries in shards.")
    add_commands(parser)
    options = parser.parse_args(arguments)
    try:
        code: int = options.run(options)
    except EarmarkError as error:
        print(f"earmark: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Add the commands `plan`, `run`, `status`, `verify`, `retry` and `compact` to a parser."""
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    plan = commands.add_parser("plan", help="find audio files, and divide them into shards")
    plan.add_argument("roots", nargs="+", metavar="ROOT", help="folder or address, such as s3://bucket/music")
    plan.add_argument("--out", required=True, metavar="OUT", help="folder or address of the output")
    plan.add_argument("--model", action="append", metavar="ID", help="model to run; repeatable")
    kinds = plan.add_mutually_exclusive_group()
    for kind, text in [("embed", "embeddings"), ("extract", "descriptors"), ("classify", "classes")]:
        kinds.add_argument(f"--{kind}", action="store_const", const=kind, dest="analysis", help=f"{text} instead of tags")
    plan.add_argument("--mean", action="store_true", help="one embedding per file")
    plan.add_argument("--timeline", action="store_true", help="one row per patch")
    plan.add_argument("--seconds", type=float, metavar="S", help="analyze this many seconds from the middle of each file")
    plan.add_argument("--tracks-per-shard", type=int, metavar="N", help="mean number of files of a shard")
    plan.set_defaults(run=_plan, analysis="tag")

    run = commands.add_parser("run", help="analyze the shards without a result")
    run.add_argument("out", metavar="OUT")
    run.add_argument("--engine", choices=["local", "ray", "dask"], default="local", help="engine that runs the shards")
    run.add_argument("--address", metavar="ADDRESS", help="address of a cluster, such as auto")
    run.add_argument("--jobs", type=int, metavar="N", help="number of processes")
    run.set_defaults(run=_run)

    for name, work, text in [
        ("status", batch.status, "print the progress"),
        ("verify", batch.verify, "check that every file has its rows once"),
        ("retry", batch.retry, "plan the files without a result again"),
        ("compact", batch.compact, "write the newest rows into a few large tables"),
    ]:
        command = commands.add_parser(name, help=text)
        command.add_argument("out", metavar="OUT")
        command.set_defaults(run=_printed(work))


def _plan(options: argparse.Namespace) -> int:
    made = batch.plan(
        options.roots,
        out=options.out,
        models=options.model,
        analysis=options.analysis,
        mean=options.mean,
        timeline=options.timeline,
        seconds=options.seconds,
        tracks_per_shard=options.tracks_per_shard,
    )
    print(f"{made.files} files in {made.shards} shards are planned")
    return 0


def _run(options: argparse.Namespace) -> int:
    counts = batch.run(options.out, engine=options.engine, address=options.address, jobs=options.jobs)
    print(f"{counts['files']} files in {counts['shards']} shards, {counts['bad']} bad, {counts['damaged']} damaged")
    return 0


def _printed(work: Callable[[str], dict[str, Any]]) -> Callable[[argparse.Namespace], int]:
    def run(options: argparse.Namespace) -> int:
        found = work(options.out)
        print(json.dumps(found, indent=2))
        return int(bool(found.get("missing") or found.get("removed")))

    return run
