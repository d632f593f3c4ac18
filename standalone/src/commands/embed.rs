//! Command `earmark embed`: writes the embeddings of files, one vector per patch; files are processed in parallel.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use earmark_files::embeddings::{Embedder, EmbeddingsFormat, EmbeddingsWriter};
use earmark_files::find;
use earmark_files::tag::FileProgress;
use earmark_models::{Gate, Registry};

use super::batch::{Batch, job_count};
use super::print::error_line;
use crate::args::EmbedOptions;
use crate::interrupt;

/// Writes the embeddings. Returns exit code 0, 1 if any file failed, 2 for options that contradict each other, 130 after
/// Ctrl-C, or 141 if the reader of the output has ended.
pub(crate) fn run(options: &EmbedOptions) -> ExitCode {
    interrupt::install_handler();
    let format = EmbeddingsFormat::from(options.format);
    if options.skip_existing && format.is_stream() {
        error_line!("earmark: --skip-existing needs one array per file (expected --format npy)");
        return ExitCode::from(2);
    }
    let opened = Embedder::load(Registry::global(), &options.model).and_then(|embedder| {
        let embedder = Embedder {
            hop_frames: options.hop_frames.map(usize::from),
            gate: (!options.no_gate).then(Gate::default),
            mean: options.mean,
            decoder: options.decoder.choice(),
            ..embedder
        };
        let writer = EmbeddingsWriter::new(format, options.out.as_deref(), embedder.settings())?;
        Ok((embedder, writer))
    });
    let (embedder, mut writer) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            error_line!("earmark: {error}");
            return ExitCode::from(1);
        }
    };
    let batch = Batch::new(format.is_stream());
    let search = find::audio_files(&options.paths);
    let folders = search.folders.clone();
    let files = batch.files(search).into_iter().enumerate();
    let files: Vec<(usize, PathBuf)> =
        files.filter(|(_, path)| !(options.skip_existing && writer.contains(path))).collect();
    let work = move |_, path: &Path, progress: &dyn FileProgress| embedder.embed(path, progress);
    batch.run(files, job_count(options.jobs), work, |_, path, outcome| match outcome {
        Ok(embeddings) => {
            writer.write(&find::path_below(&folders, path), &embeddings)?;
            Ok(true)
        }
        Err(error) => Ok(batch.report(path.display(), &error)),
    });
    if batch.is_stopped() {
        batch.finish_partial(writer.finish_partial());
    } else {
        batch.finish(writer.finish());
    }
    batch.exit_code()
}
