//! Networks that run on the patches of a stream: a model that takes patches, the heads on its embedding, and heads on the
//! embeddings of heads.

use std::collections::VecDeque;
use std::sync::Arc;

use earmark_dsp::{Patch, SampleRate};

use crate::{
    Activations, Card, Kind, Model, ModelError, Network, OutputRows, PatchStep, PredictionValue, pitch, tempo,
};

/// Start and end of a prediction in seconds.
pub(super) type Span = (f64, f64);
/// Receiver of predictions: model, value and span.
pub(super) type Emit<'a> = dyn FnMut(&Arc<str>, PredictionValue, Span) + 'a;

/// Common part of the runners of models and heads.
struct Member {
    id: Arc<str>,
    kind: Kind,
    /// Frames of the front end in one input.
    frames: usize,
    /// Whether predictions of the model itself are requested, not only those of its heads.
    requested: bool,
    /// Whether the input is the activations of the base model, not its embedding.
    takes_activations: bool,
    rows: Option<OutputRows>,
    network: Network,
    heads: Vec<HeadRunner>,
}

/// Runner of one model that takes patches, and of the heads on its embedding.
pub(super) struct ModelRunner {
    pub(super) id: Arc<str>,
    member: Member,
    /// Number of frames of a whole patch after the end of the patches that are run.
    left_out: usize,
}

/// Runner of a head on embeddings of a base model.
struct HeadRunner {
    member: Member,
    /// Number of embeddings in an input, and from one input to the next.
    count: usize,
    hop: usize,
    /// The last embeddings, and the span of each.
    embeddings: VecDeque<f32>,
    spans: VecDeque<Span>,
}

impl ModelRunner {
    /// Creates the runner for patches that end `left_out` frames before the end of a whole patch.
    pub(super) fn new(card: &Card, network: Network, left_out: usize) -> Self {
        let member = Member::new(card, network);
        Self { id: Arc::clone(&member.id), member, left_out }
    }

    /// Adds predictions of the last head of a chain, or of this model if the chain is empty. A head is added only once.
    pub(super) fn add(&mut self, chain: &[&Arc<Model>]) {
        self.member.add(chain);
    }

    /// Whether predictions of that model are requested.
    pub(super) fn has(&self, id: &str) -> bool {
        self.requested().iter().any(|(requested, _)| **requested == *id)
    }

    /// Returns the models whose predictions are requested, with the frames that one prediction requires.
    pub(super) fn requested(&self) -> Vec<(Arc<str>, usize)> {
        let mut requested = Vec::new();
        self.member.collect_requested(&mut requested);
        requested.iter_mut().for_each(|(_, frames)| *frames = frames.saturating_sub(self.left_out));
        requested
    }

    /// Starts a new stream.
    pub(super) fn reset(&mut self) {
        self.member.reset();
    }

    /// Counts a patch that does not run.
    pub(super) fn skip(&mut self, new_frames: usize) {
        self.member.network.skip(new_frames);
        self.member.heads.iter_mut().for_each(HeadRunner::clear);
    }

    /// Emits silence for a patch that the gate rejected.
    pub(super) fn emit_silence(&mut self, new_frames: usize, span: Span, emit: &mut Emit<'_>) {
        self.skip(new_frames);
        self.requested().iter().for_each(|(id, _)| emit(id, PredictionValue::Silent, span));
    }

    /// Runs the networks on a patch and emits their predictions; returns the first error.
    pub(super) fn run_patch(
        &mut self,
        patch: &Patch<'_>,
        span: Span,
        rate: SampleRate,
        emit: &mut Emit<'_>,
    ) -> Result<(), ModelError> {
        let step = PatchStep { new_frames: patch.new_frames, next_hop: patch.next_hop };
        self.member.run(patch.data, step, span, rate, emit)
    }
}

impl Member {
    fn new(card: &Card, network: Network) -> Self {
        Self {
            id: card.id.as_str().into(),
            kind: card.kind,
            frames: card.patch_frames,
            requested: false,
            takes_activations: card.derived_from.is_some(),
            rows: card.output_rows,
            network,
            heads: Vec::new(),
        }
    }

    fn add(&mut self, chain: &[&Arc<Model>]) {
        let Some((head, rest)) = chain.split_first() else {
            self.requested = true;
            return;
        };
        let place = self.heads.iter().position(|known| *known.member.id == *head.card().id);
        let place = place.unwrap_or_else(|| {
            self.heads.push(HeadRunner::new(head));
            self.heads.len() - 1
        });
        self.heads[place].member.add(rest);
    }

    fn collect_requested(&self, requested: &mut Vec<(Arc<str>, usize)>) {
        if self.requested {
            requested.push((Arc::clone(&self.id), self.frames));
        }
        self.heads.iter().for_each(|head| head.member.collect_requested(requested));
    }

    fn reset(&mut self) {
        self.network.reset();
        for head in &mut self.heads {
            head.clear();
            head.member.reset();
        }
    }

    /// Runs the network on one input, emits its predictions, and passes its embeddings to the heads.
    fn run(
        &mut self,
        input: &[f32],
        step: PatchStep,
        span: Span,
        rate: SampleRate,
        emit: &mut Emit<'_>,
    ) -> Result<(), ModelError> {
        let output = self.network.run_next(input, step)?;
        let Some(rows) = self.rows else {
            if self.requested {
                emit(&self.id, outcome(self.kind, &output.activations, output.embedding.as_deref()), span);
            }
            return to_heads(&mut self.heads, output, 0..usize::MAX, span, rate, emit);
        };
        let (hop_s, widths) = (rows.hop as f64 / rate.hz(), widths(output, rows.count));
        let mut result = Ok(());
        for row in rows.used() {
            let start_s = span.0 + row as f64 * hop_s;
            // Only repeated frames follow.
            if start_s >= span.1 {
                break;
            }
            let row_span = (start_s, (start_s + hop_s).min(span.1));
            if self.requested {
                let activations = &output.activations[row * widths.0..(row + 1) * widths.0];
                let embedding = output.embedding.as_ref().map(|values| &values[row * widths.1..(row + 1) * widths.1]);
                emit(&self.id, outcome(self.kind, activations, embedding), row_span);
            }
            let values = row * widths.1..(row + 1) * widths.1;
            result = result.and(to_heads(&mut self.heads, output, values, row_span, rate, emit));
        }
        result
    }
}

/// Returns the number of activations and of embedding values in a row.
fn widths(output: &Activations, rows: usize) -> (usize, usize) {
    (output.activations.len() / rows, output.embedding.as_ref().map_or(0, Vec::len) / rows)
}

/// Passes an embedding, the values in the range, to the heads; returns the first error.
fn to_heads(
    heads: &mut [HeadRunner],
    output: &Activations,
    values: std::ops::Range<usize>,
    span: Span,
    rate: SampleRate,
    emit: &mut Emit<'_>,
) -> Result<(), ModelError> {
    let embedding = output.embedding.as_deref().unwrap_or_default();
    let embedding = &embedding[values.start.min(embedding.len())..values.end.min(embedding.len())];
    let mut result = Ok(());
    for head in heads {
        let input = if head.member.takes_activations { &output.activations } else { embedding };
        result = result.and(head.push(input, span, rate, emit));
    }
    result
}

impl HeadRunner {
    fn new(model: &Model) -> Self {
        let card = model.card();
        let count = card.input_embeddings;
        let embeddings = VecDeque::with_capacity(2 * count * card.embedding_width());
        let member = Member::new(card, model.network());
        Self { member, count, hop: card.hop_embeddings, embeddings, spans: VecDeque::with_capacity(2 * count) }
    }

    /// Forgets the embeddings: the next one is the first of an input.
    fn clear(&mut self) {
        self.embeddings.clear();
        self.spans.clear();
        self.member.heads.iter_mut().for_each(Self::clear);
    }

    /// Adds an embedding, and runs the head if its input is complete.
    fn push(&mut self, embedding: &[f32], span: Span, rate: SampleRate, emit: &mut Emit<'_>) -> Result<(), ModelError> {
        let step = PatchStep { new_frames: usize::MAX, next_hop: usize::MAX };
        if self.count == 1 {
            return self.member.run(embedding, step, span, rate, emit);
        }
        self.embeddings.extend(embedding);
        self.spans.push_back(span);
        if self.spans.len() < self.count {
            return Ok(());
        }
        let (first, last) = (self.spans[0], self.spans[self.count - 1]);
        let ran = self.member.run(self.embeddings.make_contiguous(), step, (first.0, last.1), rate, emit);
        self.embeddings.drain(..self.hop * embedding.len());
        self.spans.drain(..self.hop);
        ran
    }
}

/// Decodes the output of a network by the kind of its model.
fn outcome(kind: Kind, activations: &[f32], embedding: Option<&[f32]>) -> PredictionValue {
    let embedding = || embedding.map(<[f32]>::to_vec);
    match kind {
        Kind::Tags | Kind::Events | Kind::Classes => {
            PredictionValue::Tags { values: activations.to_vec(), embedding: embedding() }
        }
        Kind::Values { .. } => PredictionValue::Values(activations.to_vec()),
        Kind::Tempo { first_bpm } => {
            PredictionValue::Tempo { local: tempo::decode(activations, first_bpm), probabilities: activations.to_vec() }
        }
        Kind::Pitch => PredictionValue::Pitch(pitch::decode(activations)),
        Kind::Embedding => PredictionValue::Embedding(embedding().unwrap_or_default()),
    }
}
