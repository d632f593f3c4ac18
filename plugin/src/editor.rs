//! The editor: the panel in a host's window.
//!
//! It looks at the [`Instance`] before each frame and never touches the worker. What must outlive a window stays here
//! while it is closed (the [`Tape`]) or with the instance (the time line, the state).

mod controls;
mod export;
mod shown;
mod tape;

use std::sync::Arc;

use earmark_panel::{Command, Layout, Panel};
use nice_plug::context::gui::GuiContext;
use nice_plug::editor::dpi::LogicalSize;
use nice_plug::prelude::ResizeHint;
use nice_plug_egui::baseview::{HandlerError, WindowSize};
use nice_plug_egui::resizable_window::ResizableWindow;
use nice_plug_egui::{EguiEditor, EguiEditorState, EguiNiceSettings, Frame, NiceEguiApp, create_egui_editor};

use self::controls::HostControls;
use self::export::Export;
use self::shown::Shown;
use self::tape::Tape;
use crate::instance::Instance;
use crate::state::Followed;

/// How long a window is left alone when nothing is new, in seconds: ages have to be seen growing.
const LOOK_S: f64 = 0.1;

/// The panel with everything that it needs from the host and the instance.
pub struct Window {
    instance: Arc<Instance>,
    panel: Panel,
    layout: Layout,
    /// State revision of the layout, and what it was then.
    saved: (u64, String),
    tape: Tape,
    shown: Shown,
    export: Export,
    /// While it is open.
    host: Option<GuiContext>,
    /// Whether the window still has to get the size that was saved.
    opening: bool,
}

/// The editor of an instance. Cheap: nothing is drawn and nothing loaded before it is opened.
#[must_use]
pub(crate) fn editor(instance: &Arc<Instance>) -> Option<EguiEditor<Window>> {
    let [width, height] = Layout::default().window;
    let [least_width, least_height] = Layout::SMALLEST;
    let size = EguiEditorState::from_size(LogicalSize::new(width, height), 1.0);
    let smallest = LogicalSize::new(least_width, least_height);
    let settings = EguiNiceSettings::default()
        .with_tile("Earmark")
        .with_resize_hint(ResizeHint::resizable().with_min_logical_size(smallest));
    create_egui_editor(size, instance.repaint.clone(), settings, Window::new(instance))
}

impl Window {
    /// For an instance; not open yet.
    #[must_use]
    pub fn new(instance: &Arc<Instance>) -> Self {
        Self {
            instance: Arc::clone(instance),
            panel: Panel::new(),
            layout: Layout::default(),
            saved: (u64::MAX, String::new()),
            tape: Tape::default(),
            shown: Shown::default(),
            export: Export::default(),
            host: None,
            opening: false,
        }
    }

    /// Draws a frame of the panel over all of `ui`.
    pub fn draw(&mut self, ui: &mut egui::Ui) {
        self.read_layout();
        self.tape.follow(&self.instance);
        let state = self.shown.look(&self.instance, self.export.messages());
        let mut controls = HostControls::new(&self.instance.params, self.host.as_ref());
        let commands = self.panel.show(ui, &state, self.tape.history(), &mut self.layout, &mut controls);
        for command in commands {
            self.obey(command, ui.ctx());
        }
        self.write_layout();
        ui.ctx().request_repaint_after_secs(LOOK_S as f32);
    }

    fn obey(&mut self, command: Command, context: &egui::Context) {
        match command {
            Command::NewSong => self.tape.new_song(),
            Command::ResetCounters => self.shown.reset_counters(&self.instance),
            Command::ExportTimeline(format) => self.export.save(&self.instance, format),
            Command::CopyTimeline => context.copy_text(export::csv(&self.instance)),
            Command::LearnCc { tag } => {
                let followed = self.shown.learn(&tag);
                self.instance.solo_cc(followed.iter().find(|followed| followed.tag == *tag).and_then(|f| f.cc));
                self.follow(followed);
            }
            Command::CancelLearning => {
                self.shown.cancel_learning();
                self.instance.solo_cc(None);
            }
            Command::ForgetCc { tag } => {
                let followed = self.shown.forget(&tag);
                self.follow(followed);
            }
            Command::DismissMessage(id) => {
                if id == shown::COMPLAINT {
                    self.instance.params.state.dismiss_complaint();
                } else {
                    self.shown.dismiss(id);
                    self.export.dismiss(id);
                }
            }
            // The host deactivates and activates, and what failed begins anew.
            Command::Retry => {
                if let Some(host) = &self.host {
                    host.request_restart();
                }
            }
            Command::SetZoom(zoom) => context.set_zoom_factor(zoom),
        }
    }

    fn follow(&self, followed: Vec<Followed>) {
        self.instance.params.state.change(|state| state.midi = followed);
    }

    /// Takes the saved layout when another one was loaded.
    fn read_layout(&mut self) {
        let state = &self.instance.params.state;
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
            && (self.layout != Layout::default() || !self.saved.1.is_empty())
        {
            self.instance.params.state.change(|state| state.panel.clone_from(&panel));
            self.saved = (self.instance.params.state.revision(), panel);
        }
    }
}

impl NiceEguiApp for Window {
    fn build(&mut self, context: egui::Context, host: GuiContext, _frame: &mut Frame) -> Result<(), HandlerError> {
        self.host = Some(host);
        self.read_layout();
        context.set_zoom_factor(self.layout.clone().cleaned().zoom);
        self.opening = true;
        Ok(())
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut Frame) {
        if std::mem::take(&mut self.opening) {
            let wanted = egui::Vec2::from(self.layout.clone().cleaned().window);
            if (wanted - ui.max_rect().size()).abs().max_elem() > 1.0 {
                ui.ctx().send_viewport_cmd(egui::ViewportCommand::InnerSize(wanted));
            }
        }
        let smallest = egui::Vec2::from(Layout::SMALLEST);
        ResizableWindow::new("earmark").min_size(smallest).show(ui, |ui| self.draw(ui));
    }

    fn resized(&mut self, size: WindowSize) {
        self.layout.window = [size.logical.width as f32, size.logical.height as f32];
    }

    fn editor_closed(&mut self) {
        self.host = None;
    }
}
