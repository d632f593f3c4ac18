//! TOML form of a card. Missing, unknown and contradictory keys are errors.

use earmark_dsp::FrontEnd;
use serde::{Deserialize, Serialize};

use super::front_end_table::FrontEndTable;
use super::limits::{MAX_FRAMES, MAX_VALUES, values};
use super::{Card, Kind, Layout, Normalisation, Origin, OutputRows, WINDOW_FRAMES, WINDOW_HOP_FRAMES};
use crate::ModelError;
use crate::error::toml_cause;

/// Card as read from or written to TOML.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CardFile {
    id: String,
    name: String,
    kind: KindName,
    /// Present only in the card of a head.
    #[serde(skip_serializing_if = "Option::is_none")]
    head_of: Option<String>,
    /// Present only in the card of a classifier of descriptors.
    #[serde(skip_serializing_if = "Option::is_none")]
    features: Option<FeaturesName>,
    /// Absent in the card of a head or a classifier of descriptors, as are `patch_frames`, `hop_frames`, `layout`, `normalisation` and `embedding`.
    #[serde(skip_serializing_if = "Option::is_none")]
    front_end: Option<FrontEndKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patch_frames: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hop_frames: Option<usize>,
    input: Vec<usize>,
    /// Present only in the card of a head that takes several embeddings, as is `hop_embeddings`.
    #[serde(skip_serializing_if = "Option::is_none")]
    input_embeddings: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hop_embeddings: Option<usize>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    states: Vec<Vec<usize>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    layout: Option<Layout>,
    #[serde(skip_serializing_if = "Option::is_none")]
    normalisation: Option<Normalisation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    embedding: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_rows: Option<OutputRows>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_bpm: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    classes: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    low: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    high: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(alias = "positive")]
    positive_class: Option<String>,
    licence: String,
    source: String,
    citation: String,
    description: String,
    sha256: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    assumed: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    labels: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<Origin>,
}

/// Front end: its name, or the table that describes it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum FrontEndKey {
    Name(String),
    Table(toml::Table),
}

impl FrontEndKey {
    fn of(front_end: FrontEnd) -> Self {
        match front_end {
            // A table of numbers and names always serializes.
            FrontEnd::Described(described) => {
                Self::Table(toml::Table::try_from(FrontEndTable::from(&described)).unwrap_or_default())
            }
            named => Self::Name(named.name().to_owned()),
        }
    }

    fn front_end(&self) -> Result<FrontEnd, String> {
        match self {
            Self::Name(name) => FrontEnd::from_name(name).ok_or_else(|| {
                let known = FrontEnd::ALL.map(FrontEnd::name).join(", ");
                format!("front_end: expected one of {known}, or a table, got `{name}`")
            }),
            Self::Table(table) => {
                let table: Result<FrontEndTable, _> = table.clone().try_into();
                let table = table.map_err(|error| toml_cause(&error));
                let described = table.and_then(|table| table.front_end());
                described.map(FrontEnd::Described).map_err(|why| format!("front_end: {why}"))
            }
        }
    }
}

fn at_most(what: &str, got: usize, limit: usize) -> Result<(), String> {
    if got <= limit { Ok(()) } else { Err(format!("{what}: expected at most {limit}, got {got}")) }
}

/// Input other than patches and embeddings.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum FeaturesName {
    Descriptors,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum KindName {
    Tags,
    Events,
    Classes,
    Values,
    Tempo,
    Pitch,
    Embedding,
}

/// Keys that describe the patches of a model.
struct PatchTable {
    front_end: FrontEnd,
    patch_frames: usize,
    hop_frames: usize,
    layout: Layout,
    normalisation: Normalisation,
}

impl Card {
    /// Reads the card of a model that takes patches.
    ///
    /// # Errors
    /// [`ModelError::Card`] if a key is missing, unknown or contradicts another, and [`ModelError::MissingBase`] if the
    /// card is that of a head.
    pub fn from_toml(text: &str) -> Result<Self, ModelError> {
        Self::from_toml_with(text, |_| None)
    }

    /// Reads a card; `base` returns the card of the base model of a head.
    ///
    /// # Errors
    /// [`ModelError::Card`] if a key is missing, unknown or contradicts another, [`ModelError::MissingBase`] if `base`
    /// returns none for a head, and [`ModelError::EmbeddingWidth`] with both numbers if the embedding has another width
    /// than the head's input.
    pub fn from_toml_with<'a>(text: &str, base: impl FnOnce(&str) -> Option<&'a Self>) -> Result<Self, ModelError> {
        read(text, base)
    }

    /// Reads the front end of a card, its key or its table `front_end`; `text` has no other keys.
    ///
    /// # Errors
    /// [`ModelError::Card`] if a parameter is missing, unknown or out of range.
    pub fn front_end_from_toml(text: &str) -> Result<FrontEnd, ModelError> {
        #[derive(Deserialize)]
        struct FrontEndOnly {
            front_end: FrontEndKey,
        }
        let wrong = |why: String| ModelError::Card { id: String::new(), why };
        let only: FrontEndOnly = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        only.front_end.front_end().map_err(wrong)
    }

    /// Returns the TOML text that [`Card::from_toml`] reads.
    #[must_use]
    pub fn to_toml(&self) -> String {
        write(self)
    }
}

fn read<'a>(text: &str, base: impl FnOnce(&str) -> Option<&'a Card>) -> Result<Card, ModelError> {
    // Editors on Windows write a byte order mark, which TOML does not have.
    let file: CardFile = toml::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| ModelError::Card { id: String::new(), why: toml_cause(&error) })?;
    let wrong = |why| ModelError::Card { id: file.id.clone(), why };
    file.check_sizes().map_err(wrong)?;
    let takes_descriptors = file.features.is_some();
    let patches = match &file.head_of {
        Some(_) if takes_descriptors => return Err(wrong("head_of: expected none with `features`".into())),
        None if takes_descriptors => file.descriptors().map_err(wrong)?,
        None => file.patches().map_err(wrong)?,
        Some(of) => {
            file.check_no_patches("in a head, which has that of its base model").map_err(wrong)?;
            let base = base(of).ok_or_else(|| ModelError::MissingBase { id: file.id.clone(), base: of.clone() })?;
            file.patches_of(base)?
        }
    };
    let (kind, classes) = file.kind().map_err(wrong)?;
    let positive_class = file.positive_class().map_err(wrong)?;
    let PatchTable { front_end, patch_frames, hop_frames, layout, normalisation } = patches;
    let card = Card {
        id: file.id,
        name: file.name,
        kind,
        head_of: file.head_of,
        derived_from: None,
        takes_descriptors,
        front_end,
        patch_frames,
        hop_frames,
        input: file.input,
        states: file.states,
        input_embeddings: file.input_embeddings.unwrap_or(1),
        hop_embeddings: file.hop_embeddings.unwrap_or(1),
        layout,
        normalisation,
        embedding: file.embedding,
        output_rows: file.output_rows,
        classes,
        labels: file.labels,
        positive_class,
        licence: file.licence,
        source: file.source,
        citation: file.citation,
        description: file.description,
        sha256: file.sha256,
        origin: file.origin,
        notes: file.notes,
        assumed: file.assumed,
    };
    match card.malformed_hash() {
        Some(hash) => {
            let why = format!("sha256: expected 64 lower-case hexadecimal digits, got `{hash}`");
            Err(ModelError::Card { id: card.id.clone(), why })
        }
        None => Ok(card),
    }
}

fn write(card: &Card) -> String {
    let takes_patches = card.head_of.is_none() && !card.takes_descriptors;
    let (mut first_bpm, mut low, mut high) = (None, None, None);
    let kind = match card.kind {
        Kind::Tags => KindName::Tags,
        Kind::Events => KindName::Events,
        Kind::Classes => KindName::Classes,
        Kind::Values { low: least, high: most } => {
            (low, high) = (Some(least), Some(most));
            KindName::Values
        }
        Kind::Tempo { first_bpm: first } => {
            first_bpm = Some(first);
            KindName::Tempo
        }
        Kind::Pitch => KindName::Pitch,
        Kind::Embedding => KindName::Embedding,
    };
    let file = CardFile {
        id: card.id.clone(),
        name: card.name.clone(),
        kind,
        head_of: card.head_of.clone(),
        features: card.takes_descriptors.then_some(FeaturesName::Descriptors),
        front_end: takes_patches.then(|| FrontEndKey::of(card.front_end)),
        patch_frames: takes_patches.then_some(card.patch_frames),
        hop_frames: takes_patches.then_some(card.hop_frames),
        input: card.input.clone(),
        input_embeddings: (card.input_embeddings != 1).then_some(card.input_embeddings),
        hop_embeddings: (card.hop_embeddings != 1).then_some(card.hop_embeddings),
        states: card.states.clone(),
        layout: takes_patches.then_some(card.layout),
        normalisation: takes_patches.then_some(card.normalisation),
        embedding: card.embedding,
        output_rows: card.output_rows,
        first_bpm,
        classes: card.kind.is_tempo().then_some(card.classes),
        low,
        high,
        positive_class: card.positive_class.and_then(|class| card.labels.get(class).cloned()),
        licence: card.licence.clone(),
        source: card.source.clone(),
        citation: card.citation.clone(),
        description: card.description.clone(),
        sha256: card.sha256.clone(),
        notes: card.notes.clone(),
        assumed: card.assumed.clone(),
        labels: card.labels.clone(),
        origin: card.origin.clone(),
    };
    // Texts, numbers and lists always serialize.
    toml::to_string_pretty(&file).unwrap_or_default()
}

impl CardFile {
    fn patches(&self) -> Result<PatchTable, String> {
        let missing = |what: &str| format!("missing field `{what}`");
        let front_end = self.front_end.as_ref().ok_or_else(|| missing("front_end"))?.front_end()?;
        if self.input_embeddings.is_some() || self.hop_embeddings.is_some() {
            return Err("input_embeddings: expected none in a model that takes patches".into());
        }
        let patch_frames = self.patch_frames.ok_or_else(|| missing("patch_frames"))?;
        let hop_frames = self.hop_frames.ok_or_else(|| missing("hop_frames"))?;
        for (what, got) in [("patch_frames", patch_frames), ("hop_frames", hop_frames)] {
            if got == 0 {
                return Err(format!("{what}: expected at least 1, got 0"));
            }
            at_most(what, got, MAX_FRAMES)?;
        }
        let layout = self.layout.ok_or_else(|| missing("layout"))?;
        let (frames, bands) = (patch_frames * front_end.rows(), front_end.bands() / front_end.rows());
        let sides = match layout {
            Layout::FramesBands => [frames, bands],
            Layout::BandsFrames => [bands, frames],
        };
        // Batch and channel axes have length 1.
        if !self.input.iter().filter(|&&side| side != 1).eq(sides.iter().filter(|&&side| side != 1)) {
            return Err(format!("input: expected {sides:?} and axes of 1, got {:?}", self.input));
        }
        let normalisation = self.normalisation.ok_or_else(|| missing("normalisation"))?;
        Ok(PatchTable { front_end, patch_frames, hop_frames, layout, normalisation })
    }

    /// Returns the window of a classifier of descriptors as a patch, after a check of its keys.
    fn descriptors(&self) -> Result<PatchTable, String> {
        self.check_no_patches("in a classifier of descriptors")?;
        let others = [
            ("embedding", self.embedding.is_some()),
            ("output_rows", self.output_rows.is_some()),
            ("states", !self.states.is_empty()),
            ("input_embeddings", self.input_embeddings.is_some() || self.hop_embeddings.is_some()),
        ];
        if let Some((what, _)) = others.iter().find(|(_, present)| *present) {
            return Err(format!("{what}: expected none in a classifier of descriptors"));
        }
        if !matches!(self.kind, KindName::Classes) {
            return Err("kind: expected `classes` with `features = \"descriptors\"`".into());
        }
        let (layout, normalisation) = (Layout::FramesBands, Normalisation::None);
        let (patch_frames, hop_frames) = (WINDOW_FRAMES, WINDOW_HOP_FRAMES);
        Ok(PatchTable { front_end: FrontEnd::MusiCnn, patch_frames, hop_frames, layout, normalisation })
    }

    /// Returns an error if a card without patches has a key that describes patches.
    fn check_no_patches(&self, place: &str) -> Result<(), String> {
        let present = [
            ("front_end", self.front_end.is_some()),
            ("patch_frames", self.patch_frames.is_some()),
            ("hop_frames", self.hop_frames.is_some()),
            ("layout", self.layout.is_some()),
            ("normalisation", self.normalisation.is_some()),
        ];
        match present.iter().find(|(_, present)| *present) {
            Some((what, _)) => Err(format!("{what}: expected none {place}")),
            None => Ok(()),
        }
    }

    fn patches_of(&self, base: &Card) -> Result<PatchTable, ModelError> {
        let (count, hop) = (self.input_embeddings.unwrap_or(1), self.hop_embeddings.unwrap_or(1));
        let values: usize = self.input.iter().product();
        if count == 0 || hop == 0 || hop > count || !values.is_multiple_of(count) {
            let why = format!(
                "input_embeddings: expected a number that divides the input of {values} values, and hop_embeddings from 1 to \
                 that number, got {count} and {hop}"
            );
            return Err(ModelError::Card { id: self.id.clone(), why });
        }
        let (expected, got) = (values / count, base.embedding.unwrap_or(0));
        if expected != got {
            let (id, base) = (self.id.clone(), base.id.clone());
            return Err(ModelError::EmbeddingWidth { id, base, expected, got });
        }
        // Embeddings are one hop of the base model apart, or the rows of one.
        let rows = base.output_rows.map_or(1, |rows| rows.used().len());
        let front_end = base.front_end;
        let patch_frames = base.patch_frames + ((count - 1) * base.hop_frames).div_ceil(rows);
        let hop_frames = (hop * base.hop_frames).div_ceil(rows);
        let (layout, normalisation) = (Layout::FramesBands, Normalisation::None);
        Ok(PatchTable { front_end, patch_frames, hop_frames, layout, normalisation })
    }

    fn kind(&self) -> Result<(Kind, usize), String> {
        let labels = self.labels.len();
        let numbers = (self.first_bpm, self.classes, self.low, self.high);
        let named = |kind: Kind| match numbers {
            (None, None, None, None) if labels > 0 => Ok((kind, labels)),
            (None, None, None, None) => Err("expected at least one class, got none".to_owned()),
            _ => Err(format!("{}: expected labels, got first_bpm, classes, low or high", kind.name())),
        };
        match self.kind {
            KindName::Tags => named(Kind::Tags),
            KindName::Events => named(Kind::Events),
            KindName::Classes => named(Kind::Classes),
            KindName::Values => match numbers {
                (None, None, Some(low), Some(high)) if labels > 0 && low < high => {
                    Ok((Kind::Values { low, high }, labels))
                }
                _ => Err("values: expected low and high above it, and labels".into()),
            },
            KindName::Tempo => match numbers {
                (Some(first_bpm), Some(classes), None, None) if labels == 0 && classes > 0 => {
                    Ok((Kind::Tempo { first_bpm }, classes))
                }
                (Some(_), Some(0), ..) => Err("expected at least one class, got none".into()),
                _ => Err("tempo: expected first_bpm and classes, and no labels".into()),
            },
            KindName::Pitch => match numbers {
                (None, None, None, None) if labels == 0 => Ok((Kind::Pitch, crate::pitch::BINS)),
                _ => Err("pitch: expected neither labels nor classes".into()),
            },
            KindName::Embedding => match numbers {
                (None, None, None, None) if labels == 0 && self.embedding.is_some() => Ok((Kind::Embedding, 0)),
                _ => Err("embedding: expected an embedding and no labels".into()),
            },
        }
    }

    /// Checks the sizes that decide how much memory a model takes.
    fn check_sizes(&self) -> Result<(), String> {
        if let Some(rows) = &self.output_rows {
            rows.check()?;
        }
        if let Some(width) = self.embedding {
            at_most("embedding", width, MAX_VALUES)?;
        }
        at_most("input", values(&self.input), MAX_VALUES)?;
        for shape in &self.states {
            at_most("states", values(shape), MAX_VALUES)?;
            if values(shape) == 0 {
                return Err(format!("states: expected shapes with at least one value, got {shape:?}"));
            }
        }
        Ok(())
    }

    fn positive_class(&self) -> Result<Option<usize>, String> {
        let Some(positive) = &self.positive_class else { return Ok(None) };
        let place = self.labels.iter().position(|label| label == positive);
        place.map(Some).ok_or_else(|| format!("positive_class: expected one of the labels, got `{positive}`"))
    }
}
