//! The weights that ship, as they lie in `models/zoo`: part of the binary, so that nothing is fetched at run time.

/// A card and its weights.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) card: &'static str,
    pub(crate) onnx: &'static [u8],
}

macro_rules! entry {
    ($id:literal) => {
        Entry {
            card: include_str!(concat!("../zoo/", $id, ".toml")),
            onnx: include_bytes!(concat!("../zoo/", $id, ".onnx")),
        }
    };
}

/// Everything that ships, in the order in which it is listed.
pub(crate) const ENTRIES: &[Entry] = &[
    entry!("msd-musicnn"),
    entry!("mtt-musicnn"),
    entry!("msd-vgg"),
    entry!("mtt-vgg"),
    // These are AGPL-3.0, and so is a binary that carries them.
    #[cfg(feature = "tempocnn")]
    entry!("tempocnn-deepsquare-k8"),
    #[cfg(feature = "tempocnn")]
    entry!("tempocnn-deeptemp-k8"),
    #[cfg(feature = "tempocnn")]
    entry!("tempocnn-fcn"),
];
