//! What a scene waits for.

use std::ops::RangeInclusive;

/// The tempi that can be asked for, in beats per minute.
const TEMPI: RangeInclusive<f32> = 1.0..=1000.0;

/// Something that holds or does not.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Condition {
    /// A tag's smoothed value is on one side of a number, 0 to 1.
    Tag(String, Side),
    /// The tempo is, in beats per minute. Without a tempo it is on neither.
    Tempo(Side),
    /// Nothing is heard.
    Silence,
}

/// A side of a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Side {
    /// Above it.
    Above(f32),
    /// Below it.
    Below(f32),
}

/// What is heard now.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Heard<'a> {
    /// Names and smoothed values.
    pub(super) tags: Option<(&'a [String], &'a [f32])>,
    /// Beats per minute.
    pub(super) bpm: Option<f32>,
    /// Whether it is silence.
    pub(super) silent: bool,
}

impl Condition {
    /// Reads one such as `metal > 0.6`, `tempo < 90` or `silence`; `known` are the tags that there are.
    ///
    /// # Errors
    /// In words: what was expected, and what is there.
    pub(super) fn parse(text: &str, known: &[String]) -> Result<Self, String> {
        if text.trim() == "silence" {
            return Ok(Self::Silence);
        }
        let expected =
            || format!("expected a condition such as `metal > 0.6`, `tempo < 90` or `silence`, got `{text}`");
        let at = text.rfind(['<', '>']).ok_or_else(expected)?;
        let (name, rest) = (text[..at].trim(), &text[at..]);
        let number: f32 = rest[1..].trim().parse().map_err(|_| expected())?;
        let side = if rest.starts_with('>') { Side::Above(number) } else { Side::Below(number) };
        let within = |range: RangeInclusive<f32>| {
            let message = || format!("{name}: expected {} to {}, got {number}", range.start(), range.end());
            if range.contains(&number) { Ok(side) } else { Err(message()) }
        };
        match name {
            "" => Err(expected()),
            "tempo" => Ok(Self::Tempo(within(TEMPI)?)),
            tag if known.iter().any(|known| known == tag) => Ok(Self::Tag(tag.to_owned(), within(0.0..=1.0)?)),
            tag => Err(format!("expected `tempo`, `silence` or one of {}, got `{tag}`", known.join(", "))),
        }
    }

    /// Whether it holds.
    pub(super) fn holds(&self, heard: Heard<'_>) -> bool {
        match self {
            Self::Silence => heard.silent,
            Self::Tempo(side) => heard.bpm.is_some_and(|bpm| side.has(bpm)),
            Self::Tag(tag, side) => heard.tags.is_some_and(|(names, values)| {
                let value = names.iter().position(|name| name == tag).and_then(|place| values.get(place));
                value.is_some_and(|&value| side.has(value))
            }),
        }
    }
}

impl Side {
    fn has(self, value: f32) -> bool {
        match self {
            Self::Above(number) => value > number,
            Self::Below(number) => value < number,
        }
    }
}
