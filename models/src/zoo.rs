//! Built-in weights from `models/zoo`, embedded in the binary so that nothing is downloaded at run time.

/// Card and weights of a built-in model.
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

/// All built-in models, in the order of lists.
pub(crate) const ENTRIES: &[Entry] = &[
    entry!("msd-musicnn"),
    entry!("mtt-musicnn"),
    entry!("msd-vgg"),
    entry!("mtt-vgg"),
    // AGPL-3.0, as is a binary that contains them.
    #[cfg(feature = "tempocnn")]
    entry!("tempocnn-deepsquare-k8"),
    #[cfg(feature = "tempocnn")]
    entry!("tempocnn-deeptemp-k8"),
    #[cfg(feature = "tempocnn")]
    entry!("tempocnn-fcn"),
];

/// Tables of readings that are derived from the built-in taggers.
pub(crate) const DERIVED: &[&str] = &[include_str!("../zoo/moods-msd.toml"), include_str!("../zoo/moods-mtt.toml")];
