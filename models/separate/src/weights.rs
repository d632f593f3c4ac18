//! Weights of the network, as read from a model file.

use crate::unet_error::UNetError;

use earmark_models::OnnxWeights;

/// Values of a kernel, in any precision.
pub(crate) trait KernelValues: Default {
    /// Returns the number of values.
    fn len(&self) -> usize;

    /// Returns the value at `index`; `index` is below the number of values.
    fn value(&self, index: usize) -> f32;
}

/// Kernel and bias of a layer.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Layer<K = Vec<f32>> {
    /// Kernel: `[output][input][time][frequency]` of a convolution, `[input][output][time][frequency]` of a transposed
    /// convolution.
    pub(crate) weight: K,
    /// Bias of each output channel.
    pub(crate) bias: Vec<f32>,
}

/// Batch normalization, folded into `scale * x + shift` per channel.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Norm {
    /// Factor of each channel.
    pub(crate) scale: Vec<f32>,
    /// Summand of each channel.
    pub(crate) shift: Vec<f32>,
}

/// Weights of one U-Net.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct UNetWeights<K = Vec<f32>> {
    /// Convolutions, 5x5 with stride 2, from the shallowest level to the deepest.
    pub(crate) convs: [Layer<K>; 6],
    /// Normalizations after the first five convolutions.
    pub(crate) conv_norms: [Norm; 5],
    /// Transposed convolutions, 5x5 with stride 2, from the deepest level to the shallowest.
    pub(crate) ups: [Layer<K>; 6],
    /// Normalizations after the transposed convolutions.
    pub(crate) up_norms: [Norm; 6],
    /// Last convolution, 4x4 with dilation 2, from one channel to two.
    pub(crate) last: Layer<K>,
}

impl KernelValues for Vec<f32> {
    fn len(&self) -> usize {
        self.len()
    }

    fn value(&self, index: usize) -> f32 {
        self[index]
    }
}

impl KernelValues for Option<OnnxWeights> {
    fn len(&self) -> usize {
        self.as_ref().map_or(0, OnnxWeights::len)
    }

    #[inline]
    fn value(&self, index: usize) -> f32 {
        self.as_ref().and_then(|weights| weights.get(index)).unwrap_or_default()
    }
}

impl<K: KernelValues> UNetWeights<K> {
    /// Returns an error if a tensor has an unexpected number of values.
    pub(crate) fn check(&self) -> Result<(), UNetError> {
        let mut inputs = 2;
        for (index, layer) in self.convs.iter().enumerate() {
            let name = format!("conv{}", index + 1);
            layer.check(&name, inputs, 25)?;
            check_channels(&name, layer.bias.len())?;
            if let Some(norm) = self.conv_norms.get(index) {
                norm.check(&format!("bn{}", index + 1), layer.bias.len())?;
            }
            inputs = layer.bias.len();
        }
        for (index, (layer, norm)) in self.ups.iter().zip(&self.up_norms).enumerate() {
            let name = format!("up{}", index + 1);
            layer.check(&name, inputs, 25)?;
            norm.check(&format!("upbn{}", index + 1), layer.bias.len())?;
            match self.convs.len().checked_sub(index + 2).and_then(|level| self.convs.get(level)) {
                Some(skip) => {
                    check_channels(&name, layer.bias.len())?;
                    inputs = skip.bias.len() + layer.bias.len();
                }
                None => inputs = layer.bias.len(),
            }
        }
        let [.., up] = &self.ups;
        check_len("up6.bias", 1, up.bias.len())?;
        check_len("last.bias", 2, self.last.bias.len())?;
        self.last.check("last", 1, 16)
    }
}

impl<K: KernelValues> Layer<K> {
    /// Returns an error if the kernel has not `taps` values per input and output channel.
    fn check(&self, name: &str, inputs: usize, taps: usize) -> Result<(), UNetError> {
        check_len(&format!("{name}.weight"), self.bias.len() * inputs * taps, self.weight.len())
    }
}

impl Norm {
    /// Returns an error if the number of channels is not `channels`.
    fn check(&self, name: &str, channels: usize) -> Result<(), UNetError> {
        check_len(&format!("{name}.scale"), channels, self.scale.len())?;
        check_len(&format!("{name}.shift"), channels, self.shift.len())
    }
}

/// Returns an error if `got` differs from `expected`.
fn check_len(tensor: &str, expected: usize, got: usize) -> Result<(), UNetError> {
    if got == expected { Ok(()) } else { Err(UNetError::Weights { tensor: tensor.to_owned(), expected, got }) }
}

/// Returns an error if `channels` is not a positive multiple of a block.
fn check_channels(layer: &str, channels: usize) -> Result<(), UNetError> {
    if channels > 0 && channels.is_multiple_of(crate::kernel::BLOCK) {
        Ok(())
    } else {
        Err(UNetError::Channels { layer: layer.to_owned(), got: channels })
    }
}
