//! What a model is: everything about it but the weights.

use earmark_dsp::FrontEnd;
use serde::Deserialize;

use crate::ModelError;

/// What the classes of a model mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Each class is a tag with a probability of its own.
    Tags,
    /// Class `i` is `first_bpm + i` beats per minute; together the probabilities are 1.
    Tempo {
        /// Tempo of class 0.
        first_bpm: u16,
    },
}

/// How a patch lies in the network's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// Frame after frame, as patches come.
    FramesBands,
    /// Band after band.
    BandsFrames,
}

/// What happens to a patch as a whole before the network sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalisation {
    /// Nothing.
    None,
    /// Its mean is taken off, then it is divided by its (population) standard deviation. A constant patch becomes 0.
    Standard,
    /// It is divided by its largest value, if that is above 0.
    Max,
}

/// A model's card, as it lies beside the weights in `<id>.toml`.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// Name by which it is asked for.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// What its classes mean.
    pub kind: Kind,
    /// The features it takes.
    pub front_end: FrontEnd,
    /// Frames in a patch.
    pub patch_frames: usize,
    /// Frames from one patch to the next, for files.
    pub hop_frames: usize,
    /// Shape of the network's input, with a batch of 1.
    pub input: Vec<usize>,
    /// How a patch lies in it.
    pub layout: Layout,
    /// What happens to a patch before.
    pub normalisation: Normalisation,
    /// Width of the embedding, if it gives one.
    pub embedding: Option<usize>,
    /// Number of its classes.
    pub classes: usize,
    /// Names of the tags; empty for a tempo.
    pub labels: Vec<String>,
    /// SPDX name of the weights' licence.
    pub licence: String,
    /// Where the weights were published.
    pub source: String,
    /// The paper to cite.
    pub citation: String,
    /// A sentence or two.
    pub description: String,
    /// Hash of the ONNX file, in lower-case hexadecimal.
    pub sha256: String,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    name: String,
    kind: KindName,
    front_end: String,
    patch_frames: usize,
    hop_frames: usize,
    input: Vec<usize>,
    layout: Layout,
    normalisation: Normalisation,
    embedding: Option<usize>,
    first_bpm: Option<u16>,
    classes: Option<usize>,
    #[serde(default)]
    labels: Vec<String>,
    licence: String,
    source: String,
    citation: String,
    description: String,
    sha256: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum KindName {
    Tags,
    Tempo,
}

impl Card {
    /// Reads a card.
    ///
    /// # Errors
    /// [`ModelError::Card`] when a key is missing, unknown or contradicts another.
    pub fn from_toml(text: &str) -> Result<Self, ModelError> {
        let file: File = toml::from_str(text).map_err(|error| ModelError::Card {
            id: String::new(),
            why: error.to_string().trim_end().replace('\n', " "),
        })?;
        let id = file.id.clone();
        Self::check(file).map_err(|why| ModelError::Card { id, why })
    }

    /// Seconds of audio that one patch spans.
    #[must_use]
    pub fn context_s(&self) -> f64 {
        (self.patch_frames * self.front_end.hop()) as f64 / self.front_end.rate().hz()
    }

    /// The shortest stream that holds one patch, in seconds: the last frames may reach beyond its end.
    #[must_use]
    pub fn need_s(&self) -> f64 {
        self.front_end.rate().seconds(self.front_end.samples_for(self.patch_frames))
    }

    fn check(file: File) -> Result<Self, String> {
        let front_end = FrontEnd::from_name(&file.front_end).ok_or_else(|| {
            let known = FrontEnd::ALL.map(FrontEnd::name).join(", ");
            format!("front_end: expected one of {known}, got `{}`", file.front_end)
        })?;
        for (what, got) in [("patch_frames", file.patch_frames), ("hop_frames", file.hop_frames)] {
            if got == 0 {
                return Err(format!("{what}: expected at least 1, got 0"));
            }
        }
        let sides = match file.layout {
            Layout::FramesBands => [file.patch_frames, front_end.bands()],
            Layout::BandsFrames => [front_end.bands(), file.patch_frames],
        };
        // Batch and channel are axes of 1.
        if !file.input.iter().filter(|&&side| side != 1).eq(sides.iter().filter(|&&side| side != 1)) {
            return Err(format!("input: expected {sides:?} and axes of 1, got {:?}", file.input));
        }
        let (kind, classes) = match (file.kind, file.first_bpm, file.classes) {
            (KindName::Tags, None, None) => (Kind::Tags, file.labels.len()),
            (KindName::Tags, ..) => return Err("tags: expected labels, got first_bpm or classes".into()),
            (KindName::Tempo, Some(first_bpm), Some(classes)) if file.labels.is_empty() => {
                (Kind::Tempo { first_bpm }, classes)
            }
            (KindName::Tempo, ..) => return Err("tempo: expected first_bpm and classes, and no labels".into()),
        };
        if classes == 0 {
            return Err("expected at least one class, got none".into());
        }
        if file.sha256.len() != 64 || !file.sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(format!("sha256: expected 64 lower-case hexadecimal digits, got `{}`", file.sha256));
        }
        Ok(Self {
            id: file.id,
            name: file.name,
            kind,
            front_end,
            patch_frames: file.patch_frames,
            hop_frames: file.hop_frames,
            input: file.input,
            layout: file.layout,
            normalisation: file.normalisation,
            embedding: file.embedding,
            classes,
            labels: file.labels,
            licence: file.licence,
            source: file.source,
            citation: file.citation,
            description: file.description,
            sha256: file.sha256,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zoo;

    fn shipped() -> &'static str {
        zoo::ENTRIES[0].card
    }

    #[test]
    fn every_card_that_ships_can_be_read() {
        for entry in zoo::ENTRIES {
            let card = Card::from_toml(entry.card).unwrap();
            assert!(card.need_s() <= card.context_s() && card.need_s() > 0.9 * card.context_s(), "{}", card.id);
            assert!(!card.licence.is_empty() && !card.source.is_empty() && !card.citation.is_empty(), "{}", card.id);
        }
    }

    #[test]
    fn a_wrong_card_is_refused_with_what_was_expected_and_what_came() {
        let cases = [
            ("front_end = \"musicnn\"", "front_end = \"mp3\"", "openl3-mel128, openl3-mel256, crepe, got `mp3`"),
            ("patch_frames = 187", "patch_frames = 0", "patch_frames: expected at least 1, got 0"),
            ("patch_frames = 187", "patch_frames = 188", "input: expected [188, 96] and axes of 1, got [1, 187, 96]"),
            ("layout = \"frames-bands\"", "layout = \"bands-frames\"", "expected [96, 187]"),
            ("layout = \"frames-bands\"", "layout = \"sideways\"", "sideways"),
            ("kind = \"tags\"", "kind = \"tempo\"", "expected first_bpm and classes"),
            ("kind = \"tags\"", "kind = \"tags\"\nfirst_bpm = 30", "expected labels"),
            ("kind = \"tags\"", "kind = \"tags\"\ncolour = 1", "colour"),
            ("sha256 = \"", "sha256 = \"X", "64 lower-case"),
            ("hop_frames = 93\n", "", "hop_frames"),
            ("id = ", "id: ", ""),
        ];
        for (from, to, expected) in cases {
            assert!(shipped().contains(from), "`{from}` is in the card");
            let error = Card::from_toml(&shipped().replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(expected) && !error.contains('\n'), "{to}: {error}");
        }
    }
}
