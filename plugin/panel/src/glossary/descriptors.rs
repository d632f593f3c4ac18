//! Descriptions of descriptors, in plain words.

/// Descriptor with an entry in the glossary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DescriptorTerm {
    PitchClasses,
    Key,
    Chord,
    Momentary,
    ShortTerm,
    Integrated,
    LoudnessRange,
    Tempo,
    Danceability,
    OnsetRate,
    Dissonance,
    DynamicComplexity,
    Tuning,
    Centroid,
}

impl DescriptorTerm {
    /// Returns the name for display.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::PitchClasses => "Circle of fifths",
            Self::Key => "Key",
            Self::Chord => "Chord",
            Self::Momentary => "Momentary",
            Self::ShortTerm => "Short-term",
            Self::Integrated => "Integrated",
            Self::LoudnessRange => "Range",
            Self::Tempo => "Tempo",
            Self::Danceability => "Danceability",
            Self::OnsetRate => "Onset rate",
            Self::Dissonance => "Dissonance",
            Self::DynamicComplexity => "Dynamics",
            Self::Tuning => "Tuning",
            Self::Centroid => "Spectral centroid",
        }
    }

    /// Returns the description.
    pub(crate) fn explain(self) -> &'static str {
        match self {
            Self::PitchClasses => {
                "The twelve notes, a fifth apart. A longer petal is a note with more energy in any octave; the longest \
                 one reaches the edge. The arc spans the notes of the key, and its disc is the tonic. Dots are the \
                 notes of the chord."
            }
            Self::Key => {
                "Tonic and mode that fit the notes best. A strength near 1 is a clear key; below 0.5 the music has \
                 hardly one. Relative keys, such as C major and A minor, are easily confused."
            }
            Self::Chord => "Major or minor chord that fits the last two seconds best, and the quality of this fit.",
            Self::Momentary => "Loudness of the last 0.4 s. It follows single beats.",
            Self::ShortTerm => "Loudness of the last 3 s. It follows phrases.",
            Self::Integrated => {
                "Loudness since the song began; quiet passages do not count. Broadcasters ask for -23 LUFS, most \
                 streaming services play at about -14 LUFS."
            }
            Self::LoudnessRange => {
                "Distance of loud and quiet passages since the song began: below 5 LU for dense pop and metal, above \
                 15 LU for much orchestral music."
            }
            Self::Tempo => {
                "Beats per minute, counted from the beats of the window. It may be half or double the felt tempo."
            }
            Self::Danceability => {
                "Regularity of the level over some seconds: about 0.7 for free music, 1.1 on average, above 1.7 for a \
                 steady dance beat."
            }
            Self::OnsetRate => "Notes and hits that begin in a second: below 1 for pads, above 5 for busy drums.",
            Self::Dissonance => {
                "Roughness of the sound: partials that are close together and beat. About 0.3 for a solo instrument, \
                 near 0.5 for distorted guitars."
            }
            Self::DynamicComplexity => {
                "Dynamic complexity: average distance of the level from its mean, in dB. About 1 for compressed \
                 music, 5 and more for music with loud and quiet moments."
            }
            Self::Tuning => "Frequency of the note A4 to which the instruments are tuned. The mark is 440 Hz.",
            Self::Centroid => {
                "Centre of gravity of the spectrum, a measure of brightness: some hundred Hz for dark sounds, several \
                 kHz for cymbals, hiss and distortion."
            }
        }
    }
}

#[cfg(test)]
const ALL_TERMS: [DescriptorTerm; 14] = [
    DescriptorTerm::PitchClasses,
    DescriptorTerm::Key,
    DescriptorTerm::Chord,
    DescriptorTerm::Momentary,
    DescriptorTerm::ShortTerm,
    DescriptorTerm::Integrated,
    DescriptorTerm::LoudnessRange,
    DescriptorTerm::Tempo,
    DescriptorTerm::Danceability,
    DescriptorTerm::OnsetRate,
    DescriptorTerm::Dissonance,
    DescriptorTerm::DynamicComplexity,
    DescriptorTerm::Tuning,
    DescriptorTerm::Centroid,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_term_has_a_name_and_a_sentence_of_its_own() {
        let all = |text: fn(DescriptorTerm) -> &'static str| {
            ALL_TERMS.map(text).into_iter().collect::<std::collections::HashSet<_>>()
        };
        assert_eq!(all(DescriptorTerm::name).len(), ALL_TERMS.len());
        assert_eq!(all(DescriptorTerm::explain).len(), ALL_TERMS.len());
        for term in ALL_TERMS {
            assert!(term.explain().ends_with('.') && !term.explain().contains("  "), "{}", term.explain());
        }
    }
}
