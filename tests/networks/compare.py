"""Compares predictions of public networks in Earmark with those of ONNX Runtime and TensorFlow, on the same sound.

    python compare.py FOLDER EARMARK SOUND.wav

FOLDER has the networks (see README.md), EARMARK is the program. Prints a line per network; the exit code is 1 if one differs.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import librosa
import numpy as np
import soundfile

from networks import NETWORKS


def main():
    folder, earmark, sound = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    music, rate = soundfile.read(sound, dtype="float32", always_2d=True)
    music = music.mean(axis=1)
    differs = False
    with tempfile.TemporaryDirectory() as work:
        program = Program(earmark, Path(work))
        for family, name, rate_hz, answers, reference, tolerance in NETWORKS:
            file = folder / name
            if not file.exists():
                print(f"{family}: absent ({name})")
                continue
            samples = librosa.resample(music, orig_sr=rate, target_sr=rate_hz) if rate != rate_hz else music
            id_ = program.add(file, answers)
            if reference is None:
                print(f"{family}: {name}, added")
                continue
            found = program.predictions(id_, samples, rate_hz)
            expected = reference(file, samples)
            text, is_near = compared(found, expected, tolerance)
            differs |= not is_near
            verdict = "" if is_near else "  DIFFERS"
            print(f"{family}: {name}, {text}, {program.cost(id_)}{verdict}", flush=True)
    sys.exit(int(differs))


def compared(found, expected, tolerance):
    """Compares whole predictions; Earmark's last ones reach beyond the end of the sound."""
    count = len(expected)
    if isinstance(found[0], tuple):
        expected = [(float(row.argmax() + 30), float(row.max())) for row in expected]
    difference = np.abs(np.array(found[:count], np.float64) - np.array(expected, np.float64)).max()
    return f"{count} predictions, worst difference {difference:.1e}", difference <= tolerance and len(found) >= count > 0


class Program:
    """The command line with a models folder of its own."""

    def __init__(self, program, work):
        self.program, self.work, self.costs = program, work, {}
        self.environment = {**os.environ, "EARMARK_MODELS": str(work / "installed")}

    def run(self, *arguments):
        done = subprocess.run(
            [self.program, *map(str, arguments)], env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"{' '.join(map(str, arguments[:2]))}: {done.stderr.strip()}")
        return done.stdout

    def add(self, file, answers):
        """Describes and adds a network; returns its id."""
        place = self.work / file.name
        if place.exists():
            # The second output of a network is a model of its own.
            place = place.with_stem(f"{place.stem}-{len(self.costs)}")
        (shutil.copytree if file.is_dir() else shutil.copy)(file, place)
        weights = file.with_name(file.name + ".data")
        if weights.exists():
            shutil.copy(weights, self.work)
        given = [argument for key, value in answers.items() for argument in ("--set", f"{key}={value}")]
        self.run("models", "describe", place, "--defaults", *given)
        checked = json.loads(self.run("models", "check", place, "--json"))["models"][0]
        self.costs[checked["id"]] = checked["share"]
        self.run("models", "add", place)
        return checked["id"]

    def cost(self, id_):
        return f"{self.costs[id_] * 1000:.2f} ms per second of audio"

    def predictions(self, id_, samples, rate):
        """Values of each prediction, or tempo and confidence."""
        file = self.work / "sound.wav"
        soundfile.write(file, samples, rate, subtype="FLOAT")
        report = json.loads(self.run("tag", "--no-gate", "--format", "json", "--model", id_, file))
        report = report[0] if isinstance(report, list) else report
        predictions = report["models"][0]["predictions"]
        if "bpm" in predictions[0]:
            return [(one["bpm"], one["confidence"]) for one in predictions]
        return [one["values"] for one in predictions]


if __name__ == "__main__":
    main()
