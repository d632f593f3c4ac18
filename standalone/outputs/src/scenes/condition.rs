//! Conditions of scenes.

use std::ops::RangeInclusive;

/// Range of tempo conditions, in beats per minute.
const TEMPO_RANGE_BPM: RangeInclusive<f32> = 1.0..=1000.0;

/// Condition of a scene.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Condition {
    /// Smoothed value of a tag, 0 to 1, compared with a number.
    Tag(String, Comparison),
    /// Tempo in beats per minute, compared with a number. False if there is no tempo.
    Tempo(Comparison),
    /// Silent input.
    Silence,
}

/// Comparison with a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Comparison {
    /// Above the number.
    Above(f32),
    /// Below the number.
    Below(f32),
}

/// Values against which conditions are tested.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ConditionInputs<'a> {
    /// Names and smoothed values of tags.
    pub(super) tags: Option<(&'a [String], &'a [f32])>,
    /// Tempo in beats per minute.
    pub(super) bpm: Option<f32>,
    /// Whether the input is silent.
    pub(super) silent: bool,
}

impl Condition {
    /// Parses a condition such as `metal > 0.6`, `tempo < 90` or `silence`. `known` contains the existing tags.
    ///
    /// # Errors
    /// Message with the expected and the actual text.
    pub(super) fn parse(text: &str, known: &[String]) -> Result<Self, String> {
        if text.trim() == "silence" {
            return Ok(Self::Silence);
        }
        let expected =
            || format!("expected a condition such as `metal > 0.6`, `tempo < 90` or `silence`, got `{text}`");
        let at = text.rfind(['<', '>']).ok_or_else(expected)?;
        let (name, rest) = (text[..at].trim(), &text[at..]);
        let number: f32 = rest[1..].trim().parse().map_err(|_| expected())?;
        let comparison = if rest.starts_with('>') { Comparison::Above(number) } else { Comparison::Below(number) };
        let within = |range: RangeInclusive<f32>| {
            let message = || format!("{name}: expected {} to {}, got {number}", range.start(), range.end());
            if range.contains(&number) { Ok(comparison) } else { Err(message()) }
        };
        match name {
            "" => Err(expected()),
            "tempo" => Ok(Self::Tempo(within(TEMPO_RANGE_BPM)?)),
            tag if known.iter().any(|known| known == tag) => Ok(Self::Tag(tag.to_owned(), within(0.0..=1.0)?)),
            tag => Err(format!("expected `tempo`, `silence` or one of {}, got `{tag}`", known.join(", "))),
        }
    }

    /// Whether the condition holds.
    pub(super) fn holds(&self, inputs: ConditionInputs<'_>) -> bool {
        match self {
            Self::Silence => inputs.silent,
            Self::Tempo(comparison) => inputs.bpm.is_some_and(|bpm| comparison.holds(bpm)),
            Self::Tag(tag, comparison) => inputs.tags.is_some_and(|(names, values)| {
                let value = names.iter().position(|name| name == tag).and_then(|place| values.get(place));
                value.is_some_and(|&value| comparison.holds(value))
            }),
        }
    }
}

impl Comparison {
    fn holds(self, value: f32) -> bool {
        match self {
            Self::Above(number) => value > number,
            Self::Below(number) => value < number,
        }
    }
}
