"""Renders with the VST3 of Earmark Stems in two hosts of other authors: stems against the command line, and
latency.

    pip install pedalboard==0.9.26 dawdreamer==0.9.0 soundfile numpy
    python stems.py EarmarkStems.vst3 EARMARK PIECE...

Exits with 1 if a stem differs from that of `earmark separate` by more than 1e-5, or if the declared latency is not that of the
sound: pedalboard compensates the latency, DawDreamer does not.
"""

import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import pedalboard
import soundfile

TOLERANCE = 1e-5


def load(bundle, **values):
    """Returns a new instance with these values of parameters."""
    plugin = pedalboard.load_plugin(bundle)
    for name, value in values.items():
        valid = plugin.parameters[name].valid_values
        # The names of the modes contain their latency.
        chosen = next((choice for choice in valid if isinstance(value, str) and choice.startswith(value)), value)
        setattr(plugin, name, chosen)
    return plugin


def render(bundle, samples, rate, block, **values):
    """Renders in pedalboard, which declares offline processing and compensates the declared latency."""
    plugin = load(bundle, **values)
    # A change of mode changes the latency, for which a plugin must be started again.
    plugin.process(np.zeros((samples.shape[0], block), np.float32), rate, buffer_size=block)
    out = plugin.process(samples, rate, buffer_size=block)
    return out, plugin


def stems_hold(bundle, earmark, path, number):
    """Compares a render of each stem in mode blocks with the file that the command line writes."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    samples = np.ascontiguousarray(samples.T)
    holds = True
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([earmark, "separate", path, "--out", folder], check=True, capture_output=True)
        for stem, other in (("vocals", "accompaniment_mute"), ("accompaniment", "vocals_mute")):
            (written,) = pathlib.Path(folder).rglob(f"{stem}.wav")
            expected = soundfile.read(written, dtype="float32", always_2d=True)[0].T
            block = (512, 1024, 64, 2027)[number % 4]
            out, plugin = render(bundle, samples, rate, block, mode="Blocks", **{other: True})
            same = out.shape == expected.shape
            worst = float(np.abs(out - expected).max()) if same else float("inf")
            peak = float(np.abs(expected).max())
            print(f"{pathlib.Path(path).name:28} {rate:>6} Hz blocks of {block:>4}: {stem}, worst difference {worst:.1e} "
                  f"(peak {peak:.2f})")
            holds &= worst <= TOLERANCE and peak > 0.01
    return holds


def aligned_in_pedalboard(bundle, path):
    """Renders in the default mode at gains of 0 dB: after the host's compensation, output and input are the same bytes."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    samples = np.ascontiguousarray(samples.T)
    out, plugin = render(bundle, samples, rate, 512)
    same = out.shape == samples.shape and out.tobytes() == samples.tobytes()
    print(f"pedalboard: mode normal at 0 dB, output {'is the input' if same else 'DIFFERS'}")
    return same


def delayed_in_dawdreamer(bundle, path):
    """Renders in a host without compensation: the output is the input, later by the declared latency."""
    import dawdreamer

    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    samples = np.ascontiguousarray(samples.T)
    engine = dawdreamer.RenderEngine(rate, 512)
    dry = engine.make_playback_processor("dry", samples)
    plugin = engine.make_plugin_processor("stems", bundle)
    engine.load_graph([(dry, []), (plugin, ["dry"])])
    engine.render(samples.shape[1] / rate)
    out, latency = engine.get_audio()[:, : samples.shape[1]], plugin.get_latency_samples()
    same = latency > 0 and out[:, latency:].tobytes() == samples[:, : out.shape[1] - latency].tobytes()
    print(f"DawDreamer: latency {latency}, output {'is the input, that much later' if same else 'DIFFERS'}")
    return same


def main():
    bundle, earmark, *pieces = sys.argv[1:]
    plugin = load(bundle)
    print(f"{plugin.name} {plugin.version}, parameters: {', '.join(plugin.parameters)}")
    holds = [stems_hold(bundle, earmark, path, number) for number, path in enumerate(pieces)]
    holds.append(aligned_in_pedalboard(bundle, pieces[0]))
    holds.append(delayed_in_dawdreamer(bundle, pieces[0]))
    print(f"{sum(holds)} of {len(holds)} hold")
    sys.exit(0 if all(holds) else 1)


main()
