//! Data and output that all widgets share during one frame.

use egui::Ui;

use crate::tag_groups::{GroupValue, TagGroups};
use crate::theme::{self, Palette};
use crate::{
    Command, Controls, DescriptorReading, History, ModelReading, PanelLayout, PanelState, Section, Status, TagReading,
    TempoReading,
};

/// Opacity of readings that do not describe the current input.
const STALE_OPACITY: f32 = 0.5;
/// Difference below which a threshold equals the common one.
const SAME_THRESHOLD: f32 = 0.005;

/// Data, settings and commands of one frame.
pub(crate) struct FrameContext<'a> {
    pub(crate) state: &'a PanelState,
    /// Readings to show: current ones, or those stored when the display was frozen.
    pub(crate) tags: Option<&'a TagReading>,
    pub(crate) tempo: Option<&'a TempoReading>,
    pub(crate) readings: &'a [ModelReading],
    pub(crate) descriptors: Option<&'a DescriptorReading>,
    /// End of the shown display time, in seconds.
    pub(crate) display_end_s: f64,
    pub(crate) history: &'a History,
    pub(crate) layout: &'a mut PanelLayout,
    pub(crate) controls: &'a mut dyn Controls,
    pub(crate) commands: &'a mut Vec<Command>,
    pub(crate) palette: &'static Palette,
    /// Tags with merged synonyms, and their values; empty before the first tags.
    pub(crate) groups: &'a TagGroups,
    pub(crate) values: &'a [GroupValue],
    /// Scale of type and distances.
    pub(crate) scale: f32,
    /// Time since the last frame in seconds, for animations.
    pub(crate) step_s: f32,
}

impl FrameContext<'_> {
    pub(crate) fn send(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// Whether the shown values describe the current input.
    pub(crate) fn is_current(&self) -> bool {
        matches!(self.state.status, Status::Listening)
    }

    /// Returns the opacity of a reading: full if it describes the current input or is held.
    pub(crate) fn opacity(&self, stale: bool) -> f32 {
        let is_fresh = self.controls.frozen() || (self.is_current() && !stale);
        if is_fresh { 1.0 } else { STALE_OPACITY }
    }

    /// Returns the opacity of the tags.
    pub(crate) fn tags_opacity(&self) -> f32 {
        self.opacity(self.tags.is_some_and(|tags| tags.stale))
    }

    /// Whether the history is that of the displayed tags. After a change of model it may have other labels for a moment.
    pub(crate) fn has_history(&self) -> bool {
        self.history.labels() == self.groups.labels()
    }

    /// Returns a font size in points at the scale of the panel.
    pub(crate) fn type_size(&self, size: f32) -> f32 {
        theme::scaled(size, self.scale)
    }

    /// Returns the factor of sizes on pages with cards, at least 1.
    pub(crate) fn unit(&self) -> f32 {
        self.scale.max(1.0)
    }

    /// Opens a section.
    pub(crate) fn open(&mut self, section: Section) {
        self.layout.section = section;
    }

    /// Sets the zoom.
    pub(crate) fn set_zoom(&mut self, zoom: f32) {
        self.layout.zoom = zoom;
        self.send(Command::SetZoom(zoom));
    }

    /// Shows or leaves the full-screen view.
    pub(crate) fn set_stage(&mut self, stage: bool) {
        if self.layout.stage != stage {
            self.layout.stage = stage;
            self.send(Command::SetFullScreen(stage));
        }
    }

    /// Sets the threshold of a tag, 0 to 1. The common threshold removes the tag's own.
    pub(crate) fn set_threshold(&mut self, tag: &str, threshold: f32) {
        let usual = self.controls.threshold(None);
        let is_own = usual.is_none_or(|usual| (threshold - usual).abs() >= SAME_THRESHOLD);
        self.controls.set_threshold(Some(tag), is_own.then_some(threshold));
    }

    /// Requests the next frame of an animation, at 30 Hz.
    pub(crate) fn request_repaint(ui: &Ui) {
        ui.ctx().request_repaint_after_secs(1.0 / 30.0);
    }
}
