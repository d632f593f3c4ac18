#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

/// Card as TOML, and ONNX network, of `msd-musicnn`.
pub const MUSICNN: (&str, &[u8]) = (include_str!("../msd-musicnn.toml"), include_bytes!("../msd-musicnn.onnx"));

/// Card as TOML, and ONNX network, of `msd-vgg`.
pub const VGG: (&str, &[u8]) = (include_str!("../msd-vgg.toml"), include_bytes!("../msd-vgg.onnx"));

/// ISC licence of the weights, from the wheel of `musicnn` 0.1.0.
pub const LICENCE_TEXT: &str = include_str!("../LICENSE-musicnn.txt");
