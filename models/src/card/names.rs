//! Names of kinds and layouts as text: in command lines, settings and messages.

use std::fmt;
use std::str::FromStr;

use earmark_dsp::DspError;

use crate::{Kind, Layout, ModelError};

/// Forms of a kind as text.
const KINDS: &str = "tags, events, classes, values:LOW..HIGH, tempo:FIRST_BPM, pitch, embedding";

/// Writes the [name](Kind::name); with `#` also the scale or the first tempo, as [`Kind::from_str`] reads them.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Values { low, high } if f.alternate() => write!(f, "values:{low}..{high}"),
            Self::Tempo { first_bpm } if f.alternate() => write!(f, "tempo:{first_bpm}"),
            _ => f.pad(self.name()),
        }
    }
}

/// Reads a kind as `{:#}` writes it: `tags`, `events`, `classes`, `values:LOW..HIGH`, `tempo:FIRST_BPM`, `pitch` or
/// `embedding`.
impl FromStr for Kind {
    type Err = ModelError;

    fn from_str(text: &str) -> Result<Self, ModelError> {
        let (name, data) = text.split_once(':').map_or((text, None), |(name, data)| (name, Some(data)));
        let kind = match (name, data) {
            ("tags", None) => Some(Self::Tags),
            ("events", None) => Some(Self::Events),
            ("classes", None) => Some(Self::Classes),
            ("pitch", None) => Some(Self::Pitch),
            ("embedding", None) => Some(Self::Embedding),
            ("tempo", Some(first)) => first.parse().ok().map(|first_bpm| Self::Tempo { first_bpm }),
            ("values", Some(scale)) => scale.split_once("..").and_then(|(low, high)| {
                let (low, high) = (low.parse::<f32>().ok()?, high.parse::<f32>().ok()?);
                (low.is_finite() && high.is_finite() && low < high).then_some(Self::Values { low, high })
            }),
            _ => None,
        };
        kind.ok_or_else(|| DspError::Name { what: "kind", expected: KINDS.to_owned(), got: text.to_owned() }.into())
    }
}

impl Layout {
    /// All layouts.
    pub const ALL: [Self; 2] = [Self::FramesBands, Self::BandsFrames];

    /// Returns the name used in cards.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FramesBands => "frames-bands",
            Self::BandsFrames => "bands-frames",
        }
    }
}

/// Writes the [name](Layout::name).
impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Reads the name of one of [`Layout::ALL`].
impl FromStr for Layout {
    type Err = ModelError;

    fn from_str(name: &str) -> Result<Self, ModelError> {
        Self::ALL.into_iter().find(|layout| layout.name() == name).ok_or_else(|| {
            let expected = Self::ALL.map(Self::name).join(", ");
            DspError::Name { what: "layout", expected, got: name.to_owned() }.into()
        })
    }
}

#[cfg(test)]
mod tests {
    use earmark_dsp::{FrontEnd, SampleRate};
    use serde::{Deserialize, Serialize};

    use super::*;

    #[test]
    fn layout_as_text_is_read_back_and_is_that_of_cards() {
        for layout in Layout::ALL {
            assert_eq!(layout.to_string().parse(), Ok(layout));
            assert_eq!(serde_json::to_string(&layout).unwrap(), format!("\"{layout}\""));
        }
        let error = "sideways".parse::<Layout>().unwrap_err().to_string();
        assert!(error.ends_with("expected one of frames-bands, bands-frames, got `sideways`)"), "{error}");
        assert_eq!(Kind::Tempo { first_bpm: 30 }.to_string(), "tempo");
    }

    #[test]
    fn kind_as_text_is_read_back() {
        let with_data = [Kind::Values { low: -1.5, high: 9.0 }, Kind::Tempo { first_bpm: 30 }];
        let plain = [Kind::Tags, Kind::Events, Kind::Classes, Kind::Pitch, Kind::Embedding];
        for kind in plain.into_iter().chain(with_data) {
            assert_eq!(format!("{kind:#}").parse(), Ok(kind));
        }
        assert_eq!(format!("{:#}", with_data[0]), "values:-1.5..9");
        for damaged in
            ["", "tag", "tags:1", "tempo", "tempo:-3", "tempo:70000", "values:2..1", "values:0..NaN", "values:1"]
        {
            let error = damaged.parse::<Kind>().unwrap_err().to_string();
            assert!(error.contains(KINDS) && error.ends_with(&format!("got `{damaged}`)")), "{error}");
        }
    }

    #[test]
    fn settings_of_a_program_as_json_are_read_back() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Settings {
            rate: SampleRate,
            front_end: FrontEnd,
            kinds: [Kind; 3],
        }
        let kinds = [Kind::Tags, Kind::Tempo { first_bpm: 30 }, Kind::Values { low: 0.0, high: 1.5 }];
        let settings = Settings { rate: SampleRate::HZ_48000, front_end: FrontEnd::MusiCnn, kinds };
        let text = serde_json::to_string(&settings).unwrap();
        let expected = r#"{"rate":48000.0,"front_end":"musicnn","kinds":["tags",{"tempo":{"first_bpm":30}},{"values":{"low":0.0,"high":1.5}}]}"#;
        assert_eq!(text, expected);
        assert_eq!(serde_json::from_str::<Settings>(&text).unwrap(), settings);
        for (from, to, expected) in [("48000.0", "10", "got 10 Hz"), ("musicnn", "mp3", "got `mp3`")] {
            let error = serde_json::from_str::<Settings>(&text.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let described = "[front_end]\nfeatures = \"samples\"\nsample_rate = 16000\nlen = 9\nhop = 1\n";
        let described = crate::Card::front_end_from_toml(described).unwrap();
        assert!(serde_json::to_string(&described).unwrap_err().to_string().contains("no name of its own"));
    }
}
