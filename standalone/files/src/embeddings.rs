//! Embeddings of one file: one vector per patch.

mod file_embeddings;
#[cfg(feature = "parquet")]
mod parquet_table;
mod read;
mod writer;

use std::path::Path;
use std::sync::Arc;

use earmark_capture::decode::Decoder;
use earmark_models::{Analyzer, Gate, Model, Prediction, Registry};

use crate::error::FileError;

pub use self::file_embeddings::FileEmbeddings;
pub use self::read::read_mean;
pub use self::writer::{EmbeddingsFormat, EmbeddingsWriter};

/// Extractor of embeddings from files: model and settings.
#[derive(Debug, Clone)]
pub struct Embedder {
    /// Model, which must output an embedding.
    pub model: Arc<Model>,
    /// Hop between patches, in frames, above 0 (default: the hop of the model's card).
    pub hop_frames: Option<usize>,
    /// Silence gate, which skips silent patches; `None` also embeds silence (default: [`Gate::default`]).
    pub gate: Option<Gate>,
    /// Whether to return only the mean over all patches (default false).
    pub mean: bool,
}

impl Embedder {
    /// Creates an extractor with the model `id` and default settings.
    ///
    /// # Errors
    /// If the registry has no such model, or the model is damaged or outputs no embedding.
    pub fn load(registry: &'static Registry, id: &str) -> Result<Self, FileError> {
        let model = registry.load(id)?;
        if model.card().embedding.is_none() {
            let cards = registry.cards().into_iter();
            let known = cards.filter(|card| card.embedding.is_some()).map(|card| card.id.clone()).collect();
            return Err(FileError::NoEmbedding { got: id.to_owned(), known });
        }
        Ok(Self { model, hop_frames: None, gate: Some(Gate::default()), mean: false })
    }

    /// Extracts the embeddings of the file at `path`; `-` reads WAV data from standard input. Blocks.
    ///
    /// # Errors
    /// If the path is a folder, or the file cannot be decoded, is too short, or is silent.
    pub fn embed(&self, path: &Path) -> Result<FileEmbeddings, FileError> {
        if path.is_dir() {
            // The search returns a folder only if it contains no audio file.
            return Err(FileError::EmptyFolder);
        }
        let mut decoder = if path == Path::new("-") { Decoder::stdin()? } else { Decoder::open(path)? };
        let card = self.model.card();
        let hop_frames = self.hop_frames.unwrap_or(card.hop_frames);
        let builder = Analyzer::builder(decoder.rate()).gate(self.gate);
        let mut analyzer = builder.model_with_hop(Arc::clone(&self.model), hop_frames).build()?;
        let mut embeddings = FileEmbeddings {
            path: path.to_owned(),
            model: card.id.clone(),
            width: card.embedding.unwrap_or(0),
            spans: Vec::new(),
            values: Vec::new(),
        };
        let mut silent = false;
        let mut take = |prediction: Prediction| match prediction.outcome.embedding() {
            Some(values) => {
                embeddings.spans.push((prediction.start_s, prediction.end_s));
                embeddings.values.extend_from_slice(values);
            }
            None => silent = true,
        };
        while let Some(block) = decoder.next_block()? {
            analyzer.push(block, &mut take)?;
        }
        analyzer.flush(&mut take)?;
        let have_s = decoder.rate().seconds(decoder.frames());
        if embeddings.spans.is_empty() {
            return Err(if silent {
                FileError::Silent
            } else {
                FileError::TooShort { need_s: card.min_duration_s(), have_s }
            });
        }
        if self.mean {
            embeddings.average();
        }
        Ok(embeddings)
    }
}
