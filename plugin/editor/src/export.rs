//! The time line as text: into a file that the user chooses, or onto the clipboard.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use earmark_dsp::Timeline;
use earmark_models::report::FileReport;
use earmark_panel::{ExportFormat, Message};
use earmark_session::report::{of_timeline, timeline_csv, write};
use earmark_session::{Instance, TimelineEntry};

/// Ids of these messages begin here, so that they are nobody else's.
const FIRST_ID: u64 = 1 << 32;

/// Files being saved, and what came of it.
pub(crate) struct Export {
    done: Receiver<Message>,
    tell: Sender<Message>,
    messages: Vec<Message>,
    dialog: Dialog,
}

/// The one dialog that may be open. It has a thread of its own, because it may stay open for as long as anybody likes
/// while the panel goes on; meanwhile no other is opened.
#[derive(Clone, Default)]
struct Dialog(Arc<AtomicBool>);

impl Dialog {
    /// Opens it, if none is open. Without a thread there is no dialog, which is seen.
    fn open(&self, ask: impl FnOnce() + Send + 'static) {
        if !self.0.swap(true, Ordering::AcqRel) {
            let closing = Closing(self.clone());
            let _ = thread::Builder::new().name("earmark-dialog".into()).spawn(move || {
                let _closing = closing;
                ask();
            });
        }
    }
}

/// Closes the dialog at its end, whatever came of it.
struct Closing(Dialog);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::Release);
    }
}

impl Default for Export {
    fn default() -> Self {
        let (tell, done) = channel();
        Self { done, tell, messages: Vec::new(), dialog: Dialog::default() }
    }
}

impl Export {
    /// Asks for a file and writes the time line there.
    pub(crate) fn save(&self, instance: &Instance, format: ExportFormat) {
        let (text, ending) = match format {
            ExportFormat::Json => (json(instance), "json"),
            ExportFormat::Csv => (csv(instance), "csv"),
        };
        let tell = self.tell.clone();
        self.dialog.open(move || {
            let dialog = rfd::FileDialog::new()
                .set_title("Save the time line")
                .set_file_name(format!("earmark.{ending}"))
                .add_filter(ending.to_uppercase(), &[ending]);
            if let Some(path) = dialog.save_file() {
                // The window may be gone by now.
                let _ = tell.send(saved(&path, &text));
            }
        });
    }

    /// Asks for the folder for reports.
    pub(crate) fn choose_folder(&self, instance: &Arc<Instance>) {
        let instance = Arc::clone(instance);
        self.dialog.open(move || {
            let dialog = rfd::FileDialog::new().set_title("Where to save reports of offline renders");
            if let Some(folder) = dialog.pick_folder() {
                instance.state().change(|state| state.report.folder = folder);
            }
        });
    }

    /// What came of it so far, until it is dismissed.
    pub(crate) fn messages(&mut self) -> &[Message] {
        self.messages.extend(self.done.try_iter());
        &self.messages
    }

    pub(crate) fn dismiss(&mut self, id: u64) {
        self.messages.retain(|message| message.id != id);
    }
}

fn saved(path: &PathBuf, text: &str) -> Message {
    static NEXT: AtomicU64 = AtomicU64::new(FIRST_ID);
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    match fs::write(path, text) {
        Ok(()) => Message { id, text: format!("Saved: {}", path.display()), warning: false },
        Err(error) => Message { id, text: format!("Not saved: {}: {error}", path.display()), warning: true },
    }
}

/// The time line as `earmark tag --format json` would write it.
fn json(instance: &Instance) -> String {
    let mut bytes = Vec::new();
    // Writing to memory does not fail.
    let _ = write(&look(instance, |report, _| report), &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The time line as the table that lies beside a report.
pub(crate) fn csv(instance: &Instance) -> String {
    look(instance, |report, timeline| timeline_csv(&report, timeline.since(0).map(|(_, entry)| entry)))
}

/// Looks at the time line and at the report on it.
fn look<T>(instance: &Instance, look: impl FnOnce(FileReport, &Timeline<TimelineEntry>) -> T) -> T {
    let (rate_hz, channels) = instance.snapshot().map_or((0.0, 0), |report| (report.rate_hz, report.channels));
    instance.timeline.read(|timeline| {
        let entries = timeline.since(0).map(|(_, entry)| entry);
        look(of_timeline(instance.registry(), "live".into(), rate_hz, channels, entries), timeline)
    })
}

#[cfg(test)]
mod tests {
    use earmark_models::{Prediction, PredictionValue, Registry};

    use super::*;
    use earmark_session::{BarBeat, SharedSettings};

    #[test]
    fn the_time_line_is_written_as_the_command_line_does() {
        let instance = Instance::new(Arc::new(SharedSettings::new(Registry::global())));
        assert_eq!(csv(&instance).lines().count(), 1, "a header");
        let outcome = PredictionValue::Tags { values: vec![0.25; 50], embedding: None };
        let prediction = Prediction { model: "msd-vgg".into(), generation: 0, start_s: 0.0, end_s: 3.0, outcome };
        instance.timeline.push(TimelineEntry { prediction, begin: None, end: None });
        let written: serde_json::Value = serde_json::from_str(&json(&instance)).unwrap();
        assert_eq!((&written["schema"], &written["models"][0]["id"]), (&"earmark/1".into(), &"msd-vgg".into()));
        assert_eq!(written["models"][0]["predictions"][0]["values"][49], 0.25);
        assert_eq!(csv(&instance).lines().count(), 51);
    }

    #[test]
    fn the_table_has_the_bar_that_the_host_was_at_then() {
        let instance = Instance::new(Arc::new(SharedSettings::new(Registry::global())));
        // The same stretch twice, as after a jump, at two places in the song; then one that the host said nothing of.
        for bar in [Some(5), Some(9), None] {
            let outcome = PredictionValue::Silent;
            let prediction = Prediction { model: "msd-vgg".into(), generation: 0, start_s: 1.0, end_s: 4.0, outcome };
            let begin = bar.map(|bar| BarBeat { bar, beat: 2.5, tempo_bpm: 120.0 });
            instance.timeline.push(TimelineEntry { prediction, begin, end: None });
        }
        let text = csv(&instance);
        let lines: Vec<&str> = text.lines().skip(1).collect();
        let expected = ["5,2.500,120", "9,2.500,120", ",,"].map(|at| format!("msd-vgg,1,4,{at},silence,,"));
        assert_eq!(lines, expected);
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
    fn what_came_of_saving_is_told_until_it_is_dismissed() {
        let folder = tempfile::tempdir().unwrap();
        let mut export = Export::default();
        let (good, bad) = (folder.path().join("a.csv"), folder.path().join("none/a.csv"));
        export.tell.send(saved(&good, "text")).unwrap();
        export.tell.send(saved(&bad, "text")).unwrap();
        let messages = export.messages().to_vec();
        assert_eq!(fs::read_to_string(good).unwrap(), "text");
        assert_eq!(messages.iter().map(|message| message.warning).collect::<Vec<_>>(), [false, true]);
        export.dismiss(messages[0].id);
        assert_eq!(export.messages(), &messages[1..]);
    }
}
