//! Network of one stem that the kernel of this crate runs: a U-Net of Spleeter.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use earmark_models::OnnxWeights;
use parking_lot::Mutex;

use crate::SeparateError;
use crate::network::{BINS, CHANNELS, StemNetwork, StemRun, check_frames};
use crate::run_memory::RunMemory;
use crate::unet::{Scratch, UNet};
use crate::weights::{Layer, Norm, UNetWeights};

/// Weights of a file by name.
pub(crate) type FileWeights = HashMap<String, OnnxWeights>;
/// Layer in the precision of the file.
type FileLayer = Layer<Option<OnnxWeights>>;

/// Network of one stem, with packed weights.
pub(crate) struct UNetNetwork {
    net: UNet,
}

impl UNetNetwork {
    /// Packs the weights of an ONNX file, by the names that `models/zoo/build/spleeter.py` gives them, and frees each once it
    /// is packed. Takes about 100 ms.
    pub(crate) fn new(mut weights: FileWeights) -> Result<Self, SeparateError> {
        let layer = |weights: &mut FileWeights, name: &str| -> Result<FileLayer, SeparateError> {
            let (weight, bias) = (take(weights, name, "weight")?, take(weights, name, "bias")?);
            Ok(Layer { weight: Some(weight), bias: bias.into_floats() })
        };
        let norm = |weights: &mut FileWeights, name: &str| -> Result<Norm, SeparateError> {
            let (scale, shift) = (take(weights, name, "scale")?, take(weights, name, "shift")?);
            Ok(Norm { scale: scale.into_floats(), shift: shift.into_floats() })
        };
        let mut unet = UNetWeights::<Option<OnnxWeights>>::default();
        for (index, conv) in unet.convs.iter_mut().enumerate() {
            *conv = layer(&mut weights, &format!("conv{}", index + 1))?;
        }
        for (index, conv_norm) in unet.conv_norms.iter_mut().enumerate() {
            *conv_norm = norm(&mut weights, &format!("bn{}", index + 1))?;
        }
        for (index, up) in unet.ups.iter_mut().enumerate() {
            *up = layer(&mut weights, &format!("up{}", index + 1))?;
        }
        for (index, up_norm) in unet.up_norms.iter_mut().enumerate() {
            *up_norm = norm(&mut weights, &format!("upbn{}", index + 1))?;
        }
        unet.last = layer(&mut weights, "last")?;
        Ok(Self { net: UNet::new(unet)? })
    }
}

fn take(weights: &mut FileWeights, layer: &str, part: &str) -> Result<OnnxWeights, SeparateError> {
    let name = format!("{layer}.{part}");
    weights.remove(&name).ok_or_else(|| SeparateError::Shape {
        what: "weights of a U-Net".to_owned(),
        expected: format!("a tensor `{name}`"),
        got: "none".to_owned(),
    })
}

impl StemNetwork for UNetNetwork {
    fn stems(&self) -> usize {
        1
    }

    fn new_run(self: Arc<Self>, frames: usize, memory: &RunMemory) -> Result<Box<dyn StemRun>, SeparateError> {
        check_frames(frames)?;
        // Long blocks share no frames that are worth the memory.
        let keeps_columns = frames <= crate::FRAME_MULTIPLE;
        let scratch =
            if keeps_columns { Arc::new(Mutex::new(Scratch::for_shifts())) } else { Arc::clone(&memory.scratch) };
        Ok(Box::new(UNetRun { network: self, frames, scratch }))
    }
}

struct UNetRun {
    network: Arc<UNetNetwork>,
    frames: usize,
    /// In a block of many frames, memory that other runs use in turn.
    scratch: Arc<Mutex<Scratch>>,
}

impl StemRun for UNetRun {
    fn run(&mut self, mix: &[f32], wanted: Range<usize>, stems: &mut [Vec<f32>]) -> Result<(), SeparateError> {
        self.run_moved(mix, self.frames, wanted, stems)
    }

    fn run_moved(
        &mut self,
        mix: &[f32],
        moved: usize,
        wanted: Range<usize>,
        stems: &mut [Vec<f32>],
    ) -> Result<(), SeparateError> {
        let [stem] = stems else {
            let (what, expected, got) = ("number of output buffers", 1, stems.len());
            return Err(SeparateError::Block { what, expected, got });
        };
        stem.resize(CHANNELS * wanted.len() * BINS, 0.0);
        self.network.net.run_shifted(mix, self.frames, moved, wanted, &mut self.scratch.lock(), stem)?;
        Ok(())
    }
}
