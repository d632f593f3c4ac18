//! What every part of the panel is drawn from.

use egui::Ui;

use crate::theme::Palette;
use crate::{Command, Controls, History, Layout, ModelReading, PanelState, Status, TagReading, TempoReading};

/// What every part of the panel is drawn from, and where it puts what it is told.
pub(crate) struct Scene<'a> {
    pub(crate) state: &'a PanelState,
    /// The readings to show: those of the state, or those held since it was frozen.
    pub(crate) tags: Option<&'a TagReading>,
    pub(crate) tempo: Option<&'a TempoReading>,
    pub(crate) readings: &'a [ModelReading],
    /// Where the tape ends for what is shown, in seconds.
    pub(crate) display_end_s: f64,
    pub(crate) history: &'a History,
    pub(crate) layout: &'a mut Layout,
    pub(crate) controls: &'a mut dyn Controls,
    pub(crate) commands: &'a mut Vec<Command>,
    pub(crate) palette: &'static Palette,
    /// Seconds since the last frame, for what eases.
    pub(crate) step_s: f32,
}

impl Scene<'_> {
    pub(crate) fn send(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// Whether what is shown is what the input sounds like now.
    pub(crate) fn is_current(&self) -> bool {
        matches!(self.state.status, Status::Listening)
    }

    /// The thirtieth of a second is enough for what moves calmly.
    pub(crate) fn request_repaint(ui: &Ui) {
        ui.ctx().request_repaint_after_secs(1.0 / 30.0);
    }
}
