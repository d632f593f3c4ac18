//! Command `earmark embed`: writes the embeddings of files, one vector per patch.

use std::process::ExitCode;

use earmark_files::embeddings::{Embedder, EmbeddingsWriter};
use earmark_files::find;
use earmark_models::{Gate, Registry};

use crate::args::EmbedOptions;
use crate::interrupt;

/// Writes the embeddings. Returns exit code 0, 1 if any file failed, or 130 after Ctrl-C.
pub(crate) fn run(options: &EmbedOptions) -> ExitCode {
    interrupt::install_handler();
    let opened = Embedder::load(Registry::global(), &options.model).and_then(|embedder| {
        let embedder = Embedder {
            hop_frames: options.hop_frames.map(usize::from),
            gate: (!options.no_gate).then(Gate::default),
            mean: options.mean,
            ..embedder
        };
        Ok((embedder, EmbeddingsWriter::new(options.format.into(), options.out.as_deref())?))
    });
    let (embedder, mut writer) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            eprintln!("earmark: {error}");
            return ExitCode::from(1);
        }
    };
    let mut succeeded = true;
    for path in find::audio_files(&options.paths) {
        if interrupt::is_requested() {
            return ExitCode::from(interrupt::EXIT_CODE);
        }
        let written = embedder.embed(&path).and_then(|embeddings| Ok(writer.write(&embeddings)?));
        if let Err(error) = written {
            eprintln!("{}: {error}", path.display());
            succeeded = false;
        }
    }
    if let Err(error) = writer.finish() {
        eprintln!("earmark: {error}");
        succeeded = false;
    }
    ExitCode::from(u8::from(!succeeded))
}
