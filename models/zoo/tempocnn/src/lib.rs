#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

use earmark_packing::{Packed, packed};

/// Card as TOML, and packed ONNX network, of `tempocnn-deepsquare-k8`.
pub const DEEPSQUARE_K8: (&str, Packed) =
    (include_str!("../tempocnn-deepsquare-k8.toml"), packed!("tempocnn-deepsquare-k8.onnx"));

/// Card as TOML, and packed ONNX network, of `tempocnn-deeptemp-k8`.
pub const DEEPTEMP_K8: (&str, Packed) =
    (include_str!("../tempocnn-deeptemp-k8.toml"), packed!("tempocnn-deeptemp-k8.onnx"));

/// Card as TOML, and packed ONNX network, of `tempocnn-fcn`.
pub const FCN: (&str, Packed) = (include_str!("../tempocnn-fcn.toml"), packed!("tempocnn-fcn.onnx"));

/// AGPL-3.0 licence of the weights, from the wheel of `tempocnn` 0.0.8.
pub const LICENCE_TEXT: &str = include_str!("../LICENSE-tempocnn.txt");
