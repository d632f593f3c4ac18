#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

use earmark_packing::{Packed, packed};

/// Card as TOML, and packed ONNX network, of `mtt-musicnn`.
pub const MUSICNN: (&str, Packed) = (include_str!("../mtt-musicnn.toml"), packed!("mtt-musicnn.onnx"));

/// Card as TOML, and packed ONNX network, of `mtt-vgg`.
pub const VGG: (&str, Packed) = (include_str!("../mtt-vgg.toml"), packed!("mtt-vgg.onnx"));

/// ISC licence of the weights, from the wheel of `musicnn` 0.1.0.
pub const LICENCE_TEXT: &str = include_str!("../LICENSE-musicnn.txt");
