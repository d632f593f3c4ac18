"""Reads tables of `earmark tag` and `earmark embed` with several programs, and compares each with the JSON of the same files.

Arguments: JSON, table of files, table of patches, wide CSV, long CSV, table of embeddings. Prints a JSON object."""

import json
import math
import sys

import duckdb
import numpy
import pandas
import polars
import pyarrow.parquet

JSON, FILES, PATCHES, WIDE, LONG, EMBEDDINGS = sys.argv[1:]
MODELS = ["msd-musicnn", "mtt-vgg"]
reports = json.load(open(JSON))


def same(found, expected):
    """Whether a list of numbers is the expected one; missing lists are None, NaN, or have NaN."""
    missing = found is None or (isinstance(found, float) and math.isnan(found))
    if expected is None:
        return missing or all(value is None or math.isnan(value) for value in found)
    return not missing and numpy.array_equal(numpy.array(found, numpy.float32), numpy.array(expected, numpy.float32))


def file_rows_hold(rows):
    """Whether rows as dicts are the reports."""
    held = len(rows) == len(reports)
    for row, report in zip(rows, reports):
        held &= row["path"] == report["path"] and row["duration_s"] == report["duration_s"]
        held &= row["size_bytes"] == report["file"]["size_bytes"] and row["codec"] == report["file"]["codec"]
        held &= row["modified_unix_s"] == report["file"]["modified_unix_s"]
        for place, model in enumerate(MODELS):
            held &= same(row[model], report["models"][place]["mean"])
    return bool(held)


def patch_rows_hold(rows):
    """Whether rows as dicts are the predictions."""
    expected = [
        (report["path"], model["id"], patch["start_s"], patch["end_s"], patch["values"])
        for report in reports
        for model in report["models"]
        for patch in model["predictions"]
    ]
    held = len(rows) == len(expected)
    for row, (path, model, start_s, end_s, values) in zip(rows, expected):
        held &= (row["path"], row["model"], row["start_s"], row["end_s"]) == (path, model, start_s, end_s)
        held &= row["silent"] == (values is None)
        held &= all(same(row[each], values if each == model else None) for each in MODELS)
    return bool(held)


def embedding_rows_hold(rows):
    paths = sorted({row["path"] for row in rows})
    widths = {len(row["embedding"]) for row in rows}
    finite = all(numpy.isfinite(numpy.array(row["embedding"], float)).all() for row in rows)
    return len(paths) == 2 and widths == {200} and finite and all(row["codec"] == "pcm_f32le" for row in rows)


def wide_rows_hold(rows):
    held = len(rows) == len(reports)
    for row, report in zip(rows, reports):
        held &= row["path"] == report["path"] and row["size_bytes"] == report["file"]["size_bytes"]
        for model in report["models"]:
            mean = model["mean"] or [None] * len(model["labels"])
            for label, value in zip(model["labels"], mean):
                cell = row[f"{model['id']}.{label}"]
                absent = cell is None or math.isnan(cell)
                held &= absent if value is None else numpy.float32(cell) == numpy.float32(value)
    return bool(held)


def long_rows_hold(rows):
    """Whether the values of a long table, by file, model and label, are the means."""
    found = {(row["path"], row["model"], row["label"]): row["value"] for row in rows if isinstance(row["label"], str)}
    expected = {
        (report["path"], model["id"], label): value
        for report in reports
        for model in report["models"]
        if model["mean"]
        for label, value in zip(model["labels"], model["mean"])
    }
    return found.keys() == expected.keys() and all(
        numpy.float32(found[key]) == numpy.float32(value) for key, value in expected.items()
    )


def parquet(path, holds):
    by_duckdb = duckdb.sql(f"select * from '{path}'")
    return {
        "pyarrow": holds(pyarrow.parquet.read_table(path).to_pylist()),
        "pandas": holds(pandas.read_parquet(path).to_dict("records")),
        "polars": holds(polars.read_parquet(path).to_dicts()),
        "duckdb": holds([dict(zip(by_duckdb.columns, row)) for row in by_duckdb.fetchall()]),
    }


def csv(path, holds):
    by_duckdb = duckdb.sql(f"select * from read_csv('{path}', header = true)")
    return {
        "pandas": holds(pandas.read_csv(path).to_dict("records")),
        "polars": holds(polars.read_csv(path, infer_schema_length=None).to_dicts()),
        "duckdb": holds([dict(zip(by_duckdb.columns, row)) for row in by_duckdb.fetchall()]),
    }


def metadata(path):
    found = pyarrow.parquet.read_schema(path).metadata
    return {"schema": found[b"schema"].decode(), "provenance": json.loads(found[b"provenance"])}


def list_sizes(path):
    types = [field.type for field in pyarrow.parquet.read_schema(path)]
    return [kind.list_size for kind in types if pyarrow.types.is_fixed_size_list(kind)]


tables = {"files": FILES, "patches": PATCHES, "embeddings": EMBEDDINGS}
json.dump(
    {
        "files": parquet(FILES, file_rows_hold),
        "patches": parquet(PATCHES, patch_rows_hold),
        "embeddings": parquet(EMBEDDINGS, embedding_rows_hold),
        "wide": csv(WIDE, wide_rows_hold),
        "long": csv(LONG, long_rows_hold),
        "metadata": {name: metadata(path) for name, path in tables.items()},
        "list_sizes": {name: list_sizes(path) for name, path in tables.items()},
    },
    sys.stdout,
)
