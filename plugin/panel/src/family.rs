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

/// Tags of the built-in models by family, in lower case.
const FAMILIES: [(Family, &[&str]); 5] = [
    (
        Family::Genre,
        &[
            "rock",
            "pop",
            "alternative",
            "indie",
            "electronic",
            "dance",
            "alternative rock",
            "jazz",
            "metal",
            "classic rock",
            "soul",
            "indie rock",
            "electronica",
            "folk",
            "punk",
            "blues",
            "hard rock",
            "ambient",
            "experimental",
            "hip-hop",
            "country",
            "easy listening",
            "funk",
            "electro",
            "heavy metal",
            "progressive rock",
            "rnb",
            "indie pop",
            "house",
            "classical",
            "classic",
            "techno",
            "indian",
            "opera",
            "new age",
        ],
    ),
    (
        Family::Mood,
        &[
            "beautiful",
            "chillout",
            "chill",
            "mellow",
            "party",
            "sexy",
            "catchy",
            "sad",
            "happy",
            "slow",
            "fast",
            "loud",
            "quiet",
            "soft",
            "weird",
        ],
    ),
    (
        Family::Voice,
        &[
            "female vocalists",
            "female vocalist",
            "male vocalists",
            "instrumental",
            "vocal",
            "vocals",
            "voice",
            "singing",
            "female",
            "woman",
            "female vocal",
            "female voice",
            "male",
            "man",
            "male vocal",
            "male voice",
            "no vocals",
            "no vocal",
            "no voice",
            "choir",
            "choral",
        ],
    ),
    (
        Family::Instrument,
        &[
            "acoustic",
            "guitar",
            "strings",
            "drums",
            "piano",
            "violin",
            "beat",
            "beats",
            "synth",
            "harpsichord",
            "flute",
            "sitar",
            "solo",
            "harp",
            "cello",
        ],
    ),
    (Family::Era, &["60s", "70s", "80s", "90s", "00s", "oldies"]),
];

impl Family {
    /// Returns the family of a tag. Letter case does not matter.
    pub(crate) fn of(tag: &str) -> Self {
        let tag = tag.to_lowercase();
        let found = FAMILIES.iter().find(|(_, tags)| tags.contains(&tag.as_str()));
        found.map_or(Self::Other, |(family, _)| *family)
    }

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glossary::built_in_tags;

    #[test]
    fn every_built_in_tag_has_one_family() {
        for tag in built_in_tags() {
            let families = FAMILIES.iter().filter(|(_, tags)| tags.contains(&tag.to_lowercase().as_str()));
            assert_eq!(families.count(), 1, "{tag}");
            assert_ne!(Family::of(&tag), Family::Other, "{tag}");
        }
        assert_eq!(Family::of("no such tag"), Family::Other);
    }
}
