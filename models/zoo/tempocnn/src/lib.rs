#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

/// Card as TOML, and ONNX network, of `tempocnn-deepsquare-k8`.
pub const DEEPSQUARE_K8: (&str, &[u8]) =
    (include_str!("../tempocnn-deepsquare-k8.toml"), include_bytes!("../tempocnn-deepsquare-k8.onnx"));

/// Card as TOML, and ONNX network, of `tempocnn-deeptemp-k8`.
pub const DEEPTEMP_K8: (&str, &[u8]) =
    (include_str!("../tempocnn-deeptemp-k8.toml"), include_bytes!("../tempocnn-deeptemp-k8.onnx"));

/// Card as TOML, and ONNX network, of `tempocnn-fcn`.
pub const FCN: (&str, &[u8]) = (include_str!("../tempocnn-fcn.toml"), include_bytes!("../tempocnn-fcn.onnx"));

/// AGPL-3.0 licence of the weights, from the wheel of `tempocnn` 0.0.8.
pub const LICENCE_TEXT: &str = include_str!("../LICENSE-tempocnn.txt");
