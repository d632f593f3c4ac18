//! Window of the program: handles the actions of the source bar and draws bar and panel.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use earmark_capture::audio_output::AudioOutput;
use earmark_capture::input::InputRequest;
use earmark_capture::player::{PlaybackMonitor, Speed};
use earmark_capture::recorder::Recording;
use earmark_editor::{DirectSettings, PanelHost, SessionControls};
use earmark_models::Registry;
use earmark_outputs::dispatcher::Outputs;
use earmark_panel::Command;
use earmark_session::SharedSettings;
use eframe::egui::{self, Context, OutputCommand, Ui};

use super::action::WindowAction;
use super::bar;
use super::controls;
use super::file_dialogs::{FileDialogs, FileKind};
use super::mappings::MappingsView;
use super::outputs::OutputManager;
use super::outputs_view;
use super::recording;
use super::state::WindowState;
use crate::app_settings::{self, AppSettings};
use crate::live_session::{LiveSession, Source};
use crate::places::Places;
use crate::presets;

/// Interval between two frames while nothing changes: counters and messages stay current.
const IDLE_REFRESH: Duration = Duration::from_secs(2);
/// Minimum interval between two writes of changed settings.
const SAVE_DELAY: Duration = Duration::from_secs(2);

/// Window of the program.
pub(super) struct AppWindow {
    /// State shown and changed by the source bar.
    state: WindowState,
    screen: PanelHost,
    /// Settings that were written last, and the time of the write.
    saved: (AppSettings, Instant),
    dialogs: FileDialogs,
    mappings: MappingsView,
    clipboard: Option<arboard::Clipboard>,
    /// Whether the saved window size was not applied yet.
    opening: bool,
}

impl AppWindow {
    /// Creates the window with saved settings, an optional message about them, and an optional file to play.
    pub(super) fn new(
        context: &Context,
        places: Places,
        saved: AppSettings,
        message: Option<String>,
        file: Option<PathBuf>,
    ) -> io::Result<Self> {
        let settings = Arc::new(SharedSettings::new(Registry::global()));
        settings.set_moods(true);
        controls::apply(&settings, &saved);
        let repaint = context.clone();
        let live = LiveSession::new(settings, saved.gain_db, Outputs::default(), move || repaint.request_repaint())?;
        let mut screen = PanelHost::new(&live.instance);
        context.set_zoom_factor(screen.layout().zoom);
        let mut window = Self {
            screen,
            saved: (saved.clone(), Instant::now()),
            state: WindowState { live: Some(live), ..WindowState::new(places, saved, message.into_iter().collect()) },
            dialogs: FileDialogs::default(),
            mappings: MappingsView::default(),
            clipboard: None,
            opening: true,
        };
        window.refresh_devices(context);
        match file {
            Some(file) => window.play(&file),
            None if window.state.settings.listening => window.open_input(context),
            None => {}
        }
        Ok(window)
    }

    fn refresh_devices(&mut self, context: &Context) {
        let context = context.clone();
        self.state.devices.refresh(move || context.request_repaint());
    }

    fn open_input(&mut self, context: &Context) {
        let Some(live) = &mut self.state.live else { return };
        let settings = &mut self.state.settings;
        let request = InputRequest { device: settings.device.clone(), channels: settings.channels.clone() };
        let context = context.clone();
        self.state.file = None;
        settings.listening = true;
        if let Err(error) = live.open_input(request, move |_| context.request_repaint()) {
            self.state.messages.push(format!("Cannot start a thread: {error}."));
        }
    }

    fn play(&mut self, file: &Path) {
        let Some(live) = &mut self.state.live else { return };
        let output = AudioOutput::start(Arc::clone(&self.state.audio_output));
        let monitor = output.ok().map(|output| -> Box<dyn PlaybackMonitor> { Box::new(output) });
        match live.play(file, Speed::Times(1.0), monitor) {
            Ok(()) => self.state.file = Some(file.to_owned()),
            Err(error) => self.state.messages.push(format!("Cannot play {}: {error}.", file.display())),
        }
    }

    fn stop(&mut self) {
        if let Some(live) = &mut self.state.live {
            live.stop();
        }
        (self.state.file, self.state.settings.listening) = (None, false);
    }

    /// Handles an action of the source bar.
    fn handle(&mut self, action: WindowAction, context: &Context) {
        let playing = matches!(self.state.live.as_ref().map(LiveSession::source), Some(Source::File(_)));
        match action {
            WindowAction::OpenInput => self.open_input(context),
            WindowAction::Stop => self.stop(),
            WindowAction::RefreshDevices => self.refresh_devices(context),
            WindowAction::ChangeInput if !playing && self.state.settings.listening => self.open_input(context),
            WindowAction::ChangeInput => {}
            WindowAction::ChangeGain => {
                if let Some(live) = &self.state.live {
                    live.input_stats.set_gain_db(self.state.settings.gain_db);
                }
            }
            WindowAction::ChooseFile(kind) => self.dialogs.open(kind, context),
            WindowAction::LoadPreset(name) => self.load_preset(&name, context),
            WindowAction::SavePreset(name) => self.save_preset(&name),
            WindowAction::RemovePreset(name) => {
                let removed = self.state.places.settings.as_deref().map(|folder| presets::remove(folder, &name));
                self.state.messages.extend(removed.and_then(Result::err));
                self.state.refresh_presets();
            }
            WindowAction::Record => self.record(),
            WindowAction::Pause(paused) => {
                if let Some(Source::File(player)) = self.state.live.as_ref().map(LiveSession::source) {
                    player.pause(paused);
                }
            }
            WindowAction::Seek(to_s) => {
                if let Some(Source::File(player)) = self.state.live.as_ref().map(LiveSession::source) {
                    player.seek(to_s);
                }
            }
            WindowAction::Dismiss(message) => {
                self.state.messages.remove(message);
            }
        }
    }

    fn save_preset(&mut self, name: &str) {
        let (Some(live), Some(folder)) = (&self.state.live, &self.state.places.settings) else { return };
        controls::store(&live.settings, &mut self.state.settings);
        self.state.messages.extend(presets::save(folder, name, &self.state.settings).err());
        self.state.refresh_presets();
    }

    fn load_preset(&mut self, name: &str, context: &Context) {
        let (Some(live), Some(folder)) = (&self.state.live, &self.state.places.settings) else { return };
        match presets::load(folder, name) {
            Ok(mut loaded) => {
                let before = &self.state.settings;
                let input_changed = (&loaded.device, &loaded.channels) != (&before.device, &before.channels);
                controls::apply(&live.settings, &loaded);
                live.input_stats.set_gain_db(loaded.gain_db);
                // Loading a preset neither opens nor closes the input.
                loaded.listening = before.listening;
                self.state.settings = loaded;
                let is_input = matches!(live.source(), Source::Input(_));
                if input_changed && is_input {
                    self.open_input(context);
                }
            }
            Err(message) => self.state.messages.push(message),
        }
    }

    /// Starts or stops a recording in the user's music folder. A message names the file at the end.
    fn record(&mut self) {
        let Some(live) = &self.state.live else { return };
        let message = match live.recorder.recording() {
            Recording::On { path, .. } => Some(match live.recorder.stop() {
                Ok(()) => format!("Recording saved: {}", path.display()),
                Err(error) => error.to_string(),
            }),
            Recording::Off | Recording::Failed(_) => match &self.state.places.recordings {
                Some(folder) => recording::start(&live.recorder, folder, SystemTime::now()).err(),
                None => Some("Cannot record: this system has no user folders.".to_owned()),
            },
        };
        self.state.messages.extend(message);
    }

    /// Opens a file that was dropped onto the window or picked in a dialog.
    fn open_files(&mut self, ui: &Ui) {
        // The panel handles dropped model files.
        let dropped = ui.ctx().input(|input| {
            let mut paths = input.raw.dropped_files.iter().map(|file| file.path());
            let models = earmark_panel::models_among(paths.clone());
            paths.find(|path| !models.iter().any(|model| model == path)).map(Path::to_owned)
        });
        let chosen = self.dialogs.show(ui);
        match dropped.map(|path| (FileKind::of(&path), path)).or(chosen) {
            Some((FileKind::Audio, path)) => self.play(&path),
            Some((FileKind::Scenes, path)) => {
                self.state.outputs.reload_scenes();
                self.state.settings.scenes = Some(path);
            }
            None => {}
        }
    }

    /// Applies the settings of the outputs.
    fn sync_outputs(&mut self) {
        let WindowState { places, live, settings, outputs, messages, audio_output, .. } = &mut self.state;
        let Some(live) = live else { return };
        audio_output.set_muted(settings.muted);
        messages.extend(outputs.sync(live, settings, places));
        if let Recording::Failed(error) = live.recorder.recording() {
            let _ = live.recorder.stop();
            messages.push(format!("The recording stopped: {error}."));
        }
    }

    /// Copies text to the clipboard, which the window library does not do.
    fn copy_to_clipboard(&mut self, context: &Context) {
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
                self.state.messages.push(format!("Cannot copy to the clipboard: {error}."));
            }
        }
    }

    /// Writes changed settings, at most every [`SAVE_DELAY`] unless `now` is set.
    fn save(&mut self, now: bool) {
        let Some(live) = &self.state.live else { return };
        if !now && self.saved.1.elapsed() < SAVE_DELAY {
            return;
        }
        controls::store(&live.settings, &mut self.state.settings);
        self.saved.1 = Instant::now();
        if self.saved.0 != self.state.settings
            && let Some(folder) = &self.state.places.settings
        {
            self.saved.0 = self.state.settings.clone();
            if let Err(error) = app_settings::write(folder, &self.state.settings) {
                self.state.messages.push(format!("Cannot write the settings to {}: {error}.", folder.display()));
            }
        }
    }
}

impl eframe::App for AppWindow {
    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        if std::mem::take(&mut self.opening) {
            let [width, height] = self.screen.layout().window;
            let size = egui::vec2(width, height + bar::HEIGHT);
            if self.screen.layout().stage {
                ui.ctx().send_viewport_cmd(egui::ViewportCommand::Fullscreen(true));
            }
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::InnerSize(size));
        }
        self.open_files(ui);
        // The full-screen view has no bar.
        let mut actions = if self.screen.is_stage() { Vec::new() } else { bar::show(ui, &mut self.state) };
        actions.extend(outputs_view::show(ui.ctx(), &mut self.state));
        self.mappings.show(ui.ctx(), &mut self.state);
        for action in actions {
            self.handle(action, ui.ctx());
        }
        self.screen.set_other_outputs(OutputManager::badges(&self.state.settings));
        if let Some(live) = &self.state.live {
            let mut midi = controls::midi_output(&self.state.settings.midi);
            let owner = DirectSettings { settings: &live.settings, midi: &mut midi, renders_offline: false };
            let commands = self.screen.draw(ui, &mut SessionControls(owner));
            controls::set_midi_output(&mut self.state.settings.midi, midi);
            for command in commands {
                match command {
                    Command::Retry if self.state.file.is_none() => self.open_input(ui.ctx()),
                    Command::SetFullScreen(on) => {
                        ui.ctx().send_viewport_cmd(egui::ViewportCommand::Fullscreen(on));
                    }
                    _ => {}
                }
            }
        }
        self.sync_outputs();
        self.copy_to_clipboard(ui.ctx());
        self.save(false);
        let size = ui.ctx().input(|input| input.viewport().inner_rect.map(|rect| rect.size()));
        if let Some(size) = size.filter(|_| !self.screen.is_stage()) {
            self.screen.set_window([size.x, (size.y - bar::HEIGHT).max(1.0)]);
        }
        // The screen requests more while there is sound.
        ui.ctx().request_repaint_after(IDLE_REFRESH);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.save(true);
        if let Some(live) = self.state.live.take() {
            let last = live.instance.snapshot();
            if let Err(error) = live.end(last.as_ref()) {
                eprintln!("earmark: {error}");
            }
        }
    }
}
