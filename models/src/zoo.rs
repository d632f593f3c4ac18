//! Built-in weights from the crates in `models/zoo`, embedded in the binary so that nothing is downloaded at run time.

use earmark_packing::Packed;

/// Card and packed ONNX network of a built-in model.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) card: &'static str,
    pub(crate) network: Packed,
}

/// Returns the entry of a constant of a weights crate.
#[cfg(any(feature = "musicnn", feature = "tempocnn"))]
const fn entry((card, network): (&'static str, Packed)) -> Entry {
    Entry { card, network }
}

#[cfg(test)]
impl Entry {
    pub(crate) fn onnx(&self) -> Vec<u8> {
        self.network.unpack().unwrap()
    }
}

/// All built-in models, in the order of lists.
pub(crate) const ENTRIES: &[Entry] = &[
    #[cfg(feature = "musicnn")]
    entry(earmark_msd::MUSICNN),
    #[cfg(feature = "musicnn")]
    entry(earmark_mtt::MUSICNN),
    #[cfg(feature = "musicnn")]
    entry(earmark_msd::VGG),
    #[cfg(feature = "musicnn")]
    entry(earmark_mtt::VGG),
    // AGPL-3.0, as is a binary that contains them.
    #[cfg(feature = "tempocnn")]
    entry(earmark_tempocnn::DEEPSQUARE_K8),
    #[cfg(feature = "tempocnn")]
    entry(earmark_tempocnn::DEEPTEMP_K8),
    #[cfg(feature = "tempocnn")]
    entry(earmark_tempocnn::FCN),
];

/// Tables of readings that are derived from the built-in taggers.
pub(crate) const DERIVED: &[&str] = &[include_str!("../zoo/moods-msd.toml"), include_str!("../zoo/moods-mtt.toml")];
