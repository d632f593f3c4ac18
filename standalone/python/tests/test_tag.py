"""Tagging of files and arrays."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

import earmark as em
from conftest import music, program, write_wav

MODEL = "msd-musicnn"


def test_report_has_values_means_and_times_of_each_patch(tune: str) -> None:
    report = em.tag(tune, models=[MODEL, "mtt-musicnn"])
    assert report.models == (MODEL, "mtt-musicnn") == tuple(report)
    result = report[MODEL]
    assert result.values.dtype == np.float32 and result.values.shape == (len(result), 50)
    assert result.values.flags.c_contiguous and not result.values.flags.writeable and not result.values.flags.owndata
    assert result.start.dtype == np.float64 and (result.end > result.start).all()
    assert not result.silent.any() and result.silent.dtype == np.bool_
    np.testing.assert_allclose(result.mean, result.values.mean(axis=0), rtol=1e-6)
    assert result.top(2) == report.top(2) and len(result.labels) == 50
    assert "msd-musicnn" in report and "other" not in report and 3 not in report
    assert report.decoder == "builtin" and report.issues == {}
    assert "\n" not in repr(report) and "\n" not in repr(result)


def test_report_states_file_models_and_settings(tune: str) -> None:
    report = em.tag(tune, models=MODEL, hop_frames=50, gate=False)
    facts = Path(tune).stat()
    assert report.file is not None and report.provenance is not None
    assert report.file["size_bytes"] == facts.st_size and abs(report.file["modified_unix_s"] - facts.st_mtime) < 1e-5
    assert (report.file["codec"], report.file["duration_s"]) == ("flac", report.duration_s)
    (model,) = report.provenance["models"]
    assert model["sha256"] == {info.id: info.sha256 for info in em.models()}[MODEL]
    assert (model["hop_frames"], model["hop_s"], report.provenance["gate"]) == (50, 0.8, None)
    assert (report.provenance["program"], report.provenance["version"]) == ("earmark", em.__version__)
    samples = em.tag(music(4.0), sr=16_000, models=MODEL)
    assert samples.file is None and samples.to_dict()["provenance"] == samples.provenance
    embedding = em.embed(tune)
    assert embedding.file == report.file and embedding.provenance["options"] == {"mean": False}


def test_views_of_one_result_share_their_memory_and_outlive_the_report(tune: str) -> None:
    report = em.tag(tune, models=MODEL)
    values = report[MODEL].values
    assert np.shares_memory(values, report[MODEL].values)
    expected = values.copy()
    del report
    assert (values == expected).all()


def test_report_as_json_is_that_of_the_program(tune: str, tmp_path: Path) -> None:
    path = program()
    if path is None:
        pytest.skip("EARMARK_PROGRAM names no program")
    files = [tune, str(write_wav(tmp_path / "short.wav", np.ones(1000))), str(write_wav(tmp_path / "a.wav", np.zeros(99_000)))]
    for file in files:
        arguments = [path, "tag", "--format", "jsonl", "--model", MODEL, "--model", "mtt-vgg", file]
        line = subprocess.run(arguments, check=True, capture_output=True, text=True).stdout
        report = em.tag(file, models=[MODEL, "mtt-vgg"])
        assert report.to_json() + "\n" == line
        assert json.dumps(report.to_dict()) == json.dumps(json.loads(line))


def test_tempo_and_tags_by_default_are_those_of_the_program(tmp_path: Path) -> None:
    path = program()
    if path is None or not any(model.id == "tempocnn-deepsquare-k8" for model in em.models()):
        pytest.skip("EARMARK_PROGRAM names no program, or earmark-tempocnn is not installed")
    file = write_wav(tmp_path / "a.wav", (music(14.0) * 32_767).astype(np.int16))
    line = subprocess.run([path, "tag", "--format", "jsonl", file], check=True, capture_output=True, text=True).stdout
    assert em.tag(file).to_json() + "\n" == line


@pytest.mark.parametrize("channels", [1, 2])
def test_array_gives_the_results_of_its_file(tmp_path: Path, channels: int) -> None:
    rows = np.stack([music(7.0, seed=seed) for seed in range(channels)])
    samples = (rows * 32_767).astype(np.int16)
    file = em.tag(write_wav(tmp_path / "a.wav", samples), models=MODEL)[MODEL]
    integers = samples if channels > 1 else samples[0]
    floats = (integers / 32_768).astype(np.float32)
    strided = np.repeat(floats, 2, axis=-1)[..., ::2]
    interleaved = np.ascontiguousarray(floats.T).T
    for array in (integers, floats, floats.astype(np.float64), (integers.astype(np.int32) << 16), strided, interleaved):
        result = em.tag(array, sr=16_000, models=MODEL)[MODEL]
        assert (result.values == file.values).all(), array.dtype
    report = em.tag(floats, sr=16_000, models=MODEL, name="mine")
    assert report.path == "mine" and report.decoder is None and report.channels == channels


def test_silence_gives_rows_of_nan_and_no_mean(song: np.ndarray) -> None:
    result = em.tag(np.zeros(100_000, np.float32), sr=16_000, models=MODEL)[MODEL]
    assert result.silent.all() and np.isnan(result.values).all() and result.mean is None and len(result) > 0
    analyzed = em.tag(np.zeros(100_000, np.float32), sr=16_000, models=MODEL, gate=False)[MODEL]
    assert not analyzed.silent.any() and analyzed.mean is not None
    half = np.concatenate([song, np.zeros(100_000, np.float32)])
    mixed = em.tag(half, sr=16_000, models=MODEL)[MODEL]
    assert (np.isnan(mixed.values).all(axis=1) == mixed.silent).all() and 0 < mixed.silent.sum() < len(mixed)


def test_short_audio_gives_no_rows_and_the_lengths() -> None:
    result = em.tag(music(1.0), sr=16_000, models=MODEL)[MODEL]
    assert len(result) == 0 and result.values.shape == (0, 50) and result.mean is None
    assert result.need_s is not None and 2.9 < result.need_s < 3.1 and result.have_s == 1.0


def test_invalid_samples_count_as_silence_and_are_reported(song: np.ndarray) -> None:
    damaged = song.copy()
    damaged[10:13] = [np.nan, np.inf, 1e30]
    clean = song.copy()
    clean[10:13] = 0
    report = em.tag(damaged, sr=16_000, models=MODEL)
    assert report.issues == {"sanitized_samples": 3}
    assert (report[MODEL].values == em.tag(clean, sr=16_000, models=MODEL)[MODEL].values).all()


def test_tempo_is_none_without_its_package_and_a_number_with_it(tune: str) -> None:
    installed = any(model.id == "tempocnn-deepsquare-k8" for model in em.models())
    report = em.tag(music(14.0), sr=16_000)
    assert (report.tempo is not None) == installed
    if report.tempo is not None:
        assert round(report.tempo.bpm) in (60, 120) and 0 <= report.tempo.confidence <= 1
        assert report["tempocnn-deepsquare-k8"].labels == ["bpm", "confidence"]


def test_hop_frames_changes_the_distance_of_patches(song: np.ndarray) -> None:
    # The first patch begins half a frame before the audio, which is not stated.
    starts = em.tag(song, sr=16_000, models=MODEL, hop_frames=31)[MODEL].start
    np.testing.assert_allclose(np.diff(starts[1:]), 31 * 256 / 16_000, atol=1e-9)


def test_threads_for_one_file_do_not_change_its_results(song: np.ndarray) -> None:
    long = np.tile(song, 16)
    one = em.tag(long, sr=16_000, models="msd-musicnn")
    try:
        em.set_threads(2)
        two = em.tag(long, sr=16_000, models="msd-musicnn")
    finally:
        em.set_threads(1)
    assert two.to_json() == one.to_json()
