//! Command `earmark tag`: writes the reports of files and folders, in order; files are processed in parallel.

use std::process::ExitCode;

use earmark_files::find;
use earmark_files::tag::{Tagger, load_models};
use earmark_models::{Gate, Registry};

use super::batch::numbered;
use super::print::error_line;
use super::tag_run::{TagRun, write, writer};
use super::watch;
use crate::args::TagOptions;
use crate::interrupt;

/// Tags the files. Returns exit code 0, 1 if any file failed, 130 after Ctrl-C, or 141 if the reader of the output has
/// ended.
pub(crate) fn run(options: &TagOptions) -> ExitCode {
    interrupt::install_handler();
    let tagger = match load_models(Registry::global(), &options.models) {
        Ok(models) => Tagger {
            hop_frames: options.hop_frames.map(usize::from),
            gate: (!options.no_gate).then(Gate::default),
            decoder: options.decoder.choice(),
            ..Tagger::new(models)
        },
        Err(error) => {
            error_line!("earmark: {error}");
            return ExitCode::from(1);
        }
    };
    let run = TagRun::new(tagger, options);
    if options.watch {
        return watch::run(options, &run);
    }
    let files = run.batch.files(find::audio_files(&options.paths));
    let mut output = writer(options, files.len());
    let batch = &run.batch;
    batch.run(numbered(&files), run.jobs, run.work(), |_, path, outcome| match outcome {
        Ok(file) => write(path, &file, &mut output),
        Err(error) => Ok(batch.report(path.display(), &error)),
    });
    if !batch.is_output_lost() {
        batch.finish(output.finish());
    }
    batch.exit_code()
}
