"""Writes models, cards and the manifest. The TOML files are readable, and the same for the same input."""

import hashlib
import importlib.metadata
import json
import os
import pathlib
import platform

import packages

TOOLS = ["h5py", "numpy", "onnx", "onnxruntime", "protobuf", "tensorflow-cpu", "tf2onnx"]
CARD_KEYS = [
    "id", "name", "kind", "stems", "rate", "frame", "hop", "bins", "window", "front_end", "patch_frames", "hop_frames", "input", "layout", "normalisation", "embedding",
    "first_bpm", "classes", "licence", "source", "citation", "description", "sha256", "labels",
]


# Maximum size of a file that fits into a package of the registry, in bytes.
MAX_FILE_BYTES = 10_000_000


def write_model(folder, card, model):
    """Writes a model and its card into `folder`, and returns the card with folder, files, size and hash.

    A model that is too large for a package is written in two parts, the second one into the folder beside with `-2`.
    """
    data = model.SerializeToString(deterministic=True)
    package = packages.by_name(card["package"])
    card = dict(
        card,
        licence=package.licence,
        source=f"PyPI {package.name} {package.version}",
        sha256=hashlib.sha256(data).hexdigest(),
    )
    files = [folder / f"{card['id']}.onnx"]
    if len(data) > MAX_FILE_BYTES:
        second = folder.with_name(f"{folder.name}-2")
        second.mkdir(parents=True, exist_ok=True)
        files = [folder / f"{card['id']}.onnx.1", second / f"{card['id']}.onnx.2"]
    size = -(-len(data) // len(files))
    for index, file in enumerate(files):
        file.write_bytes(data[index * size : (index + 1) * size])
    lines = [f"{key} = {value(card[key])}" for key in CARD_KEYS if key in card]
    (folder / f"{card['id']}.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return dict(card, folder=folder, files=files, bytes=len(data))


def write(out, cards):
    """Writes `manifest.toml` into `out`. Paths in the manifest are relative to this folder."""
    python = ".".join(platform.python_version_tuple()[:2])
    lines = ["# Written by models/zoo/build/convert.py.", "", "[tools]", f"python = {value(python)}"]
    lines += [f"{tool} = {value(importlib.metadata.version(tool))}" for tool in TOOLS]
    for package in packages.ALL:
        lines += ["", "[[package]]"]
        pairs = [("name", package.name), ("version", package.version), ("file", package.wheel)]
        # The text is beside each model of the package; the manifest contains the first path.
        folder = next(card["folder"] for card in cards if card["package"] == package.name)
        text = relative(folder / package.licence_file, out)
        pairs += [("sha256", package.sha256), ("licence", package.licence), ("text", text)]
        lines += [f"{key} = {value(text)}" for key, text in pairs]
    for card in cards:
        lines += ["", "[[model]]"]
        files = [relative(file, out) for file in card["files"]]
        file = ("file", files[0]) if len(files) == 1 else ("files", files)
        pairs = [("id", card["id"]), file, ("bytes", card["bytes"])]
        pairs += [("sha256", card["sha256"]), ("package", card["package"]), ("weights", card["weights"])]
        lines += [f"{key} = {value(text)}" for key, text in pairs]
    (out / "manifest.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def relative(path, folder):
    return pathlib.Path(os.path.relpath(path, folder)).as_posix()


def value(item):
    if isinstance(item, list) and item and isinstance(item[0], str):
        return "[\n" + "".join(f"    {value(part)},\n" for part in item) + "]"
    return json.dumps(item, ensure_ascii=False)
