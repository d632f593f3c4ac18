"""Public networks: the answers that describe each, and a reference for its predictions."""

import numpy as np

from reference import (
    constant_q,
    keras,
    log_bands,
    mel,
    onnx,
    patches,
    windows,
)


def raw(rate, length, hop, lead, **more):
    """The keys of a network that takes samples."""
    table = {"features": "samples", "sample_rate": rate, "len": length, "hop": hop, "lead": lead, **more}
    return {**prefixed(table), "patch_frames": 1, "hop_frames": 1}


def prefixed(table):
    return {f"front_end.{key}": value for key, value in table.items()}


def numbered(prefix, count):
    return ",".join(f"{prefix}{i}" for i in range(count))


TEMPO = prefixed({
    "features": "mel", "sample_rate": 11025, "hop": 512, "window_len": 1024, "quantity": "magnitude", "bands": 40,
    "scale": "slaney", "norm": "area", "low_hz": 20, "high_hz": 5000,
})
TEMPO |= {"kind": "tempo", "normalisation": "max", "hop_frames": 128}
BEATS = prefixed({
    "features": "log-bands", "sample_rate": 22050, "hop": 441, "lead": 705, "window": "hann-symmetric", "window_len": 1411,
    "quantity": "magnitude", "bands_per_octave": 24, "low_hz": 30, "high_hz": 17000, "norm": "sum", "log": "log10",
    "offset": 1, "difference_frames": 1,
})
BEATS |= {
    "kind": "classes", "labels": "beat,downbeat,none", "tensors.input": "features", "tensors.activations": "activations",
    "tensors.embeddings": "", "tensors.states.h": "hn", "tensors.states.c": "cn", "patch_frames": 1, "hop_frames": 1,
}
PITCH = raw(22050, 43844, 36164, 3840) | {
    "kind": "tags", "tensors.embeddings": "", "output_rows": "{ count = 172, hop = 256, skip_first = 15, skip_last = 15 }",
}


def silero(file, samples):
    state, found = np.zeros([2, 1, 128], np.float32), []
    for window in windows(samples, 576, 512, 64):
        answer = onnx(file, {"input": window[None], "state": state, "sr": np.array(16000)}, ["output", "stateN"])
        found.append(answer[0][0])
        state = answer[1]
    return np.array(found)


def basic_pitch(output):
    def run(file, samples):
        rows = [
            onnx(file, {"serving_default_input_2:0": window[None, :, None]}, [output])[0][0, 15:157]
            for window in windows(samples, 43844, 36164, 3840)
        ]
        return np.concatenate(rows)

    return run


def wake_word(count):
    def run(file, samples):
        folder = file.parent
        chunks = windows(samples * np.float32(32768), 1760, 1280, 0)
        bands = [np.squeeze(onnx(folder / "melspectrogram.onnx", {"input": chunk[None]})[0]) for chunk in chunks]
        bands = np.concatenate(bands) * np.float32(0.1) + 2
        parts = patches(bands, 76, 8)
        model = folder / "embedding_model.onnx"
        embeddings = np.array([onnx(model, {"input_1": part[None, :, :, None]})[0].ravel() for part in parts])
        return np.array([onnx(file, part[None])[0][0] for part in patches(embeddings, count, 1)])

    return run


def dnsmos(file, samples):
    return np.array([onnx(file, window[None])[0][0] for window in windows(samples, 144160, 16000, 0)])


def nsnet2(file, samples):
    frames = windows(samples, 320, 160, 0).astype(np.float64) * np.sqrt(np.hanning(320))
    features = np.log10(np.maximum(np.abs(np.fft.rfft(frames)) ** 2, 1e-12)).astype(np.float32)
    return np.concatenate([onnx(file, part[None])[0][0] for part in patches(features, 200, 200)])


def tempo(run):
    def reference(file, samples):
        features = mel(samples, rate=11025, n_fft=1024, hop=512, bands=40, low=20, high=5000)
        parts = [part / max(part.max(), 1e-30) for part in patches(features, 256, 128)]
        return np.array([run(file, part.T[None, :, :, None].astype(np.float32))[0][0] for part in parts])

    return reference


def key(file, samples):
    parts = patches(constant_q(samples), 60, 30)
    parts = [(part - part.mean()) / part.std() for part in parts]
    return np.array([onnx(file, part.T[None, :, :, None].astype(np.float32))[0][0] for part in parts])


def beats(file, samples):
    h = c = np.zeros([2, 1, 150], np.float32)
    found = []
    for frame in log_bands(samples):
        answer, h, c = onnx(file, {"features": frame[None, None], "h": h, "c": c}, ["activations", "hn", "cn"])
        found.append(answer[0, 0])
    return np.array(found)


def gru(file, samples):
    import librosa

    bank = librosa.filters.mel(sr=16000, n_fft=512, n_mels=64, fmin=125, fmax=7500, htk=True, norm=None, dtype=np.float64)
    frames = windows(samples, 400, 160, 0).astype(np.float64) * np.hanning(401)[:400]
    features = np.log(np.abs(np.fft.rfft(frames, 512)) @ bank.T + 0.01).astype(np.float32)
    return np.array([keras(file, part[None])[0][0] for part in patches(features, 96, 48)])


# Family, file, rate of the sound, answers, reference, greatest difference that is accepted.
NETWORKS = [
    ("silero-vad: waveform, state, If, LSTM", "silero_vad.onnx", 16000, raw(16000, 576, 512, 64) | {
        "kind": "tags", "labels": "speech", "tensors.input": "input", "tensors.activations": "output",
        "tensors.embeddings": "", "tensors.states.state": "stateN", "states": "[[2, 1, 128]]",
        "tensors.constants.sr": 16000, "input": "[1, 576]", "layout": "frames-bands",
    }, silero, 1e-4),
    ("basic-pitch: waveform, rows (onset)", "basic_pitch.onnx", 22050, PITCH | {
        "labels": numbered("key", 88), "tensors.activations": "StatefulPartitionedCall:2",
    }, basic_pitch("StatefulPartitionedCall:2"), 1e-4),
    ("basic-pitch: waveform, rows (note)", "basic_pitch.onnx", 22050, PITCH | {
        "labels": numbered("key", 88), "tensors.activations": "StatefulPartitionedCall:1",
    }, basic_pitch("StatefulPartitionedCall:1"), 1e-4),
    ("basic-pitch: waveform, rows (contour)", "basic_pitch.onnx", 22050, PITCH | {
        "labels": numbered("bin", 264), "tensors.activations": "StatefulPartitionedCall:0",
    }, basic_pitch("StatefulPartitionedCall:0"), 1e-4),
    ("openWakeWord: chain, first network", "melspectrogram.onnx", 16000, raw(16000, 1760, 1280, 0, multiply=32768) | {
        "kind": "embedding", "tensors.embeddings": "output", "embedding": 32, "tensors.embeddings_multiply": 0.1,
        "tensors.embeddings_add": 2, "output_rows": "{ count = 8, hop = 160 }", "input": "[1, 1760]",
        "layout": "frames-bands",
    }, None, 0),
    ("openWakeWord: chain, second network", "embedding_model.onnx", 16000, {
        "kind": "embedding", "tensors.embeddings": "conv2d_19", "embedding": 96, "head_of": "melspectrogram",
        "input": "[1, 76, 32, 1]", "input_embeddings": 76, "hop_embeddings": 8,
    }, None, 0),
    ("openWakeWord: chain of three (timer)", "timer.onnx", 16000, {
        "kind": "classes", "labels": numbered("timer", 7), "head_of": "embedding_model", "input": "[1, 34, 96]",
        "input_embeddings": 34,
    }, wake_word(34), 1e-4),
    ("openWakeWord: chain of three (alexa)", "alexa.onnx", 16000, {
        "kind": "tags", "labels": "alexa", "head_of": "embedding_model", "input": "[1, 16, 96]", "input_embeddings": 16,
    }, wake_word(16), 1e-4),
    ("DNSMOS: waveform, regression", "sig_bak_ovr.onnx", 16000, raw(16000, 144160, 16000, 0) | {
        "kind": "values", "labels": "signal,background,overall", "low": 1, "high": 5,
    }, dnsmos, 1e-4),
    ("NSNet2: log spectrum, rows, GRU", "nsnet2.onnx", 16000, prefixed({
        "features": "spectrum", "sample_rate": 16000, "hop": 160, "lead": 0, "window": "sqrt-hann-symmetric",
        "window_len": 320, "quantity": "power", "log": "log10", "floor": 1e-12,
    }) | {
        "kind": "tags", "labels": numbered("bin", 161), "output_rows": "{ count = 200, hop = 160 }", "patch_frames": 200,
        "hop_frames": 200,
        # The logarithm magnifies the rounding of bins near its floor.
    }, nsnet2, 3e-4),
    ("TempoCNN ismir2018: mel, maximum", "ismir2018.onnx", 11025, TEMPO, tempo(onnx), 1e-4),
    ("TempoCNN ismir2018: Keras SavedModel with variables", "ismir2018_savedmodel", 11025, TEMPO, tempo(keras), 1e-4),
    ("TempoCNN fcn: int8", "fcn_qdq.onnx", 11025, TEMPO, tempo(onnx), 0.05),
    ("key-cnn: constant-Q", "deepspec_k2.onnx", 22050, prefixed({
        "features": "constant-q", "sample_rate": 22050, "hop": 4096, "low_hz": 41.20344461410875, "bins": 168,
        "bins_per_octave": 24,
    }) | {
        "kind": "classes", "labels": numbered("key", 24), "normalisation": "standard", "patch_frames": 60,
        "hop_frames": 30, "input": "[1, 168, 60, 1]", "layout": "bands-frames",
    }, key, 5e-3),
    ("BeatNet: log bands with differences, LSTM states", "beatnet_frame.onnx", 22050, BEATS, beats, 1e-4),
    ("BeatNet: torch export with external data", "beatnet_ext.onnx", 22050, BEATS, beats, 1e-4),
    ("GRU and LSTM layers: Keras SavedModel with variables", "gru_savedmodel", 16000, prefixed({
        "features": "mel", "sample_rate": 16000, "hop": 160, "lead": 0, "window_len": 400, "fft_len": 512,
        "quantity": "magnitude", "bands": 64, "scale": "htk", "low_hz": 125, "high_hz": 7500, "log": "ln", "offset": 0.01,
    }) | {
        "kind": "classes", "labels": numbered("class", 4), "tensors.activations": "StatefulPartitionedCall",
        "tensors.embeddings": "", "patch_frames": 96, "hop_frames": 48,
    }, gru, 1e-4),
]
