//! Context of a stream's patches beyond their borders.

/// Context of a stream's patches beyond their borders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContextMode {
    /// Zeros on both sides, as in training: the values are those of the whole patch.
    #[default]
    #[serde(rename = "exact")]
    ZeroPadded,
    /// Real context on the left, zeros on the right: cheaper; values differ slightly.
    ///
    /// A column of the network that is new has zeros where later frames are to come. It is brought up to date as these
    /// come, the less often the older it is, so that for it those zeros may begin up to 15 frames before the patch
    /// ends; likewise each row of the layers behind, with up to 7 frames. The answer is the same at every hop.
    Streaming,
}
