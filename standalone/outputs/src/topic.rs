//! Topics of JSON lines.

/// Topic of a JSON line. A new web client receives the latest line of `Input`, `Tags`, `Tempo` and
/// `Descriptors`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// State of the input.
    Input,
    /// Tags.
    Tags,
    /// Tempo.
    Tempo,
    /// Descriptors.
    Descriptors,
    /// Prediction of an added model. Several models share this topic, so its latest line is not stored.
    Added,
    /// Any other line, sent only when it is written.
    News,
}

/// Number of topics whose latest line is stored: the first variants of [`Topic`].
#[cfg(feature = "web")]
pub(crate) const KEPT_TOPICS: usize = 4;
