//! Families of tags.

/// Family of a tag. It selects the colour of the tag, and the line of the headline in which the tag may appear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Family {
    Genre,
    Mood,
    Voice,
    Instrument,
    Era,
    /// Tags of other models.
    Other,
}

impl Family {
    /// Returns the name for display.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Genre => "genre",
            Self::Mood => "mood",
            Self::Voice => "voice",
            Self::Instrument => "instrument",
            Self::Era => "era",
            Self::Other => "other",
        }
    }
}
