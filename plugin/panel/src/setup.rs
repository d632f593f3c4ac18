//! Page with the settings, in groups: models, tags, display, outputs, diagnostics.

mod display;
mod heading;
mod midi;
mod osc;
mod reports;
mod sent;
mod tempo;

use std::ops::RangeInclusive;

use egui::{RichText, ScrollArea, Slider, Ui};

use self::heading::heading;
use self::osc::OscPart;
use self::reports::ReportsPart;
use crate::features_page::FeaturesPage;
use crate::frame_context::FrameContext;
use crate::tags::TagsPage;
use crate::theme;
use crate::widgets::{caption, quiet_button, switch, threshold};
use crate::{Command, ModelKind, Section, SliderParam, added_models, picker};

/// Maximum width of the settings at a scale of 1, in points.
const MAX_WIDTH: f32 = 560.0;
/// Height of the spectrogram at a scale of 1, in points.
const SPECTROGRAM_HEIGHT: f32 = 160.0;

/// Page with the slider that is dragged, the text that is being edited, and the groups with a state.
#[derive(Debug, Default)]
pub(crate) struct SetupPage {
    dragged: Option<SliderParam>,
    osc: OscPart,
    reports: ReportsPart,
    tags: TagsPage,
    features: FeaturesPage,
}

impl SetupPage {
    pub(crate) fn show(&mut self, ui: &mut Ui, context: &mut FrameContext<'_>) {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            for group in Section::GROUPS {
                if quiet_button(ui, group.group_name(), "", context.layout.section == group).clicked() {
                    context.open(group);
                }
            }
        });
        ui.add_space(2.0);
        if context.layout.section != Section::Setup {
            self.release_gesture(context);
        }
        if context.layout.section != Section::Outputs {
            self.osc.leave(context);
            self.reports.leave(context);
        }
        if context.layout.section == Section::Tags {
            self.tags.show(ui, context);
            return;
        }
        let section = context.layout.section;
        ScrollArea::vertical().id_salt(section).auto_shrink(false).show(ui, |ui| {
            ui.set_max_width((ui.available_width() - 12.0).min(MAX_WIDTH * context.unit()));
            match section {
                Section::Display => display::show(ui, context),
                Section::Outputs => self.outputs(ui, context),
                Section::Features => self.diagnostics(ui, context),
                _ => self.models(ui, context),
            }
            ui.add_space(theme::EDGE);
        });
    }

    /// Moves the focus to the search field in the next frame.
    pub(crate) fn search(&mut self) {
        self.tags.focus_search = true;
    }

    /// Ends the gesture of a dragged slider and applies edited text. Called while another page is open.
    pub(crate) fn leave(&mut self, context: &mut FrameContext<'_>) {
        self.release_gesture(context);
        self.osc.leave(context);
        self.reports.leave(context);
    }

    fn models(&mut self, ui: &mut Ui, context: &mut FrameContext<'_>) {
        picker::show(ui, context, ModelKind::Tags);
        ui.add_space(6.0);
        picker::show(ui, context, ModelKind::Tempo);
        heading(ui, context, "Analysis");
        self.sliders(ui, context);
        self::switches(ui, context);
        tempo::show(ui, context);
        heading(ui, context, "Added models");
        added_models::show(ui, context);
    }

    fn outputs(&mut self, ui: &mut Ui, context: &mut FrameContext<'_>) {
        sent::show(ui, context);
        self.osc.show(ui, context);
        self.reports.show(ui, context);
        if let Some(block) = context.controls.block_when_behind() {
            let help = "Offline renders wait for the analysis, so that no result is missing";
            if switch(ui, block, "Wait in offline renders", help) {
                context.controls.set_block_when_behind(!block);
            }
        }
        // The MIDI part is last, because its list may be long.
        midi::show(ui, context);
    }

    fn diagnostics(&mut self, ui: &mut Ui, context: &mut FrameContext<'_>) {
        self::counters(ui, context);
        ui.add_space(8.0);
        self.features.show(ui, context, SPECTROGRAM_HEIGHT * context.scale.max(0.8));
    }

    fn release_gesture(&mut self, context: &mut FrameContext<'_>) {
        if let Some(param) = self.dragged.take() {
            context.controls.end_gesture(param);
        }
    }

    fn sliders(&mut self, ui: &mut Ui, context: &mut FrameContext<'_>) {
        caption(ui, "Update rate (Hz)");
        let (hz, range) = (context.controls.update_rate_hz(), context.controls.update_rates_hz());
        self.slider(ui, context, SliderParam::UpdateRate, hz, range);
        caption(ui, "Smoothing (s)");
        let (seconds, range) = (context.controls.smoothing_s(), context.controls.smoothings_s());
        self.slider(ui, context, SliderParam::Smoothing, seconds, range);
        if let Some(now) = context.controls.threshold(None) {
            caption(ui, "Threshold");
            let mut value = now;
            let response = ui.add(threshold(&mut value, "")).accessible_name("Threshold");
            response.on_hover_text(
                "Tags turn on above this value and off a third below it. The dotted line of a row changes it for one tag",
            );
            if (value - now).abs() > f32::EPSILON {
                context.controls.set_threshold(None, Some(value));
            }
        }
    }

    fn slider(
        &mut self,
        ui: &mut Ui,
        context: &mut FrameContext<'_>,
        param: SliderParam,
        value: f32,
        range: RangeInclusive<f32>,
    ) {
        let (name, step) = match param {
            SliderParam::UpdateRate => ("Update rate (Hz)", 0.5),
            SliderParam::Smoothing => ("Smoothing (s)", 0.1),
        };
        let mut changed = value;
        let response = ui
            .scope(|ui| {
                let scale = context.unit();
                ui.spacing_mut().slider_width = (ui.available_width() - 80.0 * scale).clamp(100.0, 340.0 * scale);
                ui.name_inputs(name, |ui| ui.add(Slider::new(&mut changed, range).step_by(step).max_decimals(1)))
            })
            .inner;
        if response.drag_started() && self.dragged.is_none() {
            self.dragged = Some(param);
            context.controls.begin_gesture(param);
        }
        if response.changed() && changed != value {
            // A step with the keyboard is a gesture of its own.
            let alone = self.dragged != Some(param);
            if alone {
                context.controls.begin_gesture(param);
            }
            match param {
                SliderParam::UpdateRate => context.controls.set_update_rate_hz(changed),
                SliderParam::Smoothing => context.controls.set_smoothing_s(changed),
            }
            if alone {
                context.controls.end_gesture(param);
            }
        }
        if self.dragged == Some(param) && !response.dragged() {
            self.release_gesture(context);
        }
    }
}

fn switches(ui: &mut Ui, context: &mut FrameContext<'_>) {
    let gate = context.controls.gate();
    if switch(ui, gate, "Silence gate", "Do not analyze silent input") {
        context.controls.set_gate(!gate);
    }
    if let Some(streaming) = context.controls.streaming() {
        let help = "Off: the same results as for a file. On: the preceding audio is used as context instead of zero \
                    padding, which needs less CPU; tags differ by 0.4 % on average. Offline renders are always exact";
        if switch(ui, streaming, "Streaming", help) {
            context.controls.set_streaming(!streaming);
        }
    }
}

fn counters(ui: &mut Ui, context: &mut FrameContext<'_>) {
    let counters = context.state.counters;
    for (count, what) in [
        (counters.dropped_samples, "samples dropped: the buffer was full"),
        (counters.gaps, "gaps in the stream"),
        (counters.skipped_updates, "updates skipped: the analysis lagged"),
        (counters.sanitized_samples, "invalid samples (NaN, infinite or beyond +120 dBFS) set to 0"),
    ] {
        let ink = if count > 0 { context.palette.attention } else { context.palette.weak };
        ui.label(RichText::new(format!("{count} {what}")).small().color(ink));
    }
    if ui.button("Reset counters").clicked() {
        context.send(Command::ResetCounters);
    }
}
