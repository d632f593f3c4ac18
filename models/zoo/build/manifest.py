"""Writes models, cards and the manifest. The TOML files are readable, and the same for the same input."""

import hashlib
import importlib.metadata
import json
import platform

import packages

TOOLS = ["h5py", "numpy", "onnx", "onnxruntime", "protobuf", "tensorflow-cpu", "tf2onnx"]
CARD_KEYS = [
    "id", "name", "kind", "front_end", "patch_frames", "hop_frames", "input", "layout", "normalisation", "embedding",
    "first_bpm", "classes", "licence", "source", "citation", "description", "sha256", "labels",
]


def write_model(out, card, model):
    data = model.SerializeToString(deterministic=True)
    package = packages.by_name(card["package"])
    card = dict(
        card,
        licence=package.licence,
        source=f"PyPI {package.name} {package.version}",
        sha256=hashlib.sha256(data).hexdigest(),
    )
    (out / f"{card['id']}.onnx").write_bytes(data)
    lines = [f"{key} = {value(card[key])}" for key in CARD_KEYS if key in card]
    (out / f"{card['id']}.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return dict(card, bytes=len(data))


def write(out, cards):
    python = ".".join(platform.python_version_tuple()[:2])
    lines = ["# Written by models/zoo/build/convert.py.", "", "[tools]", f"python = {value(python)}"]
    lines += [f"{tool} = {value(importlib.metadata.version(tool))}" for tool in TOOLS]
    for package in packages.ALL:
        lines += ["", "[[package]]"]
        pairs = [("name", package.name), ("version", package.version), ("file", package.wheel)]
        pairs += [("sha256", package.sha256), ("licence", package.licence), ("text", f"LICENSE-{package.name}.txt")]
        lines += [f"{key} = {value(text)}" for key, text in pairs]
    for card in cards:
        lines += ["", "[[model]]"]
        pairs = [("id", card["id"]), ("file", f"{card['id']}.onnx"), ("bytes", card["bytes"])]
        pairs += [("sha256", card["sha256"]), ("package", card["package"]), ("weights", card["weights"])]
        lines += [f"{key} = {value(text)}" for key, text in pairs]
    (out / "manifest.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def value(item):
    if isinstance(item, list) and item and isinstance(item[0], str):
        return "[\n" + "".join(f"    {value(part)},\n" for part in item) + "]"
    return json.dumps(item, ensure_ascii=False)
