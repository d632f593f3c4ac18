//! Installation of models that were dropped on the panel, by the command line in a process of its own.
//!
//! Untrusted files are never parsed in this process, which may be a DAW with an open song.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use earmark_panel::Message;
use egui::Context;

/// First id of the messages of this module. Other modules use other ranges.
const FIRST_ID: u64 = 1 << 33;

/// Environment variable with the path of the command-line program, for systems that do not find it.
const ENV_VAR: &str = "EARMARK_COMMAND";

/// Background installation of models, with its results.
pub(crate) struct ModelInstaller {
    results: Receiver<Message>,
    sender: Sender<Message>,
    messages: Vec<Message>,
}

impl Default for ModelInstaller {
    fn default() -> Self {
        let (sender, results) = channel();
        Self { results, sender, messages: Vec::new() }
    }
}

impl ModelInstaller {
    /// Adds the models at `paths` on a new thread, and requests a repaint of `context` at the end. Does nothing if the
    /// thread cannot start.
    pub(crate) fn add(&self, paths: Vec<PathBuf>, context: &Context) {
        let (sender, context) = (self.sender.clone(), context.clone());
        let _ = thread::Builder::new().name("earmark-add".into()).spawn(move || {
            let (text, warning) = match run(&program(), &paths) {
                Ok(text) => (text, false),
                Err(text) => (text, true),
            };
            static NEXT: AtomicU64 = AtomicU64::new(FIRST_ID);
            // Fails if the window was dropped meanwhile.
            let _ = sender.send(Message { id: NEXT.fetch_add(1, Ordering::Relaxed), text, warning });
            context.request_repaint();
        });
    }

    /// Receives the results. Returns whether an installation ended since the last call.
    pub(crate) fn poll(&mut self) -> bool {
        let before = self.messages.len();
        self.messages.extend(self.results.try_iter());
        self.messages.len() > before
    }

    /// Returns the messages about installations that were not dismissed.
    pub(crate) fn messages(&self) -> &[Message] {
        &self.messages
    }

    pub(crate) fn dismiss(&mut self, id: u64) {
        self.messages.retain(|message| message.id != id);
    }
}

/// Returns the command-line program: this executable if it is `earmark`, else that of [`ENV_VAR`], else the name for
/// the system to find.
fn program() -> OsString {
    let this = env::current_exe().ok().filter(|path| path.file_stem().is_some_and(|stem| stem == "earmark"));
    this.map(PathBuf::into_os_string).or_else(|| env::var_os(ENV_VAR)).unwrap_or_else(|| "earmark".into())
}

fn run(program: &OsString, paths: &[PathBuf]) -> Result<String, String> {
    let command =
        || format!("earmark models add {}", paths.iter().map(|path| shell_quoted(path)).collect::<Vec<_>>().join(" "));
    let output = Command::new(program).args(["models", "add"]).args(paths).stdin(Stdio::null()).output();
    let output = output.map_err(|error| {
        format!("Cannot start `earmark`: {error}. Install the command line, then run: {}", command())
    })?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

/// Returns a path for a shell command, in quotes if it contains spaces.
fn shell_quoted(path: &Path) -> String {
    let text = path.display().to_string();
    if text.contains(' ') { format!("\"{text}\"") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_command_line_gives_the_command_to_run() {
        let message = run(&"no such program".into(), &["/a b/c.pb".into(), "d.onnx".into()]).unwrap_err();
        assert!(message.ends_with("run: earmark models add \"/a b/c.pb\" d.onnx"), "{message}");
    }
}
