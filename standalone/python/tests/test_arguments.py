"""Wrong arguments: an exception of one line with what was expected and what was given."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import earmark as em
from conftest import music

SONG = music(4.0)
BIG_ENDIAN = SONG.astype(">f4")

WRONG: list[tuple[str, Any, tuple[Any, ...], dict[str, Any], type[Exception], str, str]] = [
    ("no file", em.tag, ("none.flac",), {}, FileNotFoundError, "no such file", "none.flac"),
    ("folder", em.tag, (".",), {}, ValueError, "a path", "the folder"),
    ("list", em.tag, ([0.0, 1.0],), {"sr": 1e4}, TypeError, "a path, or a NumPy array of float32", "list"),
    ("bytes", em.tag, (b"a.wav",), {}, TypeError, "a path, or a NumPy array", "bytes"),
    ("None", em.tag, (None,), {}, TypeError, "a path", "NoneType"),
    ("no rate", em.tag, (SONG,), {}, ValueError, "its sample rate in Hz", "None"),
    ("rate of a file", em.tag, ("a.wav",), {"sr": 44_100}, ValueError, "None: the file states its rate", "44100"),
    ("text as rate", em.tag, (SONG,), {"sr": "44100"}, TypeError, "a sample rate in Hz", "str"),
    ("truth as rate", em.tag, (SONG,), {"sr": True}, TypeError, "a sample rate in Hz", "bool"),
    ("low rate", em.tag, (SONG,), {"sr": 10}, ValueError, "1000 to 768000 Hz", "10 Hz"),
    ("NaN as rate", em.tag, (SONG,), {"sr": float("nan")}, ValueError, "1000 to 768000 Hz", "NaN"),
    ("complex", em.tag, (SONG.astype(complex),), {"sr": 1e4}, ValueError, "float32, float64, int16 or int32", "complex128"),
    ("bytes array", em.tag, (SONG.astype(np.uint8),), {"sr": 1e4}, ValueError, "float32", "uint8"),
    ("byte order", em.tag, (BIG_ENDIAN,), {"sr": 1e4}, ValueError, "float32", ">f4"),
    ("empty", em.tag, (SONG[:0],), {"sr": 1e4}, ValueError, "at least one sample", "none"),
    ("transposed", em.tag, (np.zeros((9999, 2), "f4"),), {"sr": 1e4}, ValueError, "transpose it", "(9999, 2)"),
    ("3-D", em.tag, (np.zeros((2, 2, 2), "f4"),), {"sr": 1e4}, ValueError, "samples as (n,) or (channels, n)", "(2, 2, 2)"),
    ("0-D", em.tag, (np.array(1.0),), {"sr": 1e4}, ValueError, "samples as (n,)", "()"),
    ("unknown model", em.tag, (SONG,), {"sr": 1e4, "models": "msd"}, ValueError, "one of msd-musicnn", "`msd`"),
    ("no model", em.tag, (SONG,), {"sr": 1e4, "models": []}, ValueError, "at least one model", "none"),
    ("number as model", em.tag, (SONG,), {"sr": 1e4, "models": [3]}, TypeError, "an id or a Model", "int"),
    ("number as models", em.tag, (SONG,), {"sr": 1e4, "models": 3}, TypeError, "an id, a Model, or a sequence", "int"),
    ("hop 0", em.tag, (SONG,), {"sr": 1e4, "hop_frames": 0}, ValueError, "a whole number of at least 1", "0"),
    ("huge hop", em.tag, (SONG,), {"sr": 1e4, "hop_frames": 1 << 80}, ValueError, "a whole number", "1208925819614629174706176"),
    ("half a hop", em.tag, (SONG,), {"sr": 1e4, "hop_frames": 0.5}, TypeError, "a whole number", "float"),
    ("gate", em.tag, (SONG,), {"sr": 1e4, "gate": "no"}, TypeError, "True or False", "str"),
    ("decoder", em.tag, ("a.wav",), {"decoder": "mpg123"}, ValueError, "one of 'auto', 'builtin', 'ffmpeg'", "'mpg123'"),
    ("name", em.tag, (SONG,), {"sr": 1e4, "name": 3}, TypeError, "a str", "int"),
    ("front end", em.features, (SONG,), {"sr": 1e4, "front_end": "mel"}, ValueError, "'musicnn'", "'mel'"),
    ("mean", em.embed, (SONG,), {"sr": 1e4, "mean": 1}, TypeError, "True or False", "int"),
    ("jobs", em.tag_files, ([],), {"jobs": -1}, ValueError, "a whole number of at least 1", "-1"),
    ("on_error", em.tag_files, ([],), {"on_error": "ignore"}, ValueError, "one of 'keep', 'raise'", "'ignore'"),
    ("paths", em.tag_files, (3,), {}, TypeError, "a path, or a sequence of them", "int"),
    ("path", em.tag_files, ([3],), {}, TypeError, "a str or a path", "int"),
    ("rate of predictions", em.Stream, (), {"sr": 1e4, "rate": 0}, ValueError, "a finite number above 0", "0"),
    ("threads", em.set_threads, (0,), {}, ValueError, "a whole number of at least 1", "0"),
    ("no network", em.Model.load, ("none.onnx",), {}, ValueError, "cannot access none.toml", ""),
    ("results", em.table, (3,), {}, TypeError, "a sequence of results", "int"),
    ("result", em.table, ([3],), {}, TypeError, "Report, FileFailure or Embedding", "int"),
]


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case[0])
def test_wrong_argument_is_refused_in_one_line(case: Any) -> None:
    _, function, arguments, keywords, kind, expected, got = case
    with pytest.raises(kind) as raised:
        function(*arguments, **keywords)
    message = str(raised.value)
    assert isinstance(raised.value, em.EarmarkError), type(raised.value)
    assert "\n" not in message and expected in message and got in message, message


def test_wrong_argument_has_what_was_expected_and_given() -> None:
    with pytest.raises(em.ArgumentError) as raised:
        em.tag(SONG, sr=16_000, hop_frames=-3)
    assert (raised.value.expected, raised.value.got) == ("a whole number of at least 1", "-3")
    with pytest.raises(em.ModelError) as refused:
        em.tag(SONG, sr=16_000, models="x")
    assert refused.value.got == "x" and refused.value.expected and "msd-musicnn" in refused.value.expected


def test_file_without_audio_is_refused_with_its_name(tmp_path: Path) -> None:
    for name, content in (("empty.wav", b""), ("text.mp3", b"text " * 50), ("head.flac", b"fLaC\0\0\0\x22")):
        path = tmp_path / name
        path.write_bytes(content)
        for function in (em.tag, em.embed, em.features):
            with pytest.raises(em.AudioFileError, match=name) as raised:
                function(path)
            assert isinstance(raised.value, OSError) and "\n" not in str(raised.value)


def test_unaligned_samples_are_read() -> None:
    raw = np.frombuffer(b"\0" + SONG.tobytes(), np.uint8)[1:]
    unaligned = raw.view(np.float32)
    assert not unaligned.flags.aligned
    assert em.tag(unaligned, sr=16_000, models="msd-musicnn")["msd-musicnn"].values.shape == (1, 50)


def test_random_calls_give_results_or_exceptions_of_this_package() -> None:
    source = random.Random(1)
    values: list[Any] = [
        None, True, 0, -1, 3, 1 << 70, 0.5, float("inf"), float("nan"), "", "x", "msd-musicnn", b"x", [], [1], {}, object(),
        (), ["msd-musicnn"], np.float32(3), np.int16(7), np.zeros(3), np.zeros((2, 5), "i2"), np.zeros((0, 3)), np.array("a"),
        SONG[:50], SONG[:50:3], SONG[:50][::-1], np.zeros(4, "O"), np.zeros((65, 70), "f4"), Path("x"), Path("."), "\0", "\ud800",
        range(3), iter(["a"]), em, lambda: 3, 16_000, 44_100.0,
    ]  # fmt: skip
    calls: list[tuple[Any, list[str]]] = [
        (em.tag, ["audio", "sr", "models", "hop_frames", "gate", "decoder", "name", "offset", "duration"]),
        (em.embed, ["audio", "sr", "model", "hop_frames", "gate", "mean", "strict", "decoder", "offset", "duration"]),
        (em.features, ["audio", "sr", "front_end", "decoder"]),
        (em.tag_files, ["paths", "models", "jobs", "on_error"]),
        (em.Stream, ["sr", "models", "rate", "gate", "streaming"]),
        (em.table, ["results"]),
        (em.Model.load, ["model", "card"]),
    ]
    refused = 0
    # Models that are in use are loaded once.
    models = [em.Model.load(model.id) for model in em.models() if model.id in ("msd-musicnn", "tempocnn-deepsquare-k8")]
    assert models
    for _ in range(10_000):
        function, names = source.choice(calls)
        first, *others = names
        keywords = {name: source.choice(values) for name in others if source.random() < 0.4}
        arguments = [] if function is em.Stream else [source.choice(values)]
        if function is em.Stream:
            keywords["sr"] = source.choice(values)
        try:
            function(*arguments, **keywords)
        except em.EarmarkError as error:
            assert "\n" not in str(error)
            refused += 1
    assert refused > 5_000
