//! State, layout and commands that every widget of the panel gets for one frame.

use egui::Ui;

use crate::theme::Palette;
use crate::{Command, Controls, History, ModelReading, PanelLayout, PanelState, Status, TagReading, TempoReading};

/// State to draw from, layout and controls to change, and commands to send, for one frame.
pub(crate) struct FrameContext<'a> {
    pub(crate) state: &'a PanelState,
    /// The readings to show: those of the state, or those held since it was frozen.
    pub(crate) tags: Option<&'a TagReading>,
    pub(crate) tempo: Option<&'a TempoReading>,
    pub(crate) readings: &'a [ModelReading],
    /// Where the tape ends for what is shown, in seconds.
    pub(crate) tape_end_s: f64,
    pub(crate) history: &'a History,
    pub(crate) layout: &'a mut PanelLayout,
    pub(crate) controls: &'a mut dyn Controls,
    pub(crate) commands: &'a mut Vec<Command>,
    pub(crate) palette: &'static Palette,
    /// Seconds since the last frame, for what eases.
    pub(crate) step_s: f32,
}

impl FrameContext<'_> {
    pub(crate) fn ask(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// Whether what is shown is what the input sounds like now.
    pub(crate) fn is_live(&self) -> bool {
        matches!(self.state.status, Status::Listening)
    }

    /// The thirtieth of a second is enough for what moves calmly.
    pub(crate) fn go_on(ui: &Ui) {
        ui.ctx().request_repaint_after_secs(1.0 / 30.0);
    }
}
