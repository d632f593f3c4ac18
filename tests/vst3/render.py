"""Renders with the VST3 in two hosts of other authors, and compares audio and reports with the command line.

    pip install pedalboard==0.9.26 dawdreamer==0.9.0 soundfile numpy
    python render.py Earmark.vst3 EARMARK CLIP...

Exits with 1 if the audio is not bit-identical, or if a prediction differs by more than 1e-6.
"""

import gc
import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import time

import numpy as np
import pedalboard
import soundfile

TOLERANCE = 1e-6
# JUCE's base64: the number of bytes, a dot, then six bits per character, lowest bits first, in its own alphabet.
ALPHABET = ".ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+"
XML_MAGIC = 0x21324356


def from_juce(text):
    length, characters = text.split(".", 1)
    bits = sum(ALPHABET.index(c) << (6 * i) for i, c in enumerate(characters))
    return bits.to_bytes(max(int(length), (bits.bit_length() + 7) // 8), "little")[: int(length)]


def to_juce(data):
    bits = int.from_bytes(data, "little")
    count = (len(data) * 8 + 5) // 6
    return f"{len(data)}." + "".join(ALPHABET[(bits >> (6 * i)) & 63] for i in range(count))


def with_report(raw_state, folder):
    """Returns the host's state of the plugin, changed to save a report of each render in a folder."""
    xml = raw_state[8:].rstrip(b"\0").decode()
    component = re.search(r"<IComponent>(.*?)</IComponent>", xml).group(1)
    state = from_juce(component)
    start = state.index(b"{")
    content = json.loads(state[start:].rstrip(b"\0"))
    chosen = {"version": 1, "report": {"save": True, "folder": str(folder), "hop": "card", "markers": False}}
    content["fields"]["earmark"] = json.dumps(chosen)
    state = state[:start] + json.dumps(content).encode()
    if start == 8:
        state = struct.pack("<Q", len(state) - 8) + state[8:]
    xml = xml.replace(component, to_juce(state)).encode() + b"\0"
    return struct.pack("<II", XML_MAGIC, len(xml) - 1) + xml


def render(bundle, samples, rate, block, folder):
    """Renders in pedalboard, which declares offline processing; returns the output and the report."""
    plugin = pedalboard.load_plugin(bundle)
    plugin.raw_state = with_report(bytes(plugin.raw_state), folder)
    out = plugin.process(samples, rate, buffer_size=block)
    # The report is written when the plugin is deactivated.
    del plugin
    gc.collect()
    reports = sorted(pathlib.Path(folder).glob("*.json"))
    return out, json.loads(reports[-1].read_text()) if reports else None


def worst(report, expected):
    """Returns the largest difference between the numbers of two reports; infinite if their structures differ."""
    if isinstance(report, dict) and isinstance(expected, dict):
        if report.keys() != expected.keys():
            return float("inf")
        return max((worst(report[key], expected[key]) for key in report if key != "path"), default=0.0)
    if isinstance(report, list) and isinstance(expected, list):
        if len(report) != len(expected):
            return float("inf")
        return max((worst(a, b) for a, b in zip(report, expected)), default=0.0)
    if isinstance(report, (int, float)) and isinstance(expected, (int, float)):
        return abs(report - expected)
    return 0.0 if report == expected else float("inf")


def clip_holds(bundle, earmark, path, number):
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    samples = np.ascontiguousarray(samples.T)
    # A report of the plugin is of a stream, which has no decoder.
    tag = [earmark, "tag", path, "--format", "json", "--json-shape", "earmark/1"]
    expected = json.loads(subprocess.run(tag, capture_output=True).stdout)
    expected.pop("decoder", None)
    with tempfile.TemporaryDirectory() as folder:
        block = (512, 1024, 64, 2027)[number % 4]
        out, report = render(bundle, samples, rate, block, folder)
    same = out.shape == samples.shape and out.tobytes() == samples.tobytes()
    difference = float("inf") if report is None else worst(report, expected)
    predictions = sum(len(model["predictions"]) for model in expected["models"])
    print(f"{pathlib.Path(path).name:28} {rate:>6} Hz {samples.shape[0]} ch blocks of {block:>4}: audio "
          f"{'same bytes' if same else 'DIFFERS'}, {predictions:>3} predictions, worst difference {difference:.1e}")
    return same and difference <= TOLERANCE


def twice_the_same(bundle, path):
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    reports = []
    for block in (512, 137):
        with tempfile.TemporaryDirectory() as folder:
            report = render(bundle, np.ascontiguousarray(samples.T), rate, block, folder)[1]
            reports.append({**report, "path": ""})
    same = reports[0] == reports[1]
    print(f"two renders, in blocks of 512 and 137: reports {'equal' if same else 'DIFFER'}")
    return same


def in_a_host_that_says_real_time(bundle):
    """Renders in DawDreamer, which renders fast and reports real time: it must not hang, and the audio passes."""
    import dawdreamer

    rate, seconds = 48_000, 60
    samples = (np.random.default_rng(1).standard_normal((2, rate * seconds)) * 0.1).astype(np.float32)
    engine = dawdreamer.RenderEngine(rate, 512)
    playback = engine.make_playback_processor("noise", samples)
    plugin = engine.make_plugin_processor("earmark", bundle)
    engine.load_graph([(playback, []), (plugin, ["noise"])])
    begun = time.monotonic()
    engine.render(seconds)
    took = time.monotonic() - begun
    out = engine.get_audio()[:, : samples.shape[1]]
    same = out.tobytes() == samples[:, : out.shape[1]].tobytes()
    print(f"DawDreamer: {seconds} s rendered in {took:.1f} s, audio {'same bytes' if same else 'DIFFERS'}, "
          f"latency {plugin.get_latency_samples()}")
    return same and plugin.get_latency_samples() == 0


def main():
    bundle, earmark, *clips = sys.argv[1:]
    begun = time.monotonic()
    plugin = pedalboard.load_plugin(bundle)
    print(f"loaded in {time.monotonic() - begun:.2f} s: {plugin.name} {plugin.version}, {plugin.category}, "
          f"{len(plugin.parameters)} parameters")
    del plugin
    holds = [clip_holds(bundle, earmark, path, number) for number, path in enumerate(clips)]
    holds.append(twice_the_same(bundle, clips[0]))
    holds.append(in_a_host_that_says_real_time(bundle))
    print(f"{sum(holds)} of {len(holds)} hold")
    sys.exit(0 if all(holds) else 1)


main()
