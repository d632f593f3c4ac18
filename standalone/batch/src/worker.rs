//! Worker process: analyzes the files that a run names, one after another.

use std::cell::RefCell;
use std::io::{self, BufRead, Write};
use std::process;
use std::thread;

use crossbeam_channel::{Receiver, bounded};
use earmark_files::tag::FileProgress;
use earmark_models::Registry;

use crate::analysis::LoadedAnalysis;
use crate::error::BatchError;
use crate::file_rows::{self, FileRows};
use crate::message::{Reply, Request};
use crate::planted_fault;

/// Maximum memory of a worker process in bytes: many times the need of the largest model.
#[cfg(unix)]
const MEMORY_LIMIT: u64 = 6 << 30;

/// Serves the requests on standard input until it ends, with the models of `registry`; replies go to standard output. Limits
/// the memory of this process. Blocks, and ends the process when the run that started it has ended.
///
/// # Errors
/// If a request cannot be read or a reply cannot be written.
pub fn serve(registry: &'static Registry) -> Result<(), BatchError> {
    // Best effort: without a limit, files are analyzed nevertheless.
    #[cfg(unix)]
    let _ = rlimit::setrlimit(rlimit::Resource::AS, MEMORY_LIMIT, MEMORY_LIMIT);
    // A panic of a decoder is the error of a file.
    std::panic::set_hook(Box::new(|_| {}));
    let requests = requests();
    let mut out = io::stdout().lock();
    let mut analysis = None;
    for request in requests {
        match request? {
            Request::Load(recipe) => match LoadedAnalysis::load(registry, &recipe) {
                Ok(loaded) => {
                    let schema = file_rows::to_bytes(loaded.schema(), None).map_err(failed)?;
                    let origin = Box::new(loaded.origin().clone());
                    send(&mut out, &Reply::Ready { origin, len: schema.len() }, &schema)?;
                    analysis = Some(loaded);
                }
                Err(error) => send(&mut out, &Reply::Failed { error: error.to_string() }, &[])?,
            },
            Request::Analyze { name, path } => {
                let Some(analysis) = &analysis else { return Err(failed("expected a recipe first, got a file")) };
                planted_fault::run(&name.path);
                let progress = OpenedProgress(RefCell::new(&mut out));
                let FileRows { rows, status, audio_s, record } =
                    analysis.analyze(&name, &path.to_path(), &progress).map_err(failed)?;
                let bytes = file_rows::to_bytes(analysis.schema(), Some(&rows)).map_err(failed)?;
                send(&mut out, &Reply::Rows { len: bytes.len(), status, audio_s, record }, &bytes)?;
            }
        }
    }
    Ok(())
}

/// Sends the length of each file that is opened.
struct OpenedProgress<'a, W>(RefCell<&'a mut W>);

impl<W: Write> FileProgress for OpenedProgress<'_, W> {
    fn opened(&self, length_s: Option<f64>) {
        // A run that has ended gets no rows either.
        let _ = send(&mut **self.0.borrow_mut(), &Reply::Opened { length_s }, &[]);
    }
}

/// Reads standard input on a thread of its own. Its end ends this process, also while a file is analyzed that takes for ever.
fn requests() -> Receiver<Result<Request, BatchError>> {
    let (sender, requests) = bounded(1);
    thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            let request = line.map_err(failed).and_then(|line| serde_json::from_str(&line).map_err(failed));
            let is_last = request.is_err();
            if sender.send(request).is_err() || is_last {
                return;
            }
        }
        process::exit(0);
    });
    requests
}

fn send(out: &mut impl Write, reply: &Reply, bytes: &[u8]) -> Result<(), BatchError> {
    let line = serde_json::to_string(reply).map_err(failed)? + "\n";
    out.write_all(line.as_bytes()).and_then(|()| out.write_all(bytes)).and_then(|()| out.flush()).map_err(failed)
}

fn failed(error: impl ToString) -> BatchError {
    BatchError::Worker(error.to_string())
}
