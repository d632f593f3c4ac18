//! Models that were dropped on the panel: added by the command line, in a process of its own.
//!
//! Nothing that a stranger made is parsed in here: the panel may live in somebody's DAW, with somebody's song open.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use earmark_panel::Message;
use egui::Context;

/// Ids of these messages begin here, so that they are nobody else's.
const FIRST_ID: u64 = 1 << 33;

/// What is set to the command line's program, where it is not found by itself.
const VARIABLE: &str = "EARMARK_COMMAND";

/// Models being added, and what came of it.
pub(crate) struct ModelInstaller {
    done: Receiver<Message>,
    tell: Sender<Message>,
    messages: Vec<Message>,
}

impl Default for ModelInstaller {
    fn default() -> Self {
        let (tell, done) = channel();
        Self { done, tell, messages: Vec::new() }
    }
}

impl ModelInstaller {
    /// Adds what lies at these paths, in the background; `context` is drawn again when it is done.
    pub(crate) fn add(&self, paths: Vec<PathBuf>, context: &Context) {
        let (tell, context) = (self.tell.clone(), context.clone());
        // Without a thread nothing is added, which is seen.
        let _ = thread::Builder::new().name("earmark-add".into()).spawn(move || {
            let (text, warning) = match run(&program(), &paths) {
                Ok(text) => (text, false),
                Err(text) => (text, true),
            };
            static NEXT: AtomicU64 = AtomicU64::new(FIRST_ID);
            // The window may be gone by now.
            let _ = tell.send(Message { id: NEXT.fetch_add(1, Ordering::Relaxed), text, warning });
            context.request_repaint();
        });
    }

    /// Whether something was added, or tried, since the last look.
    pub(crate) fn look(&mut self) -> bool {
        let before = self.messages.len();
        self.messages.extend(self.done.try_iter());
        self.messages.len() > before
    }

    /// What came of it, until it is dismissed.
    pub(crate) fn messages(&self) -> &[Message] {
        &self.messages
    }

    pub(crate) fn dismiss(&mut self, id: u64) {
        self.messages.retain(|message| message.id != id);
    }
}

/// The command line's program: this one if it is that, or what [`VARIABLE`] says, or what the system finds.
fn program() -> OsString {
    let this = env::current_exe().ok().filter(|path| path.file_stem().is_some_and(|stem| stem == "earmark"));
    this.map(PathBuf::into_os_string).or_else(|| env::var_os(VARIABLE)).unwrap_or_else(|| "earmark".into())
}

fn run(program: &OsString, paths: &[PathBuf]) -> Result<String, String> {
    let command =
        || format!("earmark models add {}", paths.iter().map(|path| quoted(path)).collect::<Vec<_>>().join(" "));
    let output = Command::new(program).args(["models", "add"]).args(paths).stdin(Stdio::null()).output();
    let output = output
        .map_err(|error| format!("The command line was not found ({error}). To add the models, run: {}", command()))?;
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(said(&output.stdout)) } else { Err(said(&output.stderr)) }
}

fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    if text.contains(' ') { format!("\"{text}\"") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_command_line_it_says_what_to_run() {
        let words = run(&"no such program".into(), &["/a b/c.pb".into(), "d.onnx".into()]).unwrap_err();
        assert!(words.ends_with("run: earmark models add \"/a b/c.pb\" d.onnx"), "{words}");
    }
}
