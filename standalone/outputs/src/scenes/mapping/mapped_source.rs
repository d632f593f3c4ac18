//! Sources of mappings: values by their names.

use earmark_session::levels::{LevelReading, OnsetBand};
use earmark_session::{LiveDescriptors, descriptors::Value};

/// Source of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum MappedSource {
    /// Smoothed value of a label, 0 to 1.
    Label(String),
    /// Tempo in beats per minute.
    Tempo,
    /// 1 in silence, otherwise 0.
    Silence,
    /// Value of the levels.
    Level(LevelValue),
    /// Strength of an onset, 0 to 1, which falls to 0 after it.
    Onset(OnsetBand),
    /// Number of the descriptors of the last 30 s, by its name.
    Descriptor(String),
}

/// Value of the levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LevelValue {
    Rms,
    Peak,
    Low,
    Mid,
    High,
    Centroid,
    Momentary,
    ShortTerm,
}

/// Values of the levels with their names behind `level.`.
const LEVELS: [(&str, LevelValue); 8] = [
    ("rms", LevelValue::Rms),
    ("peak", LevelValue::Peak),
    ("low", LevelValue::Low),
    ("mid", LevelValue::Mid),
    ("high", LevelValue::High),
    ("centroid", LevelValue::Centroid),
    ("momentary", LevelValue::Momentary),
    ("short_term", LevelValue::ShortTerm),
];

/// Returns the names of the sources besides labels and descriptors.
pub(in super::super) fn source_names() -> Vec<String> {
    let levels = LEVELS.map(|(name, _)| format!("level.{name}"));
    let onsets = OnsetBand::ALL.map(|band| format!("onset.{}", band.name()));
    ["tempo", "silence"].map(str::to_owned).into_iter().chain(levels).chain(onsets).collect()
}

/// Returns the range of the values of the source with a name that is mapped by default; none for a descriptor, and for a name
/// that does not exist.
pub(in super::super) fn usual_range(name: &str, known: &[String]) -> Option<(f32, f32)> {
    MappedSource::parse(name, known).ok()?.usual_range()
}

impl MappedSource {
    /// Parses the name of a source. `known` contains the existing labels.
    ///
    /// # Errors
    /// Message with the expected and the actual text.
    pub(super) fn parse(text: &str, known: &[String]) -> Result<Self, String> {
        let name = text.trim();
        if let Some(level) = name.strip_prefix("level.") {
            let found = LEVELS.iter().find(|(known, _)| *known == level);
            let names = LEVELS.map(|(name, _)| format!("level.{name}")).join(", ");
            return found.map(|&(_, value)| Self::Level(value)).ok_or(format!("expected one of {names}, got `{name}`"));
        }
        if let Some(band) = name.strip_prefix("onset.") {
            let found = OnsetBand::ALL.into_iter().find(|known| known.name() == band);
            let names = OnsetBand::ALL.map(|band| format!("onset.{}", band.name())).join(", ");
            return found.map(Self::Onset).ok_or(format!("expected one of {names}, got `{name}`"));
        }
        if let Some(descriptor) = name.strip_prefix("descriptor.") {
            // Names are checked by the first description; a wrong one has no value.
            return match descriptor.split_once('.') {
                Some((group, below)) if !group.is_empty() && !below.is_empty() => {
                    Ok(Self::Descriptor(descriptor.to_owned()))
                }
                _ => Err(format!("expected a descriptor such as `descriptor.rhythm.bpm`, got `{name}`")),
            };
        }
        match name {
            "tempo" => Ok(Self::Tempo),
            "silence" => Ok(Self::Silence),
            label if known.iter().any(|known| known == label) => Ok(Self::Label(label.to_owned())),
            label => Err(format!(
                "expected `tempo`, `silence`, `level.rms`, `onset.kick`, `descriptor.rhythm.bpm` or others of these, or one of \
                 {}, got `{label}`",
                known.join(", ")
            )),
        }
    }

    /// Returns the range of the values that is mapped by default; none if there is no usual range.
    pub(super) fn usual_range(&self) -> Option<(f32, f32)> {
        match self {
            Self::Tempo => Some((60.0, 180.0)),
            Self::Level(LevelValue::Centroid) => Some((20.0, 20_000.0)),
            Self::Level(LevelValue::Momentary | LevelValue::ShortTerm) => Some((-60.0, 0.0)),
            Self::Label(_) | Self::Silence | Self::Level(_) | Self::Onset(_) => Some((0.0, 1.0)),
            Self::Descriptor(_) => None,
        }
    }

    /// Whether levels have to be computed.
    pub(super) fn needs_levels(&self) -> bool {
        matches!(self, Self::Level(_) | Self::Onset(_))
    }

    /// Whether descriptors have to be computed.
    pub(super) fn needs_descriptors(&self) -> bool {
        matches!(self, Self::Descriptor(_))
    }

    /// Returns the value in descriptors; none for another source, and for one that is no known number.
    pub(super) fn in_descriptors(&self, descriptors: &LiveDescriptors) -> Option<f32> {
        let Self::Descriptor(name) = self else { return None };
        let scalar = descriptors.scalars().into_iter().find(|scalar| scalar.name == name)?;
        match scalar.value {
            Value::Number(number) => Some(number as f32),
            _ => None,
        }
    }
}

impl LevelValue {
    /// Returns the value in levels; none if it is not known yet.
    pub(super) fn of(self, levels: &LevelReading) -> Option<f32> {
        match self {
            Self::Rms => Some(levels.rms),
            Self::Peak => Some(levels.peak),
            Self::Low => Some(levels.low),
            Self::Mid => Some(levels.mid),
            Self::High => Some(levels.high),
            Self::Centroid => Some(levels.centroid_hz),
            Self::Momentary => levels.momentary_lufs,
            Self::ShortTerm => levels.short_term_lufs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_parsed_by_their_names() {
        let known = ["metal".to_owned(), "female vocalists".to_owned()];
        let parse = |text: &str| MappedSource::parse(text, &known);
        assert_eq!(parse("female vocalists"), Ok(MappedSource::Label("female vocalists".into())));
        assert_eq!(parse(" tempo "), Ok(MappedSource::Tempo));
        assert_eq!(parse("level.short_term"), Ok(MappedSource::Level(LevelValue::ShortTerm)));
        assert_eq!(parse("onset.hat"), Ok(MappedSource::Onset(OnsetBand::Hat)));
        assert_eq!(parse("descriptor.rhythm.bpm"), Ok(MappedSource::Descriptor("rhythm.bpm".into())));
        for (text, expected) in [
            ("level.bass", "expected one of level.rms, level.peak, level.low"),
            ("onset.tom", "expected one of onset.kick, onset.snare, onset.hat, got `onset.tom`"),
            ("descriptor.bpm", "expected a descriptor such as"),
            ("mettal", "or one of metal, female vocalists, got `mettal`"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
