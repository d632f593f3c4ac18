//! The panel on an instance: all that a window needs but the window.
//!
//! It looks at the [`Instance`] before each frame and never touches the worker. What must outlive a window stays here
//! while it is closed (the [`HistoryFeed`]) or with the instance (the time line, the state).

use std::sync::Arc;

use earmark_panel::{Command, Controls, Panel, PanelLayout, PanelState, Section};
use earmark_session::Instance;
use earmark_session::state::Followed;

use crate::export::{self, Export};
use crate::history_feed::HistoryFeed;
use crate::model_installer::ModelInstaller;
use crate::panel_state::{self, PanelStateBuilder};

/// How long a screen is left alone when nothing is new, in seconds: ages have to be seen growing.
const LOOK_S: f64 = 0.1;

/// The panel with everything that it shows of an instance. Cheap: nothing is drawn and nothing loaded before it is
/// drawn for the first time.
pub struct PanelHost {
    instance: Arc<Instance>,
    panel: Panel,
    layout: PanelLayout,
    /// State revision of the layout, and what it was then.
    saved: (u64, String),
    tape: HistoryFeed,
    shown: PanelStateBuilder,
    export: Export,
    adding: ModelInstaller,
}

impl PanelHost {
    /// Of an instance.
    #[must_use]
    pub fn new(instance: &Arc<Instance>) -> Self {
        Self {
            instance: Arc::clone(instance),
            panel: Panel::new(),
            layout: PanelLayout::default(),
            saved: (u64::MAX, String::new()),
            tape: HistoryFeed::default(),
            shown: PanelStateBuilder::default(),
            export: Export::default(),
            adding: ModelInstaller::default(),
        }
    }

    /// Draws a frame of the panel over all of `ui`, and gives the commands that only the owner can follow:
    /// [`Command::Retry`].
    pub fn draw(&mut self, ui: &mut egui::Ui, controls: &mut dyn Controls) -> Vec<Command> {
        self.read_layout();
        self.tape.follow(&self.instance);
        if self.adding.look() {
            self.shown.refresh_models(self.instance.registry());
        }
        let state = self.state();
        let commands = self.panel.show(ui, &state, self.tape.history(), &mut self.layout, controls);
        let left = commands.into_iter().filter_map(|command| self.obey(command, ui.ctx())).collect();
        self.write_layout();
        ui.ctx().request_repaint_after_secs(LOOK_S as f32);
        left
    }

    /// What the panel is shown now.
    pub fn state(&mut self) -> PanelState {
        let messages: Vec<_> = self.export.messages().iter().chain(self.adding.messages()).cloned().collect();
        let mut state = self.shown.look(&self.instance, &messages);
        state.features = (self.layout.section == Section::Features).then(|| self.shown.sound(&self.instance)).flatten();
        state
    }

    /// How the panel is arranged, as it was saved last; every number in its range.
    pub fn layout(&mut self) -> PanelLayout {
        self.read_layout();
        self.layout.clone().clamped()
    }

    /// The window has this width and height now, in points; saved with the next frame.
    pub fn set_window(&mut self, size: [f32; 2]) {
        self.layout.window = size;
    }

    /// Does what was asked for, or gives it back.
    fn obey(&mut self, command: Command, context: &egui::Context) -> Option<Command> {
        match command {
            Command::NewSong => self.tape.new_song(),
            Command::ResetCounters => self.shown.reset_counters(&self.instance),
            Command::ExportTimeline(format) => self.export.save(&self.instance, format),
            Command::CopyTimeline => context.copy_text(export::csv(&self.instance)),
            Command::StartMidiLearn { tag } => {
                let followed = self.shown.learn(&tag);
                self.instance.solo_cc(followed.iter().find(|followed| followed.tag == *tag).and_then(|f| f.cc));
                self.follow(followed);
            }
            Command::CancelMidiLearn => {
                self.shown.cancel_learning();
                self.instance.solo_cc(None);
            }
            Command::ClearCc { tag } => {
                let followed = self.shown.forget(&tag);
                self.follow(followed);
            }
            Command::SetMidiMapping(tag) => {
                let followed = self.shown.follow(&tag);
                self.follow(followed);
            }
            Command::ChooseReportFolder => self.export.choose_folder(&self.instance),
            Command::DismissMessage(id) => {
                if id == panel_state::COMPLAINT {
                    self.instance.state().dismiss_complaint();
                } else {
                    self.shown.dismiss(id);
                    self.export.dismiss(id);
                    self.adding.dismiss(id);
                }
            }
            Command::AddModels(paths) => self.adding.add(paths, context),
            Command::RefreshModels => self.shown.refresh_models(self.instance.registry()),
            Command::SetZoom(zoom) => context.set_zoom_factor(zoom),
            Command::Retry => return Some(Command::Retry),
        }
        None
    }

    fn follow(&self, followed: Vec<Followed>) {
        self.instance.state().change(|state| state.midi = Some(followed));
    }

    /// Takes the saved layout when another one was loaded.
    fn read_layout(&mut self) {
        let state = self.instance.state();
        let revision = state.revision();
        if revision != self.saved.0 {
            let panel = state.get().panel.clone();
            if panel != self.saved.1 {
                self.layout = serde_json::from_str(&panel).unwrap_or_default();
            }
            self.saved = (revision, panel);
        }
    }

    /// Saves the layout when it was changed.
    fn write_layout(&mut self) {
        if let Ok(panel) = serde_json::to_string(&self.layout)
            && panel != self.saved.1
            && (self.layout != PanelLayout::default() || !self.saved.1.is_empty())
        {
            self.instance.state().change(|state| state.panel.clone_from(&panel));
            self.saved = (self.instance.state().revision(), panel);
        }
    }
}
