//! Context of a stream's patches beyond their borders.

/// Context of a stream's patches beyond their borders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContextMode {
    /// Zeros on both sides, as in training: results equal those of the whole patch.
    #[default]
    #[serde(rename = "exact")]
    ZeroPadded,
    /// Real context on the left, zeros on the right: cheaper; values differ slightly.
    ///
    /// A new column of the network has zeros in place of later frames. It is refreshed as these are received, less
    /// often with age, so its zeros may start up to 15 frames before the end of the patch. Rows of the later layers are
    /// refreshed likewise, with up to 7 frames. Results are the same at every hop.
    Streaming,
}
