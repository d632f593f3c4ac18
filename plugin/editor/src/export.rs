//! Export of the timeline to a file that the user chooses, or to the clipboard.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::SystemTime;

use directories::UserDirs;
use earmark_dsp::Timeline;
use earmark_models::report::FileReport;
use earmark_panel::{ExportFormat, Message};
use earmark_session::report::{create_dated_file, of_timeline, timeline_csv, write};
use earmark_session::{Instance, TimelineEntry};

use crate::dialog_outcome::DialogOutcome;

/// First id of the messages of this module. Other modules use other ranges.
const FIRST_ID: u64 = 1 << 32;

/// File dialogs and their results.
pub(crate) struct Export {
    results: Receiver<Message>,
    sender: Sender<Message>,
    messages: Vec<Message>,
    dialog: Dialog,
}

/// File dialog. It runs on a thread of its own, so that the panel stays responsive. Only one dialog is open at a time.
#[derive(Clone, Default)]
struct Dialog(Arc<AtomicBool>);

impl Dialog {
    /// Opens a dialog by calling `run` on a new thread, unless one is open. Does nothing if the thread cannot start.
    fn open(&self, run: impl FnOnce() + Send + 'static) {
        if !self.0.swap(true, Ordering::AcqRel) {
            let closing = Closing(self.clone());
            let _ = thread::Builder::new().name("earmark-dialog".into()).spawn(move || {
                let _closing = closing;
                run();
            });
        }
    }
}

/// Guard that marks the dialog as closed, also after a panic.
struct Closing(Dialog);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::Release);
    }
}

impl Default for Export {
    fn default() -> Self {
        let (sender, results) = channel();
        Self { results, sender, messages: Vec::new(), dialog: Dialog::default() }
    }
}

impl Export {
    /// Opens a dialog for a file and writes the timeline to it.
    pub(crate) fn save(&self, instance: &Instance, format: ExportFormat) {
        let (text, extension) = match format {
            ExportFormat::Json => (json(instance), "json"),
            ExportFormat::Csv => (csv(instance), "csv"),
        };
        let sender = self.sender.clone();
        self.dialog.open(move || {
            let dialog = rfd::FileDialog::new()
                .set_title("Save the timeline")
                .set_file_name(format!("earmark.{extension}"))
                .add_filter(extension.to_uppercase(), &[extension]);
            let message = match DialogOutcome::of(|| dialog.save_file()) {
                DialogOutcome::Picked(path) => write_file(&path, &text),
                DialogOutcome::Unavailable => write_dated_file(documents().as_deref(), extension, &text),
                DialogOutcome::Cancelled => return,
            };
            // Fails if the window was dropped meanwhile.
            let _ = sender.send(message);
        });
    }

    /// Opens a dialog for the folder of reports and stores it in the saved state.
    pub(crate) fn choose_folder(&self, instance: &Arc<Instance>) {
        let (instance, sender) = (Arc::clone(instance), self.sender.clone());
        self.dialog.open(move || {
            let dialog = rfd::FileDialog::new().set_title("Folder for reports of offline renders");
            match DialogOutcome::of(|| dialog.pick_folder()) {
                DialogOutcome::Picked(folder) => instance.state().change(|state| state.report.folder = folder),
                DialogOutcome::Unavailable => {
                    let text =
                        "This system shows no file dialogs (xdg-desktop-portal or zenity). Enter the path of the \
                                folder."
                            .to_owned();
                    // Fails if the window was dropped meanwhile.
                    let _ = sender.send(message(text, true));
                }
                DialogOutcome::Cancelled => {}
            }
        });
    }

    /// Returns the messages about saved files that were not dismissed.
    pub(crate) fn messages(&mut self) -> &[Message] {
        self.messages.extend(self.results.try_iter());
        &self.messages
    }

    pub(crate) fn dismiss(&mut self, id: u64) {
        self.messages.retain(|message| message.id != id);
    }
}

/// Returns a message with an id of its own.
fn message(text: String, warning: bool) -> Message {
    static NEXT: AtomicU64 = AtomicU64::new(FIRST_ID);
    Message { id: NEXT.fetch_add(1, Ordering::Relaxed), text, warning }
}

/// Writes a file and returns the message about it.
fn write_file(path: &Path, text: &str) -> Message {
    match fs::write(path, text) {
        Ok(()) => message(format!("Saved: {}", path.display()), false),
        Err(error) => message(format!("Not saved: {}. {}", path.display(), hint(&error)), true),
    }
}

/// Returns the folder of the user's documents, or the home folder.
fn documents() -> Option<PathBuf> {
    let folders = UserDirs::new()?;
    let documents = folders.document_dir().filter(|folder| folder.is_dir());
    Some(documents.unwrap_or_else(|| folders.home_dir()).to_owned())
}

/// Writes a file whose name contains the time into `folder`, for systems without file dialogs; returns the message about
/// it.
fn write_dated_file(folder: Option<&Path>, extension: &str, text: &str) -> Message {
    let Some(folder) = folder else { return message("Not saved: this system has no user folders.".to_owned(), true) };
    match create_dated_file(folder, extension, SystemTime::now()) {
        Ok((path, _)) => write_file(&path, text),
        Err(error) => message(format!("Not saved: {}. {}", folder.display(), hint(&error)), true),
    }
}

/// Returns the cause of a failed write and the way out, in plain words.
fn hint(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull => "The disk is full: free some space and save again.".into(),
        io::ErrorKind::PermissionDenied => "The folder cannot be written: choose another one.".into(),
        io::ErrorKind::NotFound => "The folder does not exist: choose another one.".into(),
        _ => format!("The system reports: {error}."),
    }
}

/// Returns the timeline in the format of `earmark tag --format json`.
fn json(instance: &Instance) -> String {
    let mut bytes = Vec::new();
    // Writing to memory does not fail.
    let _ = write(&with_report(instance, |report, _| report), &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Returns the timeline as a CSV table, like the one next to a report.
pub(crate) fn csv(instance: &Instance) -> String {
    with_report(instance, |report, timeline| timeline_csv(&report, timeline.since(0).map(|(_, entry)| entry)))
}

/// Calls `read` with the report of the timeline and the timeline itself.
fn with_report<T>(instance: &Instance, read: impl FnOnce(FileReport, &Timeline<TimelineEntry>) -> T) -> T {
    let (rate_hz, channels) = instance.snapshot().map_or((0.0, 0), |snapshot| (snapshot.rate_hz, snapshot.channels));
    instance.timeline.read(|timeline| {
        let entries = timeline.since(0).map(|(_, entry)| entry);
        read(of_timeline(instance.registry(), "live".into(), rate_hz, channels, entries), timeline)
    })
}

#[cfg(test)]
mod tests {
    use earmark_models::{Prediction, PredictionValue, Registry};

    use super::*;
    use earmark_session::{BarBeat, SharedSettings};

    #[test]
    fn timeline_is_exported_in_the_format_of_the_command_line() {
        let instance = Instance::new(Arc::new(SharedSettings::new(Registry::global())));
        assert_eq!(csv(&instance).lines().count(), 1, "a header");
        let outcome = PredictionValue::Tags { values: vec![0.25; 50], embedding: None };
        let prediction = Prediction { model: "msd-vgg".into(), generation: 0, start_s: 0.0, end_s: 3.0, outcome };
        instance.timeline.push(TimelineEntry { prediction, begin: None, end: None, looped: false });
        let written: serde_json::Value = serde_json::from_str(&json(&instance)).unwrap();
        assert_eq!((&written["schema"], &written["models"][0]["id"]), (&"earmark/1".into(), &"msd-vgg".into()));
        assert_eq!(written["models"][0]["predictions"][0]["values"][49], 0.25);
        assert_eq!(csv(&instance).lines().count(), 51);
    }

    #[test]
    fn table_has_the_host_position_of_each_prediction() {
        let instance = Instance::new(Arc::new(SharedSettings::new(Registry::global())));
        // The same source time at two host positions, as after a seek, and once without a position.
        for bar in [Some(5), Some(9), None] {
            let outcome = PredictionValue::Silent;
            let prediction = Prediction { model: "msd-vgg".into(), generation: 0, start_s: 1.0, end_s: 4.0, outcome };
            let begin = bar.map(|bar| BarBeat { bar, beat: 2.5, tempo_bpm: 120.0 });
            instance.timeline.push(TimelineEntry { prediction, begin, end: None, looped: false });
        }
        let text = csv(&instance);
        let lines: Vec<&str> = text.lines().skip(1).collect();
        let expected = ["5,2.500,120", "9,2.500,120", ",,"].map(|at| format!("msd-vgg,1,4,{at},silence,,"));
        assert_eq!(lines, expected);
    }

    #[test]
    fn file_without_a_dialog_is_written_to_a_known_place() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            let message = write_dated_file(Some(folder.path()), "csv", "text");
            let path = message.text.strip_prefix("Saved: ").unwrap();
            assert!(!message.warning && path.ends_with(".csv"), "{}", message.text);
            assert_eq!(fs::read_to_string(path).unwrap(), "text");
        }
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2, "no file is overwritten");
        for nowhere in [None, Some(folder.path().join("none"))] {
            let message = write_dated_file(nowhere.as_deref(), "csv", "text");
            assert!(message.warning && message.text.starts_with("Not saved: "), "{}", message.text);
        }
    }

    #[test]
    fn one_dialog_is_open_at_a_time() {
        let (dialog, (open, opened)) = (Dialog::default(), channel());
        let (close, closed) = channel::<()>();
        let first = open.clone();
        dialog.open(move || {
            first.send(1).unwrap();
            closed.recv().unwrap();
        });
        assert_eq!(opened.recv(), Ok(1));
        let second = open.clone();
        dialog.open(move || second.send(2).unwrap());
        close.send(()).unwrap();
        while dialog.0.load(Ordering::Acquire) {
            thread::yield_now();
        }
        dialog.open(move || open.send(3).unwrap());
        assert_eq!(opened.iter().collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn messages_about_saved_files_stay_until_dismissed() {
        let folder = tempfile::tempdir().unwrap();
        let mut export = Export::default();
        let (good, bad) = (folder.path().join("a.csv"), folder.path().join("none/a.csv"));
        export.sender.send(write_file(&good, "text")).unwrap();
        export.sender.send(write_file(&bad, "text")).unwrap();
        let messages = export.messages().to_vec();
        assert_eq!(fs::read_to_string(good).unwrap(), "text");
        assert_eq!(messages.iter().map(|message| message.warning).collect::<Vec<_>>(), [false, true]);
        assert!(messages[1].text.ends_with("The folder does not exist: choose another one."), "{}", messages[1].text);
        export.dismiss(messages[0].id);
        assert_eq!(export.messages(), &messages[1..]);
    }
}
