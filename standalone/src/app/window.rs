//! The window's state from frame to frame, and what it does.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use earmark_live::{Screen, Settings};
use earmark_panel::Command;
use eframe::egui::{self, Context, OutputCommand, Ui};

use super::bar::{self, Deed};
use super::controls::{self, AppControls};
use super::devices::Devices;
use super::outlets::Outlets;
use super::recording;
use crate::decode::ENDINGS;
use crate::input::keeper::Wish;
use crate::input::player::Speed;
use crate::input::tape::Recording;
use crate::live::{Live, Source};
use crate::output::teller::Outputs;
use crate::settings::{self, Remembered, presets};

/// How often what has changed is written down.
const SAVING: Duration = Duration::from_secs(2);

/// The window.
pub(super) struct Window {
    folder: Option<PathBuf>,
    /// There until it is closed.
    live: Option<Live>,
    screen: Screen,
    pub(super) remembered: Remembered,
    /// What was written down last, and when that was.
    saved: (Remembered, Instant),
    pub(super) devices: Devices,
    pub(super) outlets: Outlets,
    /// What went wrong, until it is dismissed.
    pub(super) complaints: Vec<String>,
    /// The file that plays or played.
    pub(super) file: Option<PathBuf>,
    /// A file that is being chosen.
    choosing: Option<Receiver<Chosen>>,
    /// The name of a preset that is being typed.
    pub(super) preset: String,
    clipboard: Option<arboard::Clipboard>,
    /// Whether the window still has to get the size that was saved.
    opening: bool,
}

/// A file that was chosen.
enum Chosen {
    /// To be played.
    Audio(PathBuf),
    /// Whose scenes are to be followed.
    Scenes(PathBuf),
}

impl Window {
    pub(super) fn new(
        context: &Context,
        folder: Option<PathBuf>,
        remembered: Remembered,
        complaint: Option<String>,
        file: Option<PathBuf>,
    ) -> io::Result<Self> {
        let settings = Arc::new(Settings::default());
        controls::wish(&settings, &remembered);
        let repaint = context.clone();
        let live = Live::new(settings, remembered.gain_db, Outputs::default(), move || repaint.request_repaint())?;
        let mut screen = Screen::new(&live.instance);
        context.set_zoom_factor(screen.layout().zoom);
        let mut window = Self {
            folder,
            live: Some(live),
            screen,
            saved: (remembered.clone(), Instant::now()),
            remembered,
            devices: Devices::default(),
            outlets: Outlets::default(),
            complaints: complaint.into_iter().collect(),
            file: None,
            choosing: None,
            preset: String::new(),
            clipboard: None,
            opening: true,
        };
        window.ask_devices(context);
        match file {
            Some(file) => window.play(&file),
            None if window.remembered.listening => window.listen(context),
            None => {}
        }
        Ok(window)
    }

    pub(super) fn live(&self) -> Option<&Live> {
        self.live.as_ref()
    }

    fn ask_devices(&mut self, context: &Context) {
        let context = context.clone();
        self.devices.ask(move || context.request_repaint());
    }

    fn listen(&mut self, context: &Context) {
        let Some(live) = &mut self.live else { return };
        let wish = Wish { device: self.remembered.device.clone(), channels: self.remembered.channels.clone() };
        let context = context.clone();
        self.file = None;
        self.remembered.listening = true;
        if let Err(error) = live.listen(wish, move |_| context.request_repaint()) {
            self.complaints.push(format!("The system gives no thread: {error}."));
        }
    }

    fn play(&mut self, file: &Path) {
        let Some(live) = &mut self.live else { return };
        match live.play(file, Speed::Times(1.0)) {
            Ok(()) => self.file = Some(file.to_owned()),
            Err(error) => self.complaints.push(format!("{}: {error}.", file.display())),
        }
    }

    fn stop(&mut self) {
        if let Some(live) = &mut self.live {
            live.stop();
        }
        (self.file, self.remembered.listening) = (None, false);
    }

    /// Does what was asked for in the bar.
    fn act(&mut self, deed: Deed, context: &Context) {
        let playing = matches!(self.live.as_ref().map(Live::source), Some(Source::File(_)));
        match deed {
            Deed::Listen => self.listen(context),
            Deed::Stop => self.stop(),
            Deed::AskDevices => self.ask_devices(context),
            Deed::Changed if !playing && self.remembered.listening => self.listen(context),
            Deed::Changed => {}
            Deed::Gain => {
                if let Some(live) = &self.live {
                    live.shared.set_gain_db(self.remembered.gain_db);
                }
            }
            Deed::Choose => {
                let dialog = rfd::FileDialog::new().set_title("Play a file").add_filter("Audio", &ENDINGS);
                self.choose(context, dialog, Chosen::Audio);
            }
            Deed::ChooseScenes => {
                let dialog = rfd::FileDialog::new().set_title("Follow scenes").add_filter("Scenes", &["toml"]);
                self.choose(context, dialog, Chosen::Scenes);
            }
            Deed::LoadPreset(name) => self.load_preset(&name, context),
            Deed::SavePreset(name) => self.save_preset(&name),
            Deed::RemovePreset(name) => {
                let removed = self.folder.as_deref().map(|folder| presets::remove(folder, &name));
                self.complaints.extend(removed.and_then(Result::err));
            }
            Deed::Record => self.record(),
            Deed::Pause(paused) => {
                if let Some(Source::File(player)) = self.live.as_ref().map(Live::source) {
                    player.pause(paused);
                }
            }
            Deed::Seek(to_s) => {
                if let Some(Source::File(player)) = self.live.as_ref().map(Live::source) {
                    player.seek(to_s);
                }
            }
            Deed::Dismiss(complaint) => {
                self.complaints.remove(complaint);
            }
        }
    }

    /// The names of the presets there are.
    pub(super) fn presets(&self) -> Vec<String> {
        self.folder.as_deref().map(presets::names).unwrap_or_default()
    }

    fn save_preset(&mut self, name: &str) {
        let (Some(live), Some(folder)) = (&self.live, &self.folder) else { return };
        controls::remember(&live.settings, &mut self.remembered);
        self.complaints.extend(presets::save(folder, name, &self.remembered).err());
    }

    fn load_preset(&mut self, name: &str, context: &Context) {
        let (Some(live), Some(folder)) = (&self.live, &self.folder) else { return };
        match presets::load(folder, name) {
            Ok(remembered) => {
                let moved =
                    (&remembered.device, &remembered.channels) != (&self.remembered.device, &self.remembered.channels);
                controls::wish(&live.settings, &remembered);
                live.shared.set_gain_db(remembered.gain_db);
                // Whether it listens is not a matter of taste.
                let listening = self.remembered.listening;
                self.remembered = remembered;
                self.remembered.listening = listening;
                let listens = matches!(live.source(), Source::Input(_));
                if moved && listens {
                    self.listen(context);
                }
            }
            Err(complaint) => self.complaints.push(complaint),
        }
    }

    /// Asks for a file, on a thread of its own: the dialog stays open for as long as anybody likes.
    fn choose(&mut self, context: &Context, dialog: rfd::FileDialog, chosen_as: fn(PathBuf) -> Chosen) {
        if self.choosing.is_some() {
            // One dialog at a time.
            return;
        }
        let (tell, chosen) = channel();
        let context = context.clone();
        let asked = thread::Builder::new().name("earmark-choose".into()).spawn(move || {
            if let Some(path) = dialog.pick_file() {
                let _ = tell.send(chosen_as(path));
            }
            context.request_repaint();
        });
        self.choosing = asked.is_ok().then_some(chosen);
    }

    /// Starts or stops a recording, in the user's folder for audio or, if there is none, in that of the settings.
    fn record(&mut self) {
        let Some(live) = &self.live else { return };
        let outcome = match live.tape.recording() {
            Recording::On { .. } => live.tape.stop(),
            Recording::Off | Recording::Failed(_) => {
                let folders = directories::UserDirs::new();
                let folder = folders.as_ref().and_then(|folders| folders.audio_dir().map(Path::to_owned));
                let folder =
                    folder.filter(|folder| folder.is_dir()).or_else(|| self.folder.clone()).unwrap_or_default();
                recording::start(&live.tape, &folder, SystemTime::now())
            }
        };
        self.complaints.extend(outcome.err());
    }

    fn follow_files(&mut self, ui: &Ui) {
        // Models among them are the panel's.
        let dropped = ui.ctx().input(|input| {
            let mut paths = input.raw.dropped_files.iter().map(|file| file.path());
            let models = earmark_panel::models_among(paths.clone());
            paths.find(|path| !models.iter().any(|model| model == path)).map(Path::to_owned)
        });
        let chosen = match self.choosing.as_ref().map(Receiver::try_recv) {
            Some(Err(TryRecvError::Empty)) | None => None,
            Some(chosen) => {
                self.choosing = None;
                chosen.ok()
            }
        };
        match dropped.map(Chosen::of).or(chosen) {
            Some(Chosen::Audio(path)) => self.play(&path),
            Some(Chosen::Scenes(path)) => {
                self.outlets.forget_scenes();
                self.remembered.scenes = Some(path);
            }
            None => {}
        }
    }

    fn follow_outputs(&mut self) {
        let Some(live) = &self.live else { return };
        let complaints = self.outlets.follow(live, &mut self.remembered, self.folder.as_deref());
        self.complaints.extend(complaints);
        if let Recording::Failed(words) = live.tape.recording() {
            let _ = live.tape.stop();
            self.complaints.push(format!("The recording broke off: {words}."));
        }
    }

    /// Text for the clipboard: the window's library leaves that to us.
    fn follow_clipboard(&mut self, context: &Context) {
        let texts: Vec<String> = context.output(|output| {
            let copied = output.commands.iter().filter_map(|command| match command {
                OutputCommand::CopyText(text) => Some(text.clone()),
                _ => None,
            });
            copied.collect()
        });
        for text in texts {
            if self.clipboard.is_none() {
                self.clipboard = arboard::Clipboard::new().ok();
            }
            if let Some(Err(error)) = self.clipboard.as_mut().map(|clipboard| clipboard.set_text(text)) {
                self.complaints.push(format!("Nothing was copied: {error}."));
            }
        }
    }

    fn save(&mut self, now: bool) {
        let Some(live) = &self.live else { return };
        if !now && self.saved.1.elapsed() < SAVING {
            return;
        }
        controls::remember(&live.settings, &mut self.remembered);
        self.saved.1 = Instant::now();
        if self.saved.0 != self.remembered
            && let Some(folder) = &self.folder
        {
            self.saved.0 = self.remembered.clone();
            if let Err(error) = settings::write(folder, &self.remembered) {
                self.complaints.push(format!("The settings cannot be written to {}: {error}.", folder.display()));
            }
        }
    }
}

impl Chosen {
    /// What a file that was dropped onto the window is for.
    fn of(path: PathBuf) -> Self {
        let scenes = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"));
        if scenes { Self::Scenes(path) } else { Self::Audio(path) }
    }
}

impl eframe::App for Window {
    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        if std::mem::take(&mut self.opening) {
            let [width, height] = self.screen.layout().window;
            let size = egui::vec2(width, height + bar::HEIGHT);
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::InnerSize(size));
        }
        self.follow_files(ui);
        for deed in bar::show(ui, self) {
            self.act(deed, ui.ctx());
        }
        if let Some(live) = &self.live {
            let mut controls = AppControls { settings: &live.settings, midi: &mut self.remembered.midi };
            let left = self.screen.draw(ui, &mut controls);
            if left.contains(&Command::Retry) && self.file.is_none() {
                self.listen(ui.ctx());
            }
        }
        self.follow_outputs();
        self.follow_clipboard(ui.ctx());
        self.save(false);
        let size = ui.ctx().input(|input| input.viewport().inner_rect.map(|rect| rect.size()));
        if let Some(size) = size {
            self.screen.set_window([size.x, (size.y - bar::HEIGHT).max(1.0)]);
        }
        // The meter, and ages that grow.
        ui.ctx().request_repaint_after(Duration::from_millis(100));
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.save(true);
        if let Some(live) = self.live.take() {
            let last = live.instance.report();
            if let Err(words) = live.end(last.as_ref()) {
                eprintln!("earmark: {words}");
            }
        }
    }
}
