//! What patches of a stream have beyond their borders.

/// What a stream's patches find beyond their borders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Borders {
    /// Zeros on both sides, as in training: the answer is the whole patch's.
    #[default]
    Exact,
    /// On the left the music that was there, on the right zeros: a little different and a good deal cheaper.
    ///
    /// A column of the network that is new has zeros where later frames are to come. It is brought up to date as these
    /// come, the less often the older it is, so that for it those zeros may begin up to 15 frames before the patch
    /// ends; likewise each row of the layers behind, with up to 7 frames. The answer is the same at every hop.
    Streaming,
}
