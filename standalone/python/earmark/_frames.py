"""Results as tables of pyarrow, pandas and polars, which are imported when they are used."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ._errors import ArgumentTypeError
from ._native import Embedding, FileFailure, ModelResult, Report, Table, table

if TYPE_CHECKING:
    import pandas as _pandas  # type: ignore[import-untyped,import-not-found,unused-ignore]
    import polars as _polars  # type: ignore[import-untyped,import-not-found,unused-ignore]
    import pyarrow as _pyarrow  # type: ignore[import-untyped,import-not-found,unused-ignore]

Result = Report | FileFailure | Embedding
Results = Iterable[Result | tuple[str, Result]]


def to_arrow(results: Results | Result | ModelResult | Table) -> _pyarrow.Table:
    """Return results as a table of pyarrow: one row per file or, of embeddings and one model, one row per patch.

    >>> import earmark as em
    >>> em.to_arrow(em.embed(tune)).num_rows  # doctest: +SKIP
    3
    """
    import pyarrow

    return pyarrow.table(_streamed(results))


def to_polars(results: Results | Result | ModelResult | Table) -> _polars.DataFrame:
    """Return results as a data frame of polars: one row per file or, of embeddings and one model, one row per patch."""
    import polars

    frame: _polars.DataFrame = polars.DataFrame(_streamed(results))
    return frame


def to_pandas(results: Results | Result | ModelResult) -> _pandas.DataFrame:
    """Return results as a data frame of pandas.

    One model or an embedding gives one row per patch and one column per value, without a copy; the index has the start in
    seconds. Reports give one row per file, with a column `MODEL.LABEL` for each mean. Several embeddings give their rows one
    after the other, with path and start in the index.
    """
    import pandas

    if isinstance(results, (ModelResult, Embedding)):
        columns = results.labels if isinstance(results, ModelResult) else None
        index = pandas.Index(results.start, name="start_s")
        return pandas.DataFrame(results.values, index=index, columns=columns, copy=False)
    found = _items(results)
    embeddings = [item for item in found if isinstance(item, Embedding)]
    if embeddings:
        if len(embeddings) < len(found):
            raise ArgumentTypeError("cannot use the results (expected embeddings only, got embeddings and other results)")
        keys = [embedding.path for embedding in embeddings]
        return pandas.concat([to_pandas(item) for item in embeddings], keys=keys, names=["path"])
    return pandas.DataFrame([_row(item) for item in found if not isinstance(item, Embedding)])


def _streamed(results: Results | Result | ModelResult | Table) -> Any:
    if isinstance(results, (Embedding, ModelResult, Report, Table)):
        return results
    return table(_items(results))


def _items(results: Results | Result | Table) -> list[Result]:
    if isinstance(results, (Report, FileFailure, Embedding)):
        return [results]
    if isinstance(results, Table) or not isinstance(results, Iterable):
        got = type(results).__name__
        raise ArgumentTypeError(f"cannot use the results (expected results, or a sequence of them, got {got})")
    return [item[1] if isinstance(item, tuple) else item for item in results]


def _row(item: Report | FileFailure) -> dict[str, object]:
    if isinstance(item, FileFailure):
        return {"path": item.path, "error": str(item.error)}
    row: dict[str, object] = {
        "path": item.path,
        "duration_s": item.duration_s,
        "sample_rate_hz": item.sample_rate_hz,
        "channels": item.channels,
        "bpm": item.tempo.bpm if item.tempo else None,
        "bpm_confidence": item.tempo.confidence if item.tempo else None,
    }
    for model in item.models:
        result = item[model]
        if result.mean is not None:
            row |= {f"{model}.{label}": value for label, value in zip(result.labels, result.mean.tolist())}
    return row
