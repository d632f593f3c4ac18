//! Network of one stem that the kernel of this crate runs: a U-Net of Spleeter.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use earmark_models::weights_from_onnx;

use crate::SeparateError;
use crate::network::{BINS, CHANNELS, StemNetwork, StemRun, check_frames};
use crate::unet::{Scratch, UNet};
use crate::weights::{Layer, Norm, UNetWeights};

/// Network of one stem, with packed weights.
pub(crate) struct UNetNetwork {
    net: UNet,
}

impl UNetNetwork {
    /// Reads the weights of an ONNX file, by the names that `models/zoo/build/spleeter.py` gives them. Takes about 100 ms.
    pub(crate) fn from_onnx(onnx: &[u8]) -> Result<Self, SeparateError> {
        let mut weights = weights_from_onnx(onnx)?;
        let layer = |weights: &mut HashMap<String, Vec<f32>>, name: &str| -> Result<Layer, SeparateError> {
            let (weight, bias) = (take(weights, name, "weight")?, take(weights, name, "bias")?);
            Ok(Layer { weight, bias })
        };
        let norm = |weights: &mut HashMap<String, Vec<f32>>, name: &str| -> Result<Norm, SeparateError> {
            let (scale, shift) = (take(weights, name, "scale")?, take(weights, name, "shift")?);
            Ok(Norm { scale, shift })
        };
        let mut unet = UNetWeights::default();
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
        Ok(Self { net: UNet::new(&unet)? })
    }
}

fn take(weights: &mut HashMap<String, Vec<f32>>, layer: &str, part: &str) -> Result<Vec<f32>, SeparateError> {
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

    fn new_run(self: Arc<Self>, frames: usize) -> Result<Box<dyn StemRun>, SeparateError> {
        check_frames(frames)?;
        // Long blocks share no frames that are worth the memory.
        let scratch = if frames <= crate::FRAME_MULTIPLE { Scratch::for_shifts() } else { Scratch::new() };
        Ok(Box::new(UNetRun { network: self, frames, scratch }))
    }
}

struct UNetRun {
    network: Arc<UNetNetwork>,
    frames: usize,
    scratch: Scratch,
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
        self.network.net.run_shifted(mix, self.frames, moved, wanted, &mut self.scratch, stem)?;
        Ok(())
    }
}
