//! `earmark embed`: what a model knows of files before it names anything, for whoever trains or searches.

mod write;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use earmark_models::{Analyzer, Gate, Model, ModelError, Registry};
use thiserror::Error;

use self::write::Writer;
use crate::args::EmbedOptions;
use crate::decode::{DecodeError, Decoder};
use crate::interrupt;
use crate::tag::find;

/// Why a file has no embeddings.
#[derive(Debug, Error)]
enum EmbedError {
    #[error(transparent)]
    Decode(#[from] DecodeError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error("too short: need {need_s:.1} s, have {have_s:.1}")]
    Short { need_s: f64, have_s: f64 },
    #[error("silence: nothing to describe")]
    Silent,
    #[error("expected a file with at least one audio file below it, got an empty folder")]
    EmptyFolder,
    #[error("{0}")]
    Write(#[from] std::io::Error),
}

/// The embeddings of one file.
struct Embedded {
    path: PathBuf,
    model: String,
    width: usize,
    /// Where each patch begins and ends, in seconds.
    spans: Vec<(f64, f64)>,
    /// `[patch][value]`.
    values: Vec<f32>,
}

/// Writes what was asked for. Returns 0, or 1 when anything went wrong with any file, or 130 after Ctrl-C.
pub(crate) fn run(options: &EmbedOptions) -> ExitCode {
    interrupt::listen();
    let begun = load(&options.model).and_then(|model| Ok((model, Writer::new(options)?)));
    let (model, mut writer) = match begun {
        Ok(begun) => begun,
        Err(words) => {
            eprintln!("earmark: {words}");
            return ExitCode::from(1);
        }
    };
    let mut clean = true;
    for path in find::audio_files(&options.paths) {
        if interrupt::wished() {
            return ExitCode::from(interrupt::EXIT_CODE);
        }
        let written = embed(&path, &model, options).and_then(|embedded| Ok(writer.write(&embedded)?));
        if let Err(error) = written {
            eprintln!("{}: {error}", path.display());
            clean = false;
        }
    }
    if let Err(error) = writer.finish() {
        eprintln!("earmark: {error}");
        clean = false;
    }
    ExitCode::from(u8::from(!clean))
}

fn load(id: &str) -> Result<Arc<Model>, String> {
    let model = Registry::global().load(id).map_err(|error| error.to_string())?;
    if model.card().embedding.is_some() {
        return Ok(model);
    }
    let cards = Registry::global().cards().into_iter();
    let known: Vec<_> = cards.filter(|card| card.embedding.is_some()).map(|card| card.id.as_str()).collect();
    Err(format!("expected a model that gives an embedding ({}), got `{id}`", known.join(", ")))
}

fn embed(path: &Path, model: &Arc<Model>, options: &EmbedOptions) -> Result<Embedded, EmbedError> {
    if path.is_dir() {
        // The search leaves a folder in the list only when it found nothing below it.
        return Err(EmbedError::EmptyFolder);
    }
    let mut decoder = if path == Path::new("-") { Decoder::stdin()? } else { Decoder::open(path)? };
    let card = model.card();
    let hop_frames = options.hop_frames.map_or(card.hop_frames, usize::from);
    let builder = Analyzer::builder(decoder.rate()).gate((!options.no_gate).then(Gate::default));
    let mut analyzer = builder.model_every(Arc::clone(model), hop_frames).build()?;
    let width = card.embedding.unwrap_or(0);
    let mut embedded =
        Embedded { path: path.to_owned(), model: card.id.clone(), width, spans: Vec::new(), values: Vec::new() };
    let mut silent = false;
    let mut take = |prediction: earmark_models::Prediction| match prediction.outcome.embedding() {
        Some(values) => {
            embedded.spans.push((prediction.start_s, prediction.end_s));
            embedded.values.extend_from_slice(values);
        }
        None => silent = true,
    };
    while let Some(block) = decoder.next_block()? {
        analyzer.push(block, &mut take)?;
    }
    analyzer.flush(&mut take)?;
    let have_s = decoder.rate().seconds(decoder.frames());
    if embedded.spans.is_empty() {
        return Err(if silent { EmbedError::Silent } else { EmbedError::Short { need_s: card.need_s(), have_s } });
    }
    if options.mean {
        embedded.average();
    }
    Ok(embedded)
}

impl Embedded {
    /// Becomes one embedding of the whole.
    fn average(&mut self) {
        let patches = self.spans.len() as f64;
        let mut sums = vec![0.0_f64; self.width];
        for patch in self.values.chunks_exact(self.width) {
            sums.iter_mut().zip(patch).for_each(|(sum, &value)| *sum += f64::from(value));
        }
        self.values = sums.into_iter().map(|sum| (sum / patches) as f32).collect();
        let (begin, end) = (self.spans.first().copied(), self.spans.last().copied());
        self.spans = begin.zip(end).map(|((start_s, _), (_, end_s))| (start_s, end_s)).into_iter().collect();
    }

    /// The patches, with where they lie.
    fn patches(&self) -> impl Iterator<Item = ((f64, f64), &[f32])> {
        self.spans.iter().copied().zip(self.values.chunks_exact(self.width.max(1)))
    }
}
