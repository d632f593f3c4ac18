//! File dialogs, on a thread of their own because a dialog blocks, and a field for a path on systems without dialogs.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;

use earmark_capture::decode::AUDIO_EXTENSIONS;
use earmark_editor::DialogOutcome;
use eframe::egui::{Align2, Context, RichText, TextEdit, Ui, Window};

/// Kind of file that the user opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileKind {
    /// Audio file.
    Audio,
    /// Scene file.
    Scenes,
}

/// Open file dialog or path field, if any.
#[derive(Default)]
pub(super) struct FileDialogs {
    dialog: Option<(FileKind, Receiver<DialogOutcome<PathBuf>>)>,
    field: Option<PathField>,
}

/// Field for the path of a file.
#[derive(Debug)]
struct PathField {
    kind: FileKind,
    path: String,
    error: Option<String>,
}

impl FileKind {
    /// Returns the kind of a file that was dropped onto the window.
    pub(super) fn of(path: &Path) -> Self {
        let scenes = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
        if scenes { Self::Scenes } else { Self::Audio }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Audio => "Open an audio file",
            Self::Scenes => "Open a scene file",
        }
    }

    fn dialog(self) -> rfd::FileDialog {
        let dialog = rfd::FileDialog::new().set_title(self.title());
        match self {
            Self::Audio => dialog.add_filter("Audio", &AUDIO_EXTENSIONS),
            Self::Scenes => dialog.add_filter("Scenes", &["toml"]),
        }
    }
}

impl FileDialogs {
    /// Opens the system's dialog for a file, unless a dialog is open.
    pub(super) fn open(&mut self, kind: FileKind, context: &Context) {
        self.open_with(kind, context, move || kind.dialog().pick_file());
    }

    fn open_with(
        &mut self,
        kind: FileKind,
        context: &Context,
        pick: impl FnOnce() -> Option<PathBuf> + Send + 'static,
    ) {
        if self.dialog.is_some() {
            return;
        }
        let (sender, result) = channel();
        let context = context.clone();
        let started = thread::Builder::new().name("earmark-choose".into()).spawn(move || {
            let _ = sender.send(DialogOutcome::of(pick));
            context.request_repaint();
        });
        if started.is_ok() {
            self.dialog = Some((kind, result));
        } else {
            self.field = Some(PathField::new(kind));
        }
    }

    /// Returns the file that the user has chosen since the last call. Draws the path field if it is open.
    pub(super) fn show(&mut self, ui: &Ui) -> Option<(FileKind, PathBuf)> {
        if let Some((kind, result)) = &self.dialog {
            let kind = *kind;
            match result.try_recv() {
                Err(TryRecvError::Empty) => {}
                Ok(DialogOutcome::Picked(path)) => {
                    self.dialog = None;
                    return Some((kind, path));
                }
                Ok(DialogOutcome::Cancelled) => self.dialog = None,
                // The thread has ended without a result if the dialog library panicked.
                Ok(DialogOutcome::Unavailable) | Err(TryRecvError::Disconnected) => {
                    (self.dialog, self.field) = (None, Some(PathField::new(kind)));
                }
            }
        }
        let field = self.field.as_mut()?;
        let kind = field.kind;
        let entered = field.show(ui.ctx())?;
        self.field = None;
        entered.map(|path| (kind, path))
    }
}

impl PathField {
    fn new(kind: FileKind) -> Self {
        Self { kind, path: String::new(), error: None }
    }

    /// Draws the field. Returns the path of an existing file, `Some(None)` if the user cancels, and otherwise `None`.
    fn show(&mut self, context: &Context) -> Option<Option<PathBuf>> {
        let mut done = None;
        let window = Window::new(self.kind.title()).collapsible(false).resizable(false);
        window.anchor(Align2::CENTER_CENTER, [0.0, 0.0]).show(context, |ui| {
            ui.label(
                "This system shows no file dialog (xdg-desktop-portal or zenity). Enter the path, or drop the file.",
            );
            let edit = TextEdit::singleline(&mut self.path).hint_text("/home/name/song.flac").desired_width(320.0);
            let field = ui.add(edit);
            if self.path.is_empty() && self.error.is_none() {
                field.request_focus();
            }
            let confirmed = field.lost_focus() && ui.input(|input| input.key_pressed(eframe::egui::Key::Enter));
            if let Some(error) = &self.error {
                ui.label(RichText::new(error).color(ui.visuals().warn_fg_color));
            }
            ui.horizontal(|ui| {
                if ui.button("Open").clicked() || confirmed {
                    match existing_file(&self.path) {
                        Ok(path) => done = Some(Some(path)),
                        Err(error) => self.error = Some(error),
                    }
                }
                if ui.button("Cancel").clicked() {
                    done = Some(None);
                }
            });
        });
        done
    }
}

/// Returns the path of an existing file. `~` at the start is the home folder.
fn existing_file(text: &str) -> Result<PathBuf, String> {
    let text = text.trim();
    let home = text.strip_prefix("~/").and_then(|below| Some(directories::BaseDirs::new()?.home_dir().join(below)));
    let path = home.unwrap_or_else(|| PathBuf::from(text));
    if path.is_file() {
        Ok(path)
    } else {
        Err(format!("Cannot open the file: expected the path of a file, got `{text}`."))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use eframe::egui::RawInput;

    use super::*;

    /// Draws frames until the dialog has ended; returns the chosen file.
    fn wait(dialogs: &mut FileDialogs) -> Option<(FileKind, PathBuf)> {
        let context = Context::default();
        let (started, mut chosen) = (Instant::now(), None);
        loop {
            let _ = context.run_ui(RawInput::default(), |ui| chosen = dialogs.show(ui).or(chosen.take()));
            if dialogs.dialog.is_none() {
                return chosen;
            }
            assert!(started.elapsed() < Duration::from_secs(20));
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn dialog_that_was_not_shown_is_replaced_by_a_path_field() {
        let mut dialogs = FileDialogs::default();
        dialogs.open_with(FileKind::Scenes, &Context::default(), || None);
        assert_eq!(wait(&mut dialogs), None);
        assert_eq!(dialogs.field.as_ref().map(|field| field.kind), Some(FileKind::Scenes));

        let mut dialogs = FileDialogs::default();
        dialogs.open_with(FileKind::Audio, &Context::default(), || {
            thread::sleep(Duration::from_secs(1));
            None
        });
        assert_eq!((wait(&mut dialogs), dialogs.field.is_none()), (None, true), "the user has cancelled");
        dialogs.open_with(FileKind::Audio, &Context::default(), || Some("/a.wav".into()));
        assert_eq!(wait(&mut dialogs), Some((FileKind::Audio, "/a.wav".into())));
    }

    #[test]
    fn entered_path_must_be_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("show.toml");
        std::fs::write(&file, "").unwrap();
        assert_eq!(existing_file(&format!(" {} ", file.display())), Ok(file.clone()));
        for bad in ["", "/nowhere/a.wav", folder.path().to_str().unwrap()] {
            assert!(existing_file(bad).unwrap_err().contains("expected the path of a file"), "{bad}");
        }
        assert_eq!((FileKind::of(&file), FileKind::of(Path::new("a.TXT"))), (FileKind::Scenes, FileKind::Audio));
    }
}
