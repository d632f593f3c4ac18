//! Binding of a panel to an instance, independent of the window system.
//!
//! The host reads the [`Instance`] before each frame and never calls the worker thread. The [`HistoryFeed`] stays in
//! the host while the window is closed; timeline and saved state stay in the instance.

use std::sync::Arc;

use earmark_panel::{
    Command, Controls, DescriptorReading, OutputBadge, Panel, PanelLayout, PanelState, Section, Status,
};
use earmark_session::Instance;
use earmark_session::state::MidiMapping;

use crate::descriptor_reading::descriptor_reading;
use crate::export::{self, Export};
use crate::history_feed::HistoryFeed;
use crate::model_installer::ModelInstaller;
use crate::output_state;
use crate::panel_state::{self, PanelStateBuilder};

/// Interval between repaints without new results while audio arrives, in seconds. The displayed ages grow.
const REFRESH_S: f32 = 0.1;
/// Interval between repaints while no audio arrives, or silence, in seconds.
const IDLE_REFRESH_S: f32 = 2.0;

/// Panel with the data that it shows of an instance. Cheap to create: nothing is loaded before the first draw.
pub struct PanelHost {
    instance: Arc<Instance>,
    panel: Panel,
    layout: PanelLayout,
    /// Saved layout with its state revision.
    saved: (u64, String),
    feed: HistoryFeed,
    builder: PanelStateBuilder,
    export: Export,
    installer: ModelInstaller,
    other_outputs: Vec<OutputBadge>,
}

impl PanelHost {
    /// Creates the host of a panel on `instance`.
    #[must_use]
    pub fn new(instance: &Arc<Instance>) -> Self {
        Self {
            instance: Arc::clone(instance),
            panel: Panel::new(),
            layout: PanelLayout::default(),
            saved: (u64::MAX, String::new()),
            feed: HistoryFeed::default(),
            builder: PanelStateBuilder::default(),
            export: Export::default(),
            installer: ModelInstaller::default(),
            other_outputs: Vec::new(),
        }
    }

    /// Draws a frame of the panel over all of `ui`, and returns the commands that only the owner can handle:
    /// [`Command::Retry`] and [`Command::SetFullScreen`].
    pub fn draw(&mut self, ui: &mut egui::Ui, controls: &mut dyn Controls) -> Vec<Command> {
        self.read_layout();
        self.feed.update(&self.instance);
        if self.installer.poll() {
            self.builder.refresh_models(self.instance.registry());
        }
        let mut state = self.state();
        let failed_report = self.instance.recent_reports().pop().and_then(|(_, outcome)| outcome.err());
        state.outputs = output_state::badges(controls, failed_report.as_deref());
        state.outputs.extend(self.other_outputs.iter().cloned());
        if self.layout.section == Section::Outputs {
            state.sent = output_state::sent(controls, &state);
        }
        let commands = self.panel.show(ui, &state, self.feed.history(), &mut self.layout, controls);
        let unhandled = commands.into_iter().filter_map(|command| self.handle_command(command, ui.ctx())).collect();
        self.write_layout();
        // New results request a repaint themselves, except those of silence.
        let is_changing = self.builder.receives_audio() && !matches!(state.status, Status::Silence);
        ui.ctx().request_repaint_after_secs(if is_changing { REFRESH_S } else { IDLE_REFRESH_S });
        unhandled
    }

    /// Returns the state that the panel shows now.
    pub fn state(&mut self) -> PanelState {
        let messages: Vec<_> = self.export.messages().iter().chain(self.installer.messages()).cloned().collect();
        let mut state = self.builder.build(&self.instance, &messages);
        state.features =
            (self.layout.section == Section::Features).then(|| self.builder.features(&self.instance)).flatten();
        state.descriptors = self.layout.needs_descriptors().then(|| descriptors(&self.instance)).flatten();
        state
    }

    /// Returns the layout that was saved last, with every number clamped to its range.
    pub fn layout(&mut self) -> PanelLayout {
        self.read_layout();
        self.layout.clone().clamped()
    }

    /// Whether the full-screen view is shown.
    #[must_use]
    pub fn is_stage(&self) -> bool {
        self.layout.stage
    }

    /// Sets the outputs of the owner that are shown after those of the session.
    pub fn set_other_outputs(&mut self, outputs: Vec<OutputBadge>) {
        self.other_outputs = outputs;
    }

    /// Sets width and height of the window in points. The next draw saves them.
    pub fn set_window(&mut self, size: [f32; 2]) {
        self.layout.window = size;
    }

    /// Handles a command of the panel, or returns it if only the owner can handle it.
    fn handle_command(&mut self, command: Command, context: &egui::Context) -> Option<Command> {
        match command {
            Command::NewSong => self.feed.new_song(),
            Command::ResetCounters => self.builder.reset_counters(),
            Command::ExportTimeline(format) => self.export.save(&self.instance, format),
            Command::CopyTimeline => context.copy_text(export::csv(&self.instance)),
            Command::StartMidiLearn { tag } => {
                let mappings = self.builder.learn(&tag);
                self.instance.set_learn_cc(mappings.iter().find(|mapping| mapping.tag == *tag).and_then(|m| m.cc));
                self.set_mappings(mappings);
            }
            Command::CancelMidiLearn => {
                self.builder.cancel_learning();
                self.instance.set_learn_cc(None);
            }
            Command::ClearCc { tag } => {
                let mappings = self.builder.clear_cc(&tag);
                self.set_mappings(mappings);
            }
            Command::SetMidiMapping(tag) => {
                let mappings = self.builder.map(&tag);
                self.set_mappings(mappings);
            }
            Command::ChooseReportFolder => self.export.choose_folder(&self.instance),
            Command::DismissMessage(id) => {
                if id == panel_state::STATE_WARNING_ID {
                    self.instance.state().dismiss_warning();
                } else {
                    self.builder.dismiss(id);
                    self.export.dismiss(id);
                    self.installer.dismiss(id);
                }
            }
            Command::AddModels(paths) => self.installer.add(paths, context),
            Command::RefreshModels => self.builder.refresh_models(self.instance.registry()),
            Command::SetZoom(zoom) => context.set_zoom_factor(zoom),
            Command::Retry | Command::SetFullScreen(_) => return Some(command),
        }
        None
    }

    fn set_mappings(&self, mappings: Vec<MidiMapping>) {
        self.instance.state().change(|state| state.midi = Some(mappings));
    }

    /// Reads the saved layout if another one was loaded.
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

    /// Saves the layout if it was changed.
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

/// Requests descriptors, and returns the latest; none before the first.
fn descriptors(instance: &Instance) -> Option<DescriptorReading> {
    instance.descriptor_monitor().poll();
    let snapshot = instance.snapshot()?;
    Some(descriptor_reading(snapshot.view.descriptors.as_deref()?, snapshot.source_s))
}
