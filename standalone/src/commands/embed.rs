//! Command `earmark embed`: writes the embeddings of files, one vector per patch; files are processed in parallel.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use earmark_files::embeddings::{Embedder, EmbeddingsFormat, EmbeddingsTarget, EmbeddingsWriter};
use earmark_files::find;
use earmark_files::tag::FileProgress;
use earmark_models::{Gate, Registry};

use super::batch::{Batch, job_count, threads_per_file};
use super::print::error_line;
use crate::args::EmbedOptions;
use crate::interrupt;

/// Writes the embeddings. Returns exit code 0, 1 if any file failed, 2 for options that contradict each other, 130 after
/// Ctrl-C, or 141 if the reader of the output has ended.
pub(crate) fn run(options: &EmbedOptions) -> ExitCode {
    interrupt::install_handler();
    let format = EmbeddingsFormat::from(options.format);
    if options.skip_existing && format.is_stream() && options.out.is_none() {
        error_line!("earmark: --skip-existing continues a file (expected --out FILE, got standard output)");
        return ExitCode::from(2);
    }
    let prepared = options.list.paths(&options.paths).and_then(|paths| {
        let batch = Batch::new(format.is_stream()).with_errors_of(&options.list)?;
        Ok((paths, batch))
    });
    let (paths, batch) = match prepared {
        Ok(prepared) => prepared,
        Err(message) => {
            error_line!("earmark: {message}");
            return ExitCode::from(1);
        }
    };
    let opened = Embedder::load(Registry::global(), &options.model).and_then(|embedder| {
        let embedder = Embedder {
            hop: options.hop(),
            gate: (!options.no_gate).then(Gate::default),
            mean: options.mean,
            decoder: options.decoder.choice(),
            digest: options.audio_hash,
            ..embedder
        };
        let width = embedder.model.card().embedding.unwrap_or(0);
        let target =
            EmbeddingsTarget { format, out: options.out.as_deref(), width, is_continued: options.skip_existing };
        let writer = EmbeddingsWriter::new(target, embedder.settings(), embedder.provenance())?;
        Ok((embedder, writer))
    });
    let (embedder, mut writer) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            error_line!("earmark: {error}");
            return ExitCode::from(1);
        }
    };
    let search = find::audio_files(&paths);
    let folders = search.folders.clone();
    let files = batch.files(search).into_iter().enumerate();
    let files: Vec<(usize, PathBuf)> =
        files.filter(|(_, path)| !(options.skip_existing && writer.contains(path))).collect();
    let jobs = job_count(options.jobs);
    let embedder = Embedder { threads: threads_per_file(jobs, files.len()), ..embedder };
    let work = move |_, path: &Path, progress: &dyn FileProgress| embedder.embed(path, progress);
    batch.run(files, jobs, work, |_, path, outcome| match outcome {
        Ok(embeddings) => {
            writer.write(&find::path_below(&folders, path), &embeddings)?;
            Ok(batch.report_issues(path, &embeddings.issues, embeddings.duration_s, embeddings.sample_rate_hz))
        }
        Err(error) => Ok(batch.report(path, &error)),
    });
    if batch.is_stopped() {
        batch.finish_partial(writer.finish_partial());
    } else {
        batch.finish(writer.finish());
    }
    batch.exit_code()
}
