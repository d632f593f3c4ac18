//! Embeddings of one file: one vector per patch.

#[cfg(feature = "npz")]
mod array_archive;
mod array_file;
mod array_index;
#[cfg(feature = "parquet")]
mod embedding_rows;
mod file_embeddings;
#[cfg(feature = "parquet")]
mod parquet_table;
mod read;
mod settings;
mod writer;

use std::path::Path;
use std::sync::Arc;

use earmark_capture::decode::{DecodeIssues, DecodeOptions, Decoder, DecoderChoice};
use earmark_models::{Analyzer, Gate, Model, Prediction, Registry};

use crate::audio_source::AudioSource;
use crate::error::{FileError, catch_panic};
use crate::hop::{Hop, frames_of};
use crate::provenance::Provenance;
use crate::tag::FileProgress;

pub use self::array_index::INDEX_NAME;
#[cfg(feature = "parquet")]
pub use self::embedding_rows::{EMBEDDINGS_SCHEMA, embedding_fields, embeddings_table};
pub use self::file_embeddings::FileEmbeddings;
pub use self::read::read_mean;
pub use self::settings::EmbeddingSettings;
pub use self::writer::{EmbeddingsFormat, EmbeddingsTarget, EmbeddingsWriter};
pub use crate::array_index_error::ArrayIndexError;

/// Extractor of embeddings from files: model and settings.
#[derive(Debug, Clone)]
pub struct Embedder {
    /// Model, which must output an embedding.
    pub model: Arc<Model>,
    /// Hop between patches (default: the hop of the model's card).
    pub hop: Option<Hop>,
    /// Silence gate, which skips silent patches; `None` also embeds silence (default: [`Gate::default`]).
    pub gate: Option<Gate>,
    /// Whether to return only the mean over all patches that are not silent (default false).
    pub mean: bool,
    /// Whether a patch that the gate skips has an embedding of NaN (default false: it has none).
    pub silent_rows: bool,
    /// Decoder (default: [`DecoderChoice::Auto`]).
    pub decoder: DecoderChoice,
    /// Whether to compute a digest of the encoded audio (default false).
    pub digest: bool,
    /// Number of threads that run the network on one file (default 1). The results do not depend on it.
    pub threads: usize,
}

impl Embedder {
    /// Creates an extractor with the model `id` and default settings.
    ///
    /// # Errors
    /// If the registry has no such model, or the model is damaged or outputs no embedding.
    pub fn load(registry: &'static Registry, id: &str) -> Result<Self, FileError> {
        Self::new(registry.load(id)?, registry)
    }

    /// Creates an extractor with a loaded model and default settings; `registry` has the models that an error names.
    ///
    /// # Errors
    /// If the model outputs no embedding.
    pub fn new(model: Arc<Model>, registry: &Registry) -> Result<Self, FileError> {
        if model.card().embedding.is_none() {
            let cards = registry.cards().into_iter();
            let known = cards.filter(|card| card.embedding.is_some()).map(|card| card.id.clone()).collect();
            return Err(FileError::NoEmbedding { got: model.card().id.clone(), known });
        }
        let (gate, decoder) = (Some(Gate::default()), DecoderChoice::Auto);
        Ok(Self { model, hop: None, gate, mean: false, silent_rows: false, decoder, digest: false, threads: 1 })
    }

    /// Returns the settings that decide the values of embeddings.
    #[must_use]
    pub fn settings(&self) -> EmbeddingSettings {
        let card = self.model.card();
        EmbeddingSettings {
            model: card.id.clone(),
            hop_frames: frames_of(self.hop, card),
            gate: self.gate.is_some(),
            mean: self.mean,
        }
    }

    /// Returns the origin of the embeddings.
    #[must_use]
    pub fn provenance(&self) -> Provenance {
        Provenance::new(self.gate, self.decoder).model(&self.model, self.hop).option("mean", self.mean)
    }

    /// Extracts the embeddings of the file or pipe at `path`; `-` is standard input. A panic of the decoder on a damaged
    /// file is returned as an error. Blocks.
    ///
    /// # Errors
    /// If the path is a folder, or the file cannot be decoded, is too short, or is silent, or `progress` cancels the
    /// analysis.
    pub fn embed(&self, path: &Path, progress: &dyn FileProgress) -> Result<FileEmbeddings, FileError> {
        if path.is_dir() {
            // The search returns a folder only if it contains no audio file.
            return Err(FileError::EmptyFolder);
        }
        catch_panic(|| {
            let options = DecodeOptions { decoder: self.decoder, digest: self.digest };
            let mut decoder = Decoder::open_with(path, options)?;
            self.analyze(path, &mut decoder, progress)
        })
    }

    /// Extracts the embeddings of audio that is open or in memory, which get the path `name`. A panic is returned as an error.
    /// Blocks.
    ///
    /// # Errors
    /// If the audio can no longer be read, is too short, or is silent, or `progress` cancels the analysis.
    pub fn embed_source(
        &self,
        name: &Path,
        source: &mut dyn AudioSource,
        progress: &dyn FileProgress,
    ) -> Result<FileEmbeddings, FileError> {
        catch_panic(|| self.analyze(name, source, progress))
    }

    fn analyze(
        &self,
        name: &Path,
        source: &mut dyn AudioSource,
        progress: &dyn FileProgress,
    ) -> Result<FileEmbeddings, FileError> {
        let card = self.model.card();
        let hop_frames = frames_of(self.hop, card);
        let builder = Analyzer::builder(source.rate()).gate(self.gate);
        let mut analyzer = builder.model_with_hop(Arc::clone(&self.model), hop_frames).build_parallel(self.threads)?;
        let mut embeddings = FileEmbeddings {
            path: name.to_owned(),
            file: None,
            model: card.id.clone(),
            width: card.embedding.unwrap_or(0),
            spans: Vec::new(),
            values: Vec::new(),
            duration_s: 0.0,
            sample_rate_hz: source.rate().hz(),
            issues: DecodeIssues::default(),
        };
        let mut silent = false;
        let silent_rows = self.silent_rows && !self.mean;
        let mut take = |prediction: Prediction| {
            let values = prediction.outcome.embedding();
            silent |= values.is_none();
            if values.is_some() || silent_rows {
                embeddings.spans.push((prediction.start_s, prediction.end_s));
            }
            match values {
                Some(values) => embeddings.values.extend_from_slice(values),
                None if silent_rows => embeddings.values.resize(embeddings.spans.len() * embeddings.width, f32::NAN),
                None => {}
            }
        };
        let rate = source.rate();
        progress.opened(source.length_s());
        while let Some(block) = source.next_block()? {
            if progress.is_cancelled() {
                return Err(FileError::Cancelled);
            }
            analyzer.push(block, &mut take)?;
            progress.advanced(rate.seconds(block.len() as u64));
        }
        analyzer.finish(&mut take)?;
        let have_s = rate.seconds(source.frames());
        (embeddings.file, embeddings.duration_s, embeddings.issues) = (source.file(), have_s, source.issues());
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
