"""Compares the live tempo and beats of `earmark listen` with those of aubio and BeatNet on pieces with known beats.

Usage: tempo.py EARMARK FOLDER [--json FILE]

FOLDER has `truth.csv` (path, tempo, other right tempi, group) and beside each piece a JSON file with its beats. aubio (PyPI
aubio-ledfx) and BeatNet (PyPI BeatNet, with torch and madmom) are left out if they are not installed. All of them get the whole
file, and are asked for what they know at a time: the tempo of aubio and BeatNet is the median of the last five intervals of
their beats. A tempo is right within 4 %; octaves count half and double, too. Beats are right within 70 ms; the F-measure is
that of all beats from 5 s on.
"""

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import types

TIMES_S = (4.0, 8.0, 12.0)
BEATS_FROM_S = 5.0
BEAT_TOLERANCE_S = 0.07
TEMPO_TOLERANCE = 0.04


def parsed():
    parser = argparse.ArgumentParser()
    parser.add_argument("earmark")
    parser.add_argument("folder")
    parser.add_argument("--json")
    return parser.parse_args()


def pieces(folder):
    with open(os.path.join(folder, "truth.csv")) as file:
        for row in csv.reader(list(file)[1:]):
            path = os.path.join(folder, row[0])
            with open(os.path.splitext(path)[0] + ".json") as beats:
                beats = json.load(beats)["beats"]
            bpms = [float(bpm) for cell in row[1:3] for bpm in cell.split()]
            yield path, bpms, beats


def of_beats(beats):
    """Returns a function from a time to the tempo of the last five intervals of beats until then."""

    def tempo(at_s):
        known = [beat for beat in beats if beat <= at_s][-6:]
        intervals = [b - a for a, b in zip(known, known[1:]) if b > a]
        return 60.0 / statistics.median(intervals) if intervals else None

    return tempo


def earmark(program):
    def run(path):
        command = [program, "listen", "--file", path, "--speed", "max", "--rate", "1", "--json"]
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
        lines = [line for line in map(json.loads, lines) if line["event"] == "tempo"]
        # The last prediction of each beat before it.
        beats = {line["next_beat"]: line["next_beat_s"] for line in lines if "next_beat" in line}

        def tempo(at_s):
            known = [line for line in lines if line["end_s"] <= at_s]
            return known[-1].get("bpm") if known else None

        return sorted(beats.values()), tempo

    return run


def aubio():
    import aubio as library
    import numpy

    def run(path):
        # Its own reader has WAV alone in this package.
        command = ["ffmpeg", "-v", "error", "-i", path, "-f", "f32le", "-ac", "1", "-ar", "44100", "-"]
        samples = numpy.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, numpy.float32)
        tracker = library.tempo("default", 1024, 512, 44100)
        beats = []
        for start in range(0, len(samples) - 511, 512):
            if tracker(samples[start : start + 512]):
                beats.append(float(tracker.get_last_s()))
        return beats, of_beats(beats)

    return run


def beatnet():
    # BeatNet imports it for microphones.
    sys.modules.setdefault("pyaudio", types.ModuleType("pyaudio"))
    from BeatNet.BeatNet import BeatNet

    def run(path):
        # It keeps its state, and gives no beats of a second file.
        tracker = BeatNet(1, mode="online", inference_model="PF", plot=[], thread=False)
        beats = [float(row[0]) for row in tracker.process(path)]
        return beats, of_beats(beats)

    return run


def near(bpm, right):
    return bpm is not None and abs(bpm / right - 1.0) <= TEMPO_TOLERANCE


def matched(beats, truth):
    """Returns the number of beats with a true one of their own, both sorted."""
    truth = list(truth)
    count = 0
    for beat in beats:
        found = next((right for right in truth if abs(beat - right) <= BEAT_TOLERANCE_S), None)
        if found is not None:
            truth.remove(found)
            count += 1
    return count


def measured(run, folder):
    result = {"pieces": 0, "f": []}
    for time_s in TIMES_S:
        result[f"right_{time_s:g}"] = result[f"octaves_{time_s:g}"] = 0
    for path, bpms, truth in pieces(folder):
        beats, tempo = run(path)
        result["pieces"] += 1
        for time_s in TIMES_S:
            bpm = tempo(time_s)
            result[f"right_{time_s:g}"] += any(near(bpm, right) for right in bpms)
            octaves = (right * factor for right in bpms for factor in (0.5, 1.0, 2.0))
            result[f"octaves_{time_s:g}"] += any(near(bpm, right) for right in octaves)
        last = max(truth)
        counted = [beat for beat in beats if BEATS_FROM_S <= beat <= last + BEAT_TOLERANCE_S]
        right = [beat for beat in truth if beat >= BEATS_FROM_S]
        count = matched(counted, right)
        result["f"].append(2.0 * count / max(len(counted) + len(right), 1))
    result["f"] = statistics.mean(result["f"])
    return result


def main():
    arguments = parsed()
    ways = {"earmark listen": lambda: earmark(arguments.earmark), "aubio": aubio, "BeatNet": beatnet}
    results = {}
    print("tempo right (with octaves) in % at " + ", ".join(f"{time_s:g} s" for time_s in TIMES_S) + "; F of the beats from 5 s on")
    for name, way in ways.items():
        try:
            run = way()
        except ImportError as error:
            print(f"{name:16} not installed: {error}")
            continue
        result = results[name] = measured(run, arguments.folder)
        share = lambda key: 100.0 * result[key] / result["pieces"]
        cells = [f"{share(f'right_{at:g}'):3.0f} ({share(f'octaves_{at:g}'):3.0f})" for at in TIMES_S]
        print(f"{name:16} {'   '.join(cells)}   {result['f']:.2f}", flush=True)
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(results, file, indent=2)


main()
