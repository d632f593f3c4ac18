//! Comparison of the speed of `earmark tag` with Essentia and ONNX Runtime, of `earmark extract` with Essentia, and of
//! `earmark separate` with ONNX Runtime, in one run.

use std::process::Command;

use crate::python;
use crate::sh::{self, TaskError, TaskResult};

const PACKAGES: [&str; 4] = ["essentia-tensorflow==2.1b6.dev1389", "onnxruntime", "soundfile==0.13.1", "numpy>=2,<3"];

/// Networks whose patches are compared, without extension, in the folder of the networks.
const NETWORKS: [&str; 5] = [
    "msd/msd-musicnn",
    "msd/msd-vgg",
    "tempocnn/tempocnn-deepsquare-k8",
    "tempocnn/tempocnn-deeptemp-k8",
    "tempocnn/tempocnn-fcn",
];

/// Pieces of the reference data for the descriptors: two at 44.1 kHz, of which the gain drives one beyond full scale, and
/// one at 48 kHz.
const PIECES: [&str; 3] = ["audio/metal_growl.flac", "extractor/synth30.wav", "audio/techno_48k.flac"];

/// Measures and prints the tables.
pub(crate) fn run() -> TaskResult {
    sh::run(&mut command()?)
}

/// Returns the command of the measurement, with clips and Essentia's network of the reference data if it is available.
pub(crate) fn command() -> Result<Command, TaskError> {
    let python = python::environment("against-env", &PACKAGES)?;
    let data = sh::reference();
    let (mut clip, network) =
        (data.join("audio/metal_growl.16k.wav"), data.join("models/mtg/original/msd-musicnn-1.pb"));
    if !clip.is_file() {
        clip = sh::root().join("tests/fixtures/tune.16000.wav");
    }
    let networks = NETWORKS.map(|network| sh::root().join("models/zoo").join(format!("{network}.onnx")));
    let mut measure = sh::command(python);
    measure.arg(sh::root().join("tests/against/measure.py")).arg(sh::built("earmark", true)?);
    measure.arg(sh::built("bench", true)?).args([&clip, &networks[0]]);
    if network.is_file() {
        measure.arg(network);
    }
    for network in &networks {
        measure.arg("--network").arg(network);
    }
    let pieces = PIECES.map(|piece| data.join(piece));
    for piece in pieces.iter().filter(|piece| piece.is_file()) {
        measure.arg("--piece").arg(piece);
    }
    Ok(measure)
}
