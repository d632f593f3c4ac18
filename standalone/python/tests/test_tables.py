"""Arrow, pandas and polars."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import earmark as em

pyarrow = pytest.importorskip("pyarrow")


def address(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])


def values_address(table: "pyarrow.Table", column: str = "values") -> int:
    chunk = table.column(column).chunk(0)
    return int(chunk.values.buffers()[1].address)


def test_table_of_patches_shares_the_memory_of_the_array(tune: str) -> None:
    for result in (em.embed(tune), em.tag(tune, models="msd-musicnn")["msd-musicnn"]):
        table = pyarrow.table(result)
        assert table.column_names == ["path", "model", "start_s", "end_s", "silent", "values"]
        assert table.schema.field("values").type == pyarrow.list_(
            pyarrow.field("item", pyarrow.float32(), nullable=False), result.values.shape[1]
        )
        assert values_address(table) == address(result.values)
        assert table.column("start_s").chunk(0).buffers()[1].address == address(result.start)
        assert (np.stack(table.column("values").to_numpy(zero_copy_only=False)) == result.values).all()
        assert table.schema.metadata[b"schema"] == b"earmark-embeddings/1"
        origin = json.loads(table.schema.metadata[b"provenance"])
        assert origin["models"][0]["sha256"] == {model.id: model.sha256 for model in em.models()}["msd-musicnn"]


def test_labels_are_in_the_metadata_of_the_values(tune: str) -> None:
    result = em.tag(tune, models="msd-musicnn")["msd-musicnn"]
    metadata = pyarrow.table(result).schema.field("values").metadata
    assert metadata[b"labels"].decode().split("\n") == result.labels


def test_table_of_files_has_a_row_for_each_result_and_error(tune: str, tmp_path: Path) -> None:
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"x" * 99)
    results = list(em.tag_files([tune, bad, tune], models=["msd-musicnn", "mtt-vgg"]))
    table = em.to_arrow(results)
    assert table.column("path").to_pylist() == [tune, str(bad), tune]
    assert table.column("error").null_count == 2 and "bad.wav" in table.column("error")[1].as_py()
    report = results[0][1]
    assert table.column("msd-musicnn")[0].as_py() == report["msd-musicnn"].mean.tolist()
    assert table.column("msd-musicnn").null_count == 1
    assert table.column("codec").to_pylist() == ["flac", None, "flac"]
    assert table.column("size_bytes")[0].as_py() == Path(tune).stat().st_size
    assert json.loads(table.schema.metadata[b"provenance"]) == report.provenance
    assert em.to_arrow(iter(results)) == table and em.to_arrow(report).num_rows == 1


def test_polars_reads_results_without_a_copy(tune: str) -> None:
    polars = pytest.importorskip("polars")
    embedding = em.embed(tune)
    frame = embedding.to_polars()
    assert frame.shape == (len(embedding), 6) and frame["values"].dtype == polars.Array(polars.Float32, 200)
    array = frame["values"].to_numpy(allow_copy=False)
    assert address(array) == address(embedding.values)
    assert em.to_polars([embedding, embedding]).height == 2 * len(embedding)
    assert em.to_polars([embedding, em.embed(tune, hop_frames=50)]).height > 2 * len(embedding)


def test_pandas_shows_the_values_without_a_copy(tune: str) -> None:
    pandas = pytest.importorskip("pandas")
    result = em.tag(tune, models="msd-musicnn")["msd-musicnn"]
    frame = result.to_pandas()
    assert list(frame.columns) == result.labels and frame.index.name == "start_s"
    assert np.shares_memory(frame.to_numpy(copy=False), result.values)
    wide = em.to_pandas(em.tag_files([tune, "none.wav"], models="msd-musicnn"))
    assert wide["path"].tolist() == [tune, "none.wav"] and pandas.isna(wide["msd-musicnn.rock"][1])
    assert wide["msd-musicnn.rock"][0] == result.mean.tolist()[0] and "none.wav" in wide["error"][1]
    assert em.to_pandas(list(em.embed_files([tune, tune], mean=True))).shape == (2, 200)
