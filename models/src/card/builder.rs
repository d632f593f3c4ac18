//! Builder of cards for models of other programs.

use earmark_dsp::FrontEnd;

use super::limits::{MAX_FRAMES, MAX_VALUES, values};
use crate::{Card, CardError, Kind, Layout, Normalisation, Origin, OutputRows, pitch, sha256};

/// Builder of a [`Card`]. The length of a patch is required, and so are labels or classes if the kind has them.
#[derive(Debug, Clone)]
pub struct CardBuilder {
    card: Card,
    positive_class: Option<String>,
}

impl Card {
    /// Returns a builder for the card of a model that takes patches of `front_end`. The name is the id, the input is
    /// `[1, frames, bands]` in the layout of the card, and the texts are empty.
    #[must_use]
    pub fn builder(id: impl Into<String>, kind: Kind, front_end: FrontEnd) -> CardBuilder {
        let card = Self { sha256: sha256(&[]), ..Self::blank(id.into(), kind, front_end) };
        CardBuilder { card, positive_class: None }
    }
}

/// Writes setters of fields, each with its documentation.
macro_rules! setters {
    ($($(#[$doc:meta])* $field:ident: $type:ty;)*) => {
        impl CardBuilder {
            $($(#[$doc])* #[must_use] pub fn $field(mut self, $field: $type) -> Self {
                self.card.$field = $field.into();
                self
            })*
        }
    };
}

setters! {
    /// Sets the display name (default: the id).
    name: impl Into<String>;
    /// Sets the number of frames per patch.
    patch_frames: usize;
    /// Sets the default hop in frames (default: one patch).
    hop_frames: usize;
    /// Sets the shape of the network's input, including the batch of 1.
    input: impl Into<Vec<usize>>;
    /// Sets the shapes of the tensors that the network carries from patch to patch (default: none).
    states: impl Into<Vec<Vec<usize>>>;
    /// Sets the memory layout of a patch in the input (default: [`Layout::FramesBands`]).
    layout: Layout;
    /// Sets the normalization of a patch (default: [`Normalisation::None`]).
    normalisation: Normalisation;
    /// Sets the width of the embedding (default: none).
    embedding: impl Into<Option<usize>>;
    /// Sets the rows of the outputs (default: one row).
    output_rows: impl Into<Option<OutputRows>>;
    /// Sets the number of classes of a model of tempo. Other kinds have one class per label, or a fixed number.
    classes: usize;
    /// Sets the SPDX identifier of the licence of the weights.
    licence: impl Into<String>;
    /// Sets the publication of the weights (URL).
    source: impl Into<String>;
    /// Sets the paper to cite.
    citation: impl Into<String>;
    /// Sets the description in one or two sentences.
    description: impl Into<String>;
    /// Sets the SHA-256 of the ONNX file in lower-case hexadecimal (default: that of no bytes).
    sha256: impl Into<String>;
    /// Sets the file from which the weights were converted.
    origin: impl Into<Option<Origin>>;
    /// Sets the corrections made to the published description, and unknown facts.
    notes: impl Into<Vec<String>>;
    /// Sets the properties that were assumed, one sentence each.
    assumed: impl Into<Vec<String>>;
}

impl CardBuilder {
    /// Sets the labels of the classes, in the order of the network's outputs.
    #[must_use]
    pub fn labels(mut self, labels: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.card.labels = labels.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the label of the positive class of a binary classifier.
    #[must_use]
    pub fn positive_class(mut self, label: impl Into<String>) -> Self {
        self.positive_class = Some(label.into());
        self
    }

    /// Sets the hash to that of the bytes of an ONNX file, which [`Model::from_onnx`](crate::Model::from_onnx) compares.
    #[must_use]
    pub fn weights(self, onnx: &[u8]) -> Self {
        self.sha256(sha256(onnx))
    }

    /// Makes the model a head on the embedding of the model `base`, of `width` values. Front end, patch and hop are those
    /// of the base model.
    #[must_use]
    pub fn head_of(mut self, base: impl Into<String>, width: usize) -> Self {
        self.card.head_of = Some(base.into());
        self.card.input = vec![1, width];
        self
    }

    /// Returns the card.
    ///
    /// # Errors
    /// A [`CardError`] if a required field is missing, out of range, or contradicts another.
    pub fn build(self) -> Result<Card, CardError> {
        let Self { mut card, positive_class } = self;
        if card.id.is_empty() {
            return Err(CardError::NoId);
        }
        if card.hop_frames == 0 {
            card.hop_frames = card.patch_frames;
        }
        size("patch_frames", card.patch_frames, MAX_FRAMES)?;
        size("hop_frames", card.hop_frames, MAX_FRAMES)?;
        check_input(&mut card)?;
        for shape in &card.states {
            size("states", values(shape), MAX_VALUES)?;
        }
        if let Some(width) = card.embedding {
            size("embedding", width, MAX_VALUES)?;
        }
        if let Some(rows) = &card.output_rows {
            rows.check().map_err(|why| CardError::Rows { why })?;
        }
        card.classes = classes(&card)?;
        if let Some(got) = positive_class {
            let place = card.labels.iter().position(|label| *label == got);
            card.positive_class = Some(place.ok_or(CardError::PositiveClass { got })?);
        }
        match card.malformed_hash() {
            Some(got) => Err(CardError::Hash { got: got.to_owned() }),
            None => Ok(card),
        }
    }
}

fn size(what: &'static str, got: usize, max: usize) -> Result<(), CardError> {
    if (1..=max).contains(&got) { Ok(()) } else { Err(CardError::Size { what, max, got }) }
}

/// Sets the input of a model that takes patches if the card has none, and checks its shape.
fn check_input(card: &mut Card) -> Result<(), CardError> {
    let rows = card.front_end.rows();
    let (frames, bands) = (card.patch_frames.saturating_mul(rows), card.front_end.bands() / rows);
    let expected = match card.layout {
        Layout::FramesBands => [frames, bands],
        Layout::BandsFrames => [bands, frames],
    };
    if card.input.is_empty() {
        card.input = vec![1, expected[0], expected[1]];
    }
    size("input", values(&card.input), MAX_VALUES)?;
    let sides = card.input.iter().filter(|&&side| side != 1);
    if card.head_of.is_none() && !sides.eq(expected.iter().filter(|&&side| side != 1)) {
        return Err(CardError::Input { expected, got: card.input.clone() });
    }
    Ok(())
}

/// Returns the number of classes of the kind, after a check of labels and classes.
fn classes(card: &Card) -> Result<usize, CardError> {
    let kind = card.kind.name();
    let count = |what, expected, got| Err(CardError::Count { what, kind, expected, got });
    let labels = card.labels.len();
    match card.kind {
        Kind::Values { low, high } if low.partial_cmp(&high) != Some(std::cmp::Ordering::Less) => {
            Err(CardError::Scale { low, high })
        }
        kind if kind.has_labels() == (labels == 0) => {
            count("labels", if kind.has_labels() { "at least 1" } else { "none" }, labels)
        }
        Kind::Tempo { .. } if card.classes == 0 => count("classes", "at least 1", 0),
        Kind::Tempo { .. } => Ok(card.classes),
        Kind::Embedding if card.embedding.is_none() => Err(CardError::NoEmbedding),
        Kind::Embedding => Ok(0),
        Kind::Pitch => Ok(pitch::BINS),
        _ => Ok(labels),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags() -> CardBuilder {
        Card::builder("mine", Kind::Tags, FrontEnd::MusiCnn).patch_frames(187).labels(["loud", "quiet"])
    }

    fn of_kind(kind: Kind) -> CardBuilder {
        Card::builder("mine", kind, FrontEnd::TempoCnn).patch_frames(256)
    }

    #[test]
    fn built_card_of_each_kind_reads_back_equal() {
        let cards = [
            tags().hop_frames(62).weights(b"network").licence("ISC").name("My model"),
            tags().layout(Layout::BandsFrames).input([1, 96, 187, 1]).normalisation(Normalisation::Max),
            tags().embedding(200).positive_class("quiet").states(vec![vec![1, 8]]),
            of_kind(Kind::Events).labels(["clap"]).notes(["a note".to_owned()]),
            of_kind(Kind::Values { low: 0.0, high: 9.0 }).labels(["arousal"]),
            of_kind(Kind::Tempo { first_bpm: 30 }).classes(256),
            of_kind(Kind::Pitch),
            of_kind(Kind::Embedding).embedding(64),
            Card::builder("mine", Kind::Tags, FrontEnd::OpenL3Mel128).patch_frames(1).labels(["a"]),
        ];
        for builder in cards {
            let card = builder.build().unwrap();
            assert_eq!(Card::from_toml(&card.to_toml()).unwrap(), card);
        }
        let base = tags().embedding(200).build().unwrap();
        let head = Card::builder("mood", Kind::Classes, FrontEnd::MusiCnn).head_of("mine", 200).patch_frames(187);
        let head = head.labels(["sad", "non_sad"]).positive_class("sad").build().unwrap();
        assert_eq!(Card::from_toml_with(&head.to_toml(), |_| Some(&base)).unwrap(), head);
    }

    #[test]
    fn contradictory_cards_are_typed_errors() {
        let size = |what, max, got| CardError::Size { what, max, got };
        let count = |what, kind, expected, got| CardError::Count { what, kind, expected, got };
        let cases = [
            (Card::builder("", Kind::Pitch, FrontEnd::Crepe).patch_frames(1), CardError::NoId),
            (Card::builder("mine", Kind::Pitch, FrontEnd::Crepe), size("patch_frames", MAX_FRAMES, 0)),
            (tags().hop_frames(usize::MAX), size("hop_frames", MAX_FRAMES, usize::MAX)),
            (tags().input([1, 2, 96]), CardError::Input { expected: [187, 96], got: vec![1, 2, 96] }),
            (tags().states(vec![vec![2, 0]]), size("states", MAX_VALUES, 0)),
            (tags().embedding(0), size("embedding", MAX_VALUES, 0)),
            (tags().labels([""; 0]), count("labels", "tags", "at least 1", 0)),
            (of_kind(Kind::Pitch).labels(["a"]), count("labels", "pitch", "none", 1)),
            (of_kind(Kind::Tempo { first_bpm: 30 }), count("classes", "tempo", "at least 1", 0)),
            (of_kind(Kind::Embedding), CardError::NoEmbedding),
            (tags().positive_class("soft"), CardError::PositiveClass { got: "soft".into() }),
            (tags().sha256("00"), CardError::Hash { got: "00".into() }),
        ];
        for (builder, expected) in cases {
            assert_eq!(builder.build(), Err(expected));
        }
        let scale = of_kind(Kind::Values { low: 1.0, high: 1.0 }).labels(["a"]).build();
        assert!(matches!(scale, Err(CardError::Scale { .. })), "{scale:?}");
        let rows = OutputRows { count: 0, hop: 1, skip_first: 0, skip_last: 0 };
        assert!(matches!(tags().output_rows(rows).build(), Err(CardError::Rows { .. })));
    }
}
