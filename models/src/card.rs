//! What a model is: everything about it but the weights.

use earmark_dsp::FrontEnd;
use serde::{Deserialize, Serialize};

mod file;

/// What a model's answers mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Each class is a tag with a probability of its own.
    Tags,
    /// Each class is something that happens, with a probability of its own: sounds rather than properties of music.
    Events,
    /// The classes exclude each other: moods and their opposites, genres, voice or none.
    Classes,
    /// Each class is a quantity on a scale.
    Values {
        /// The lowest that is meant.
        low: f32,
        /// The highest. Networks answer beyond both now and then.
        high: f32,
    },
    /// Class `i` is `first_bpm + i` beats per minute; together the probabilities are 1.
    Tempo {
        /// Tempo of class 0.
        first_bpm: u16,
    },
    /// Classes are pitches, as CREPE has them (see [`pitch`](crate::pitch)).
    Pitch,
    /// Nothing is named: there is an embedding, for heads.
    Embedding,
}

impl Kind {
    /// The name in cards and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tags => "tags",
            Self::Events => "events",
            Self::Classes => "classes",
            Self::Values { .. } => "values",
            Self::Tempo { .. } => "tempo",
            Self::Pitch => "pitch",
            Self::Embedding => "embedding",
        }
    }

    /// Whether it is a tempo.
    #[must_use]
    pub const fn is_tempo(self) -> bool {
        matches!(self, Self::Tempo { .. })
    }

    /// Whether its classes have labels.
    #[must_use]
    pub const fn has_labels(self) -> bool {
        matches!(self, Self::Tags | Self::Events | Self::Classes | Self::Values { .. })
    }
}

/// How a patch lies in the network's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// Frame after frame, as patches come; of frames with several rows, row after row.
    FramesBands,
    /// Band after band.
    BandsFrames,
}

/// What happens to a patch as a whole before the network sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalisation {
    /// Nothing.
    None,
    /// Its mean is taken off, then it is divided by its (population) standard deviation. A constant patch becomes 0.
    Standard,
    /// It is divided by its largest value, if that is above 0.
    Max,
}

/// The file that a model was made from, where it was not made from a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Its name.
    pub file: String,
    /// Its hash, in lower-case hexadecimal.
    pub sha256: String,
}

/// A model's card, as it lies beside the weights in `<id>.toml`.
///
/// A head's front-end, patch and hop are those of the model whose embedding it takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// Name by which it is asked for.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// What its classes mean.
    pub kind: Kind,
    /// Id of the model whose embedding it takes, as its maker wrote it; none of a model that takes patches. See
    /// [`family`].
    pub head_of: Option<String>,
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
    /// Number of its classes; 0 of a model that only gives an embedding.
    pub classes: usize,
    /// Names of the classes; empty of tempi and pitches.
    pub labels: Vec<String>,
    /// Which class is the one that the model is asked about ("happy", not "not happy"), if there is such a one.
    pub positive: Option<usize>,
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
    /// What it was made from, if somebody brought it.
    pub origin: Option<Origin>,
    /// What was found wrong in what came with it, and put right; and what is not known.
    pub notes: Vec<String>,
}

impl Card {
    /// Whether it gives the embedding that a head takes whose maker calls its model `of`.
    #[must_use]
    pub fn is_base_of(&self, of: &str) -> bool {
        self.embedding.is_some() && family(&self.id) == family(of)
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
}

/// What models have in common that give the same embedding: the id without the version and the size of the batch.
///
/// Essentia publishes a network as `discogs-effnet-bs64-1`, `discogs-effnet-bsdynamic-1` and so on, and a head names one
/// of them.
#[must_use]
pub fn family(id: &str) -> &str {
    let without =
        |id: &'_ str, is: fn(&str) -> bool| id.rsplit_once('-').filter(|(_, last)| is(last)).map(|(id, _)| id.len());
    let is_version = |last: &str| !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit());
    let is_batch = |last: &str| {
        last.strip_prefix("bs").is_some_and(|size| size == "dynamic" || size.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let id = without(id, is_version).map_or(id, |len| &id[..len]);
    without(id, is_batch).map_or(id, |len| &id[..len])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ModelError, zoo};

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
            ("front_end = \"musicnn\"", "front_end = \"mp3\"", "openl3-mel256, crepe, log-mel128, got `mp3`"),
            ("patch_frames = 187", "patch_frames = 0", "patch_frames: expected at least 1, got 0"),
            ("patch_frames = 187", "patch_frames = 188", "input: expected [188, 96] and axes of 1, got [1, 187, 96]"),
            ("layout = \"frames-bands\"", "layout = \"bands-frames\"", "expected [96, 187]"),
            ("layout = \"frames-bands\"", "layout = \"sideways\"", "sideways"),
            ("kind = \"tags\"", "kind = \"tempo\"", "expected first_bpm and classes"),
            ("kind = \"tags\"", "kind = \"tags\"\nfirst_bpm = 30", "expected labels"),
            ("kind = \"tags\"", "kind = \"values\"", "expected low and high"),
            ("kind = \"tags\"", "kind = \"embedding\"", "expected an embedding and no labels"),
            (
                "kind = \"tags\"",
                "kind = \"tags\"\npositive = \"loud\"",
                "positive: expected one of the labels, got `loud`",
            ),
            ("kind = \"tags\"", "kind = \"tags\"\nhead_of = \"msd-musicnn\"", "front_end: expected none"),
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

    #[test]
    fn a_head_has_the_patches_of_its_model_and_is_refused_without_it() {
        let base = Card::from_toml(shipped()).unwrap();
        let head = "id = \"mood_sad-msd-musicnn-1\"\nname = \"Sad\"\nkind = \"classes\"\nhead_of = \"msd-musicnn-1\"\n\
                    input = [1, 200]\nlabels = [\"non_sad\", \"sad\"]\npositive = \"sad\"\nlicence = \"\"\nsource = \"\"\n\
                    citation = \"\"\ndescription = \"\"\n"
            .to_owned()
            + &format!("sha256 = \"{}\"\n", base.sha256);
        let card = Card::from_toml_with(&head, |id| (family(id) == family(&base.id)).then_some(&base)).unwrap();
        assert_eq!((card.positive, card.classes, card.patch_frames), (Some(1), 2, 187));
        assert_eq!(Card::from_toml_with(&card.to_toml(), |_| Some(&base)).unwrap(), card);
        let error = Card::from_toml(&head).unwrap_err().to_string();
        assert!(error.contains("`msd-musicnn-1`"), "{error}");
    }

    #[test]
    fn head_on_embedding_of_another_width_returns_width_error_with_both_numbers() {
        let base = Card::from_toml(shipped()).unwrap();
        let head = "id = \"mood_sad-msd-musicnn-1\"\nname = \"Sad\"\nkind = \"classes\"\nhead_of = \"msd-musicnn-1\"\n\
                    input = [1, 1280]\nlabels = [\"non_sad\", \"sad\"]\nlicence = \"\"\nsource = \"\"\ncitation = \"\"\n\
                    description = \"\"\n"
            .to_owned()
            + &format!("sha256 = \"{}\"\n", base.sha256);
        let error = Card::from_toml_with(&head, |_| Some(&base)).unwrap_err();
        let expected = ModelError::Width {
            id: "mood_sad-msd-musicnn-1".into(),
            base: "msd-musicnn".into(),
            expected: 1280,
            got: 200,
        };
        assert_eq!(error, expected);
        let error = error.to_string();
        assert!(error.ends_with("embedding of `msd-musicnn`: expected 1280 values, got 200"), "{error}");
    }

    #[test]
    fn what_is_written_is_what_was_read() {
        for entry in zoo::ENTRIES {
            let card = Card::from_toml(entry.card).unwrap();
            assert_eq!(Card::from_toml(&card.to_toml()).unwrap(), card);
        }
    }

    #[test]
    fn a_family_is_an_id_without_version_and_batch() {
        let cases = [
            ("discogs-effnet-bs64-1", "discogs-effnet"),
            ("discogs-effnet-bsdynamic-1", "discogs-effnet"),
            ("msd-musicnn", "msd-musicnn"),
            ("msd-musicnn-1", "msd-musicnn"),
            ("discogs-maest-30s-pw-2", "discogs-maest-30s-pw"),
            ("", ""),
        ];
        for (id, expected) in cases {
            assert_eq!(family(id), expected);
        }
    }

    #[test]
    fn ten_thousand_damaged_cards_are_read_or_refused() {
        let base = Card::from_toml(shipped()).unwrap();
        let mut state = 1_u64;
        let mut random = move |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        let (mut read, mut refused) = (0, 0);
        for _ in 0..10_000 {
            let mut bytes = shipped().as_bytes().to_vec();
            for _ in 0..=random(4) {
                let at = random(bytes.len());
                match random(4) {
                    0 => bytes[at] = random(256) as u8,
                    1 => bytes.truncate(at.max(1)),
                    2 => bytes.insert(at, b"[]=\"\n#0-_"[random(9)]),
                    _ => drop(bytes.remove(at)),
                }
                if bytes.len() < 2 {
                    break;
                }
            }
            match Card::from_toml_with(&String::from_utf8_lossy(&bytes), |_| Some(&base)) {
                Ok(card) => {
                    assert!(card.patch_frames > 0 && card.hop_frames > 0 && card.sha256.len() == 64);
                    read += 1;
                }
                Err(ModelError::Card { .. } | ModelError::Width { .. }) => refused += 1,
                Err(error) => panic!("expected an error of the card, got {error}"),
            }
        }
        assert!(read > 100 && refused > 1_000, "{read} read, {refused} refused");
    }
}
