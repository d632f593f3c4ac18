#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

use earmark_packing::{Packed, packed};

/// Card as TOML, and packed ONNX network, of `msd-musicnn`.
pub const MUSICNN: (&str, Packed) = (include_str!("../msd-musicnn.toml"), packed!("msd-musicnn.onnx"));

/// Card as TOML, and packed ONNX network, of `msd-vgg`.
pub const VGG: (&str, Packed) = (include_str!("../msd-vgg.toml"), packed!("msd-vgg.onnx"));

/// ISC licence of the weights, from the wheel of `musicnn` 0.1.0.
pub const LICENCE_TEXT: &str = include_str!("../LICENSE-musicnn.txt");
