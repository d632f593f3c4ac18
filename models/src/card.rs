//! Model cards: everything about a model except its weights.

use earmark_dsp::FrontEnd;
use serde::{Deserialize, Serialize};

mod builder;
mod error;
mod file;
mod front_end_table;
mod labelled;
mod limits;
mod names;
mod output_rows;

pub use self::builder::CardBuilder;
pub use self::error::CardError;
pub use self::output_rows::OutputRows;

/// Window of a classifier of descriptors, in frames of [`FrontEnd::MusiCnn`]: 30 s.
const WINDOW_FRAMES: usize = 1875;
/// Frames between two predictions of a classifier of descriptors: 1 s.
const WINDOW_HOP_FRAMES: usize = 62;

/// Kind of a model: the meaning of its outputs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Each class is a tag with an independent probability.
    Tags,
    /// Each class is a sound event with an independent probability.
    Events,
    /// The classes exclude each other: a mood and its opposite, genres, voice or instrumental.
    Classes,
    /// Each class is a quantity on a scale.
    Values {
        /// Lower end of the scale.
        low: f32,
        /// Upper end of the scale. Outputs can exceed both ends.
        high: f32,
    },
    /// Class `i` is `first_bpm + i` beats per minute; the probabilities sum to 1.
    Tempo {
        /// Tempo of class 0, in beats per minute.
        first_bpm: u16,
    },
    /// Classes are the pitch bins of CREPE (see [`pitch`](crate::pitch)).
    Pitch,
    /// There are no classes, only an embedding for heads.
    Embedding,
}

impl Kind {
    /// Returns the name used in cards and reports.
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

    /// Whether the model predicts a tempo.
    #[must_use]
    pub const fn is_tempo(self) -> bool {
        matches!(self, Self::Tempo { .. })
    }

    /// Whether the classes have labels.
    #[must_use]
    pub const fn has_labels(self) -> bool {
        matches!(self, Self::Tags | Self::Events | Self::Classes | Self::Values { .. })
    }
}

/// Memory layout of a patch in the network's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// Frame by frame, as patches are generated; frames with several rows are stored row by row.
    FramesBands,
    /// Band by band.
    BandsFrames,
}

/// Normalization of a whole patch before the network runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalisation {
    /// No normalization.
    None,
    /// The patch minus its mean, divided by its (population) standard deviation. A constant patch becomes 0.
    Standard,
    /// The patch divided by its maximum, if that is above 0.
    Max,
    /// Decibels relative to the maximum of the patch.
    Decibels(DecibelScale),
}

/// Normalization of a patch on a logarithmic scale: `(max(x - maximum of the patch, -range) + add) * multiply`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecibelScale {
    /// Distance of the least value to the maximum.
    pub range: f32,
    /// Number added afterwards.
    #[serde(default)]
    pub add: f32,
    /// Factor after the addition.
    #[serde(default = "one")]
    pub multiply: f32,
}

fn one() -> f32 {
    1.0
}

/// File from which the weights of a model were converted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Name of the file.
    pub file: String,
    /// SHA-256 of the file, in lower-case hexadecimal.
    pub sha256: String,
}

/// Card of a model, stored next to the weights in `<id>.toml`.
///
/// The front end, patch length and hop of a head are those of its base model, whose embedding it takes. Those of a
/// classifier of descriptors stand for its window of 30 s and its rate of one prediction per second.
///
/// A program creates the card of its own model with [`Card::builder`].
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// Id of the model.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Meaning of the outputs.
    pub kind: Kind,
    /// Id of the base model of a head, as its publisher wrote it (see [`family`]); none for a model that takes patches.
    pub head_of: Option<String>,
    /// Id of the tagger whose activations are the input, if the readings are derived from them by stated weights. It is
    /// also the base model.
    pub derived_from: Option<String>,
    /// Whether the input is the descriptors of a track or a window, instead of patches: a Gaia classifier.
    pub takes_descriptors: bool,
    /// Front end of the input features.
    pub front_end: FrontEnd,
    /// Frames per patch.
    pub patch_frames: usize,
    /// Default hop for files: frames from one patch to the next.
    pub hop_frames: usize,
    /// Shape of the network's input, including the batch of 1.
    pub input: Vec<usize>,
    /// Shapes of the tensors that the network carries from patch to patch: its inputs `state_0`, `state_1` and so on,
    /// with the outputs `state_0_next` and so on.
    pub states: Vec<Vec<usize>>,
    /// Number of consecutive embeddings that a head takes; 1 for all other models.
    pub input_embeddings: usize,
    /// Number of embeddings from one input of a head to the next.
    pub hop_embeddings: usize,
    /// Memory layout of a patch in the input.
    pub layout: Layout,
    /// Normalization of a patch before inference.
    pub normalisation: Normalisation,
    /// Number of values of the embedding (of one row); none if the model has no embedding.
    pub embedding: Option<usize>,
    /// Rows of the outputs, if a patch gives several in order of time; none for one row.
    pub output_rows: Option<OutputRows>,
    /// Number of classes; 0 for a model that outputs only an embedding.
    pub classes: usize,
    /// Labels of the classes; empty for tempo and pitch.
    pub labels: Vec<String>,
    /// Index of the positive class of a binary classifier ("happy", not "not happy"), if there is one.
    pub positive_class: Option<usize>,
    /// SPDX identifier of the licence of the weights.
    pub licence: String,
    /// Publication of the weights (URL).
    pub source: String,
    /// Paper to cite.
    pub citation: String,
    /// Description in one or two sentences.
    pub description: String,
    /// SHA-256 of the ONNX file, in lower-case hexadecimal.
    pub sha256: String,
    /// Source file of a model that the user added.
    pub origin: Option<Origin>,
    /// Corrections made to the published description, and unknown facts.
    pub notes: Vec<String>,
    /// Properties of a model that the user added that neither its description nor its content determines, with the
    /// assumed value, one sentence each.
    pub assumed: Vec<String>,
}

impl Card {
    /// Creates the card of a classifier of descriptors that takes `dimensions` numbers. The texts are empty.
    #[must_use]
    pub fn descriptor_classifier(id: impl Into<String>, labels: Vec<String>, dimensions: usize) -> Self {
        Self {
            takes_descriptors: true,
            patch_frames: WINDOW_FRAMES,
            hop_frames: WINDOW_HOP_FRAMES,
            input: vec![1, dimensions],
            classes: labels.len(),
            labels,
            ..Self::blank(id.into(), Kind::Classes, FrontEnd::MusiCnn)
        }
    }

    /// Returns a card without patches, input and classes; its name is the id, and all other texts are empty.
    fn blank(id: String, kind: Kind, front_end: FrontEnd) -> Self {
        Self {
            name: id.clone(),
            id,
            kind,
            head_of: None,
            derived_from: None,
            takes_descriptors: false,
            front_end,
            patch_frames: 0,
            hop_frames: 0,
            input: Vec::new(),
            states: Vec::new(),
            input_embeddings: 1,
            hop_embeddings: 1,
            layout: Layout::FramesBands,
            normalisation: Normalisation::None,
            embedding: None,
            output_rows: None,
            classes: 0,
            labels: Vec::new(),
            positive_class: None,
            licence: String::new(),
            source: String::new(),
            citation: String::new(),
            description: String::new(),
            sha256: String::new(),
            origin: None,
            notes: Vec::new(),
            assumed: Vec::new(),
        }
    }

    /// Returns the first of the card's hashes that is no SHA-256 in lower-case hexadecimal, if there is one.
    fn malformed_hash(&self) -> Option<&str> {
        let is_hash = |text: &str| text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let origin = self.origin.as_ref().map(|origin| &origin.sha256);
        std::iter::once(&self.sha256).chain(origin).map(String::as_str).find(|hash| !is_hash(hash))
    }

    /// Whether the model outputs the embedding for a head whose card names the base model `of`.
    #[must_use]
    pub fn is_base_of(&self, of: &str) -> bool {
        self.embedding.is_some() && family(&self.id) == family(of)
    }

    /// Whether every patch of a stream must run at the hop of the card: the network carries a state, its rows follow each
    /// other, or it takes several embeddings.
    #[must_use]
    pub fn has_fixed_hop(&self) -> bool {
        !self.states.is_empty() || self.output_rows.is_some() || self.input_embeddings > 1
    }

    /// Returns the number of values of one embedding that a head takes.
    #[must_use]
    pub fn embedding_width(&self) -> usize {
        self.input.iter().product::<usize>() / self.input_embeddings.max(1)
    }

    /// Returns the hop in frames, at least 1, with which the model gives about `rate_hz` predictions per second.
    #[must_use]
    pub fn hop_frames_at(&self, rate_hz: f64) -> usize {
        let frames_per_second = self.front_end.rate().hz() / self.front_end.hop() as f64;
        // Rounding changes the hop by at most half a frame.
        ((frames_per_second / rate_hz).round() as usize).max(1)
    }

    /// Returns the duration of one patch, in seconds.
    #[must_use]
    pub fn context_s(&self) -> f64 {
        (self.patch_frames * self.front_end.hop()) as f64 / self.front_end.rate().hz()
    }

    /// Returns the least duration of a stream with one patch, in seconds: the last frames may extend beyond its end.
    #[must_use]
    pub fn min_duration_s(&self) -> f64 {
        self.front_end.rate().seconds(self.front_end.samples_for(self.patch_frames))
    }
}

/// Returns the family of a model id: the id without version and batch size. Models of one family output the same
/// embedding.
///
/// Essentia publishes a network as `discogs-effnet-bs64-1`, `discogs-effnet-bsdynamic-1` and so on, and the card of a
/// head names one of them.
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

    fn builtin() -> &'static str {
        zoo::ENTRIES[0].card
    }

    #[test]
    fn every_builtin_card_is_valid() {
        for entry in zoo::ENTRIES {
            let card = Card::from_toml(entry.card).unwrap();
            assert!(
                card.min_duration_s() <= card.context_s() && card.min_duration_s() > 0.9 * card.context_s(),
                "{}",
                card.id
            );
            assert!(!card.licence.is_empty() && !card.source.is_empty() && !card.citation.is_empty(), "{}", card.id);
        }
    }

    #[test]
    fn invalid_card_is_rejected_with_expected_and_actual_value() {
        let cases = [
            (
                "front_end = \"musicnn\"",
                "front_end = \"mp3\"",
                "openl3-mel256, crepe, log-mel128, or a table, got `mp3`",
            ),
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
                "kind = \"tags\"\npositive_class = \"loud\"",
                "positive_class: expected one of the labels, got `loud`",
            ),
            ("kind = \"tags\"", "kind = \"tags\"\nhead_of = \"msd-musicnn\"", "front_end: expected none"),
            ("kind = \"tags\"", "kind = \"tags\"\ncolour = 1", "colour"),
            ("sha256 = \"", "sha256 = \"X", "64 lower-case"),
            ("hop_frames = 93\n", "", "hop_frames"),
            ("hop_frames = 93", "hop_frames = 99999999", "hop_frames: expected at most 16777216, got 99999999"),
            ("input = [1, 187, 96]", "input = [4294967296, 4294967296]", "input: expected at most 67108864"),
            (
                "front_end = \"musicnn\"",
                "front_end = { features = \"samples\", sample_rate = 16000, hop = 1 }",
                "front_end: missing field `len`",
            ),
            (
                "front_end = \"musicnn\"",
                "front_end = { features = \"samples\", sample_rate = 16000, len = 9, hop = 1, bands = 3 }",
                "front_end: bands: expected none with these `features`",
            ),
            (
                "patch_frames = 187",
                "patch_frames = 187\noutput_rows = { count = 9, hop = 1, skip_first = 9 }",
                "output_rows: expected more than the 9 rows that are skipped, got 9",
            ),
            (
                "patch_frames = 187",
                "patch_frames = 187\nstates = [[2, 0]]",
                "states: expected shapes with at least one",
            ),
            ("patch_frames = 187", "patch_frames = 187\ninput_embeddings = 2", "input_embeddings: expected none"),
            ("id = ", "id: ", ""),
        ];
        for (from, to, expected) in cases {
            assert!(builtin().contains(from), "`{from}` is in the card");
            let error = Card::from_toml(&builtin().replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(expected) && !error.contains('\n'), "{to}: {error}");
        }
    }

    #[test]
    fn classifier_of_descriptors_has_a_window_of_30_s_and_no_keys_of_patches() {
        let classifier = "id = \"mood_sad\"\nname = \"Sad\"\nkind = \"classes\"\nfeatures = \"descriptors\"\ninput = [1, 469]\n\
                          labels = [\"not_sad\", \"sad\"]\nlicence = \"\"\nsource = \"\"\ncitation = \"\"\ndescription = \"\"\n"
            .to_owned()
            + &format!("sha256 = \"{}\"\n", "0a".repeat(32));
        let card = Card::from_toml(&classifier).unwrap();
        assert!(card.takes_descriptors && card.context_s() == 30.0, "{card:?}");
        assert_eq!(Card::from_toml(&card.to_toml()).unwrap(), card);
        for (from, to, expected) in [
            ("input", "hop_frames = 1\ninput", "hop_frames: expected none in a classifier of descriptors"),
            ("input", "head_of = \"msd-musicnn\"\ninput", "head_of: expected none with `features`"),
            ("\"classes\"", "\"tags\"", "kind: expected `classes`"),
            ("\"descriptors\"", "\"scents\"", "scents"),
        ] {
            let error = Card::from_toml(&classifier.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(expected), "{to}: {error}");
        }
    }

    #[test]
    fn head_has_the_patches_of_its_base_and_is_rejected_without_it() {
        let base = Card::from_toml(builtin()).unwrap();
        let head = "id = \"mood_sad-msd-musicnn-1\"\nname = \"Sad\"\nkind = \"classes\"\nhead_of = \"msd-musicnn-1\"\n\
                    input = [1, 200]\nlabels = [\"non_sad\", \"sad\"]\npositive_class = \"sad\"\nlicence = \"\"\nsource = \"\"\n\
                    citation = \"\"\ndescription = \"\"\n"
            .to_owned()
            + &format!("sha256 = \"{}\"\n", base.sha256);
        let card = Card::from_toml_with(&head, |id| (family(id) == family(&base.id)).then_some(&base)).unwrap();
        assert_eq!((card.positive_class, card.classes, card.patch_frames), (Some(1), 2, 187));
        let written = card.to_toml();
        assert!(written.contains("\npositive_class = \"sad\"\n"), "{written}");
        assert_eq!(Card::from_toml_with(&written, |_| Some(&base)).unwrap(), card);
        let earlier = written.replace("positive_class = ", "positive = ");
        assert_eq!(Card::from_toml_with(&earlier, |_| Some(&base)).unwrap(), card);
        let error = Card::from_toml(&head).unwrap_err().to_string();
        assert!(error.contains("`msd-musicnn-1`"), "{error}");
    }

    #[test]
    fn head_on_embedding_of_another_width_returns_width_error_with_both_numbers() {
        let base = Card::from_toml(builtin()).unwrap();
        let head = "id = \"mood_sad-msd-musicnn-1\"\nname = \"Sad\"\nkind = \"classes\"\nhead_of = \"msd-musicnn-1\"\n\
                    input = [1, 1280]\nlabels = [\"non_sad\", \"sad\"]\nlicence = \"\"\nsource = \"\"\ncitation = \"\"\n\
                    description = \"\"\n"
            .to_owned()
            + &format!("sha256 = \"{}\"\n", base.sha256);
        let error = Card::from_toml_with(&head, |_| Some(&base)).unwrap_err();
        let expected = ModelError::EmbeddingWidth {
            id: "mood_sad-msd-musicnn-1".into(),
            base: "msd-musicnn".into(),
            expected: 1280,
            got: 200,
        };
        assert_eq!(error, expected);
        let error = error.to_string();
        assert!(error.ends_with("embedding of `msd-musicnn` (expected 1280 values, got 200)"), "{error}");
    }

    #[test]
    fn written_card_reads_back_equal() {
        for entry in zoo::ENTRIES {
            let card = Card::from_toml(entry.card).unwrap();
            assert_eq!(Card::from_toml(&card.to_toml()).unwrap(), card);
        }
    }

    #[test]
    fn family_is_the_id_without_version_and_batch_size() {
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
    fn damaged_cards_are_read_or_rejected() {
        let base = Card::from_toml(builtin()).unwrap();
        let mut state = 1_u64;
        let mut random = move |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        let (mut read, mut refused) = (0, 0);
        for _ in 0..10_000 {
            let mut bytes = builtin().as_bytes().to_vec();
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
                Err(ModelError::Card { .. } | ModelError::EmbeddingWidth { .. }) => refused += 1,
                Err(error) => panic!("expected an error of the card, got {error}"),
            }
        }
        assert!(read > 100 && refused > 1_000, "{read} read, {refused} refused");
    }
}
