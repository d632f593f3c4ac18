//! Topic of a JSON line.

/// Topic of a JSON line: a new client of the page gets the latest line of `Input`, `Tags` and `Tempo`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// State of the input.
    Input,
    /// Tags.
    Tags,
    /// Tempo.
    Tempo,
    /// Prediction of an added model; several of them take turns.
    Added,
    /// Any other line: of interest only when it is written.
    News,
}

/// Number of topics whose latest line is kept: the first ones of [`Topic`].
pub(crate) const KEPT_TOPICS: usize = 3;
