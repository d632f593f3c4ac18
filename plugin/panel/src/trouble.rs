//! One sentence about the gravest problem, with the way out.

use egui::accesskit::Role;
use egui::{Align2, Sense, Ui, WidgetInfo, vec2};

use crate::frame_context::FrameContext;
use crate::widgets::{focus_ring, line};
use crate::{OutputState, Section, Status, theme};

/// Problem with the place where the user can act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    text: String,
    /// Section that a click opens; none if the panel cannot help.
    place: Option<Section>,
}

/// Draws the sentence. A click opens the place where the user can act.
pub(crate) fn show(ui: &mut Ui, context: &mut FrameContext<'_>, trouble: &Trouble) {
    let palette = context.palette;
    let size = context.type_size(12.0);
    let sense = if trouble.place.is_some() { Sense::click() } else { Sense::hover() };
    let width = ui.available_width();
    let job = egui::text::LayoutJob::simple(trouble.text.clone(), theme::font(size), palette.attention, width);
    let galley = ui.painter().layout_job(job);
    // At most two lines; the tooltip has the whole sentence.
    let is_long = galley.rows.len() > 2;
    let height = if is_long { size * 1.4 } else { galley.size().y };
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), sense);
    if is_long {
        line(ui, rect.left_center(), Align2::LEFT_CENTER, width, &trouble.text, size, palette.attention);
    } else {
        ui.painter().galley(rect.min, galley, palette.attention);
    }
    focus_ring(ui, &response, rect.expand(2.0));
    let role = if trouble.place.is_some() { Role::Button } else { Role::Status };
    response.widget_info(|| WidgetInfo::labeled(role, ui.is_enabled(), trouble.text.clone()));
    let response = response.on_hover_text(&trouble.text);
    if let Some(place) = trouble.place.filter(|_| response.clicked()) {
        context.open(place);
    }
}

/// Returns the gravest problem; none if the page shows it.
pub(crate) fn gravest(context: &FrameContext<'_>) -> Option<Trouble> {
    let state = context.state;
    let trouble = |text: String, place: Option<Section>| Some(Trouble { text, place });
    if matches!(state.status, Status::Error { .. }) {
        // The page shows the error.
        return None;
    }
    if context.controls.frozen() {
        return trouble("Frozen: shown and sent values are held. Press the play button to go on.".into(), None);
    }
    if let Status::Stale { age_s } = state.status {
        let text = format!("No new result for {age_s:.1} s: lower the update rate in Setup > Model.");
        return trouble(text, Some(Section::Setup));
    }
    if let Some(reason) = &state.rate.reason {
        let rate = format!("{:.1} of {:.0}", state.rate.actual_hz, state.rate.requested_hz);
        let mut text = format!("{reason}: {rate} updates a second. Lower the update rate in Setup > Model.");
        if let Some(first) = text.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        return trouble(text, Some(Section::Setup));
    }
    let failed = state.outputs.iter().find_map(|badge| match &badge.state {
        OutputState::Failed(cause) => Some(format!("{} does not work: {cause} Open Setup > Outputs.", badge.name)),
        OutputState::Off | OutputState::On => None,
    });
    if let Some(text) = failed {
        return trouble(text, Some(Section::Outputs));
    }
    if state.input.peak_dbfs > 0.0 {
        let text = format!("The input clips at {:+.1} dB: lower the level before Earmark.", state.input.peak_dbfs);
        return trouble(text, None);
    }
    if !state.counters.is_clean() {
        let text = "Some audio was not analyzed. Details and reset: Setup > Diagnostics.";
        return trouble(text.into(), Some(Section::Features));
    }
    None
}
