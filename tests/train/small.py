"""Makes the data set of the parity test: 55 items of three overlapping classes; prints JSON."""
import json
import random

r = random.Random(11)
classes = ["rock", "ambient", "jazz"]
counts = {"rock": 24, "ambient": 18, "jazz": 13}
items = [c for c in classes for _ in range(counts[c])]
r.shuffle(items)
widths = {
    "lowlevel.mfcc.mean": 5, "lowlevel.mfcc.var": 5, "lowlevel.barkbands.mean": 4, "lowlevel.melbands.median": 4,
    "lowlevel.melbands128.mean": 2, "lowlevel.spectral_centroid.mean": 1, "lowlevel.spectral_centroid.dmean": 1,
    "lowlevel.spectral_energyband_low.mean": 1, "lowlevel.silence_rate_20dB.mean": 1, "rhythm.bpm": 1, "tonal.hpcp.mean": 6,
    "tonal.thpcp": 3,
}
centre = {c: {n: [r.gauss(0, 1) for _ in range(w)] for n, w in widths.items()} for c in classes}
labels, descriptors = {}, {}
for number, c in enumerate(items):
    i = f"track-{(number * 37) % 55:02}"
    labels[i] = c
    values = {}
    for n, w in widths.items():
        scale = 50.0 if n == "rhythm.bpm" else 1.0
        v = [round(scale * (m + r.gauss(0, 2.6)), 4) for m in centre[c][n]]
        values[n] = v if w > 1 else v[0]
    # Constant as a whole; constant in one dimension; constant but for one item.
    values["lowlevel.constant.mean"] = 3.5
    values["lowlevel.partly.mean"] = [2.0, round(r.random(), 4)]
    values["lowlevel.once.mean"] = 1.0 if number == 20 else 0.0
    values["tonal.key_temperley.key"] = r.choice("ABCDEFG")
    values["metadata.version.essentia"] = "2.1-beta6-dev"
    descriptors[i] = values
print(json.dumps({"labels": labels, "descriptors": descriptors, "grid": {"C": [-1, 3, 7], "gamma": [-1, -5]}}))
