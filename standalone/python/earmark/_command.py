"""Command `earmark` of the package: the most common options of the program of this name."""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy

from ._batch_command import add_commands
from ._errors import EarmarkError
from ._native import Embedding, FileFailure, Report, __version__, embed_files, models, tag_files

#: Exit code after Ctrl-C: 128 + SIGINT.
INTERRUPTED = 130
#: Exit code if the reader of the output has ended: 128 + SIGPIPE.
CLOSED_PIPE = 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0, 1 if a file failed, 130 after Ctrl-C, 141 after a closed pipe."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except EarmarkError as error:
        print(f"earmark: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Python would report the pipe once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED_PIPE
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="earmark", description="Tag music and write embeddings.")
    parser.add_argument("--version", action="version", version=f"earmark {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    tag = commands.add_parser("tag", help="tag audio files: genre, mood, instruments and tempo")
    _add_files(tag)
    tag.add_argument("--model", action="append", metavar="ID", help="model to run; repeatable")
    tag.add_argument("--format", choices=["table", "json", "jsonl", "csv"], default="table", help="output format")
    tag.add_argument("--top", type=int, default=5, metavar="N", help="number of tags in a table (default 5)")
    tag.set_defaults(run=_tag)

    embed = commands.add_parser("embed", help="write embeddings of audio files as NumPy arrays")
    _add_files(embed)
    embed.add_argument("--model", metavar="ID", help="model that computes the embeddings")
    embed.add_argument("--mean", action="store_true", help="one embedding per file: the mean over all patches")
    embed.add_argument("--out", type=Path, default=Path("."), metavar="FOLDER", help="folder of the arrays")
    embed.set_defaults(run=_embed)

    add_commands(commands.add_parser("batch", help="analyze whole libraries in shards"))

    listed = commands.add_parser("models", help="list the installed models")
    listed.add_argument("--json", action="store_true", help="print a JSON array")
    listed.set_defaults(run=_models)
    return parser


def _add_files(command: argparse.ArgumentParser) -> None:
    command.add_argument("paths", nargs="+", metavar="PATH", help="audio files, or folders to search for them")
    command.add_argument("--hop-frames", type=int, metavar="N", help="hop in frames of the model")
    command.add_argument("--no-gate", action="store_true", help="analyze silence, too")
    command.add_argument("--jobs", type=int, metavar="N", help="number of files to process in parallel")


def _tag(options: argparse.Namespace) -> int:
    results = tag_files(
        options.paths,
        models=options.model,
        hop_frames=options.hop_frames,
        gate=not options.no_gate,
        jobs=options.jobs,
    )
    failures: list[FileFailure] = []
    write = {"table": _write_table, "json": _write_json, "jsonl": _write_jsonl, "csv": _write_csv}[options.format]
    write(_sound(results, failures), options)
    return int(bool(failures))


def _sound(results: Iterator[tuple[str, Report | Embedding | FileFailure]], failures: list[FileFailure]) -> Iterator[Report]:
    """Yield the reports, report failures on standard error, and add them to `failures`."""
    for _, result in results:
        if isinstance(result, FileFailure):
            failures.append(result)
            print(result.error, file=sys.stderr)
        elif isinstance(result, Report):
            yield result


def _write_jsonl(reports: Iterator[Report], _: argparse.Namespace) -> None:
    for report in reports:
        print(report.to_json(), flush=True)


def _write_json(reports: Iterator[Report], _: argparse.Namespace) -> None:
    json.dump([report.to_dict() for report in reports], sys.stdout, indent=2)
    print()


def _write_csv(reports: Iterator[Report], _: argparse.Namespace) -> None:
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(["path", "model", "label", "value"])
    for report in reports:
        for model in report:
            result = report[model]
            if result.mean is not None:
                table.writerows([report.path, model, label, value] for label, value in zip(result.labels, result.mean))
        if report.tempo is not None:
            table.writerow([report.path, report.tempo.model, "bpm", report.tempo.bpm])
        sys.stdout.flush()


def _write_table(reports: Iterator[Report], options: argparse.Namespace) -> None:
    for report in reports:
        print(f"{report.path}  ({report.duration_s:.1f} s)")
        for label, value in report.top(options.top):
            print(f"  {label:20} {value:.2f}")
        if report.tempo is not None:
            print(f"  {report.tempo.bpm:.0f} BPM (confidence {report.tempo.confidence:.2f})")
        elif report.silent:
            print("  silence")
        sys.stdout.flush()


def _embed(options: argparse.Namespace) -> int:
    """Write `<name>.npy` for each file, with a number if the folder has an array of that name."""
    results = embed_files(
        options.paths,
        model=options.model,
        hop_frames=options.hop_frames,
        gate=not options.no_gate,
        mean=options.mean,
        jobs=options.jobs,
    )
    options.out.mkdir(parents=True, exist_ok=True)
    code = 0
    for path, result in results:
        if isinstance(result, FileFailure):
            print(result.error, file=sys.stderr)
            code = 1
            continue
        name = options.out / f"{Path(path).name}.npy"
        number = 0
        while name.exists():
            number += 1
            name = options.out / f"{Path(path).name}.{number}.npy"
        numpy.save(name, result.values)
        print(f"{path}\t{name}", flush=True)
    return code


def _models(options: argparse.Namespace) -> int:
    installed = models()
    if options.json:
        keys = ["id", "name", "kind", "labels", "embedding", "sample_rate", "licence", "sha256", "builtin"]
        json.dump([{key: getattr(model, key) for key in keys} for model in installed], sys.stdout, indent=2)
        print()
    else:
        for model in installed:
            print(f"{model.id:24} {model.kind:10} {model.sample_rate:.0f} Hz  {model.patch_s:.2f} s  {model.licence}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
