//! Labels that are genres, and labels that are moods.

/// Genres among the labels of the built-in taggers, in lower case.
const GENRES: &[&str] = &[
    "alternative",
    "alternative rock",
    "ambient",
    "blues",
    "classic rock",
    "classical",
    "country",
    "dance",
    "easy listening",
    "electro",
    "electronic",
    "electronica",
    "experimental",
    "folk",
    "funk",
    "hard rock",
    "heavy metal",
    "hip-hop",
    "house",
    "indian",
    "indie",
    "indie pop",
    "indie rock",
    "jazz",
    "metal",
    "new age",
    "opera",
    "pop",
    "progressive rock",
    "punk",
    "rnb",
    "rock",
    "soul",
    "techno",
];

/// Moods among the labels of the built-in taggers and of the moods that are derived from them, in lower case.
const MOODS: &[&str] =
    &["aggressive", "beautiful", "chill", "chillout", "happy", "mellow", "party", "relaxed", "sad", "sexy"];

/// Whether a label is a genre: one of the built-in taggers, or any of a model whose id has the word `genre`.
pub(super) fn is_genre(model: &str, label: &str) -> bool {
    model.contains("genre") || GENRES.contains(&&*label.to_lowercase())
}

/// Whether a label is a mood: one of the built-in taggers, or any of a model whose id has the word `mood`, except the readings
/// of other things that come with derived moods.
pub(super) fn is_mood(model: &str, label: &str, is_derived: bool) -> bool {
    (model.contains("mood") && !is_derived) || MOODS.contains(&&*label.to_lowercase())
}
