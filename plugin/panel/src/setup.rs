//! Section with the settings: models, analysis, reports, OSC, MIDI, appearance, diagnostics.

mod heading;
mod midi;
mod osc;
mod reports;

use std::ops::RangeInclusive;

use egui::{RichText, ScrollArea, Slider, Ui};

use self::heading::heading;
use self::osc::OscPart;
use self::reports::ReportsPart;
use crate::frame_context::FrameContext;
use crate::theme;
use crate::widgets::{caption, choice, switch, threshold};
use crate::{Command, ModelKind, PanelLayout, SliderParam, Theme, added_models, picker};

/// Section with the slider that is dragged and the text that is being edited.
#[derive(Debug, Default)]
pub(crate) struct SetupPage {
    dragged: Option<SliderParam>,
    osc: OscPart,
    reports: ReportsPart,
}

impl SetupPage {
    pub(crate) fn show(&mut self, ui: &mut Ui, context: &mut FrameContext<'_>) {
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.set_max_width(ui.available_width().min(560.0));
            heading(ui, context, "Models");
            picker::show(ui, context, ModelKind::Tags);
            ui.add_space(6.0);
            picker::show(ui, context, ModelKind::Tempo);
            ui.add_space(6.0);
            caption(ui, "Added models");
            added_models::show(ui, context);
            heading(ui, context, "Analysis");
            self.sliders(ui, context);
            self::switches(ui, context);
            self.reports.show(ui, context);
            self.osc.show(ui, context);
            // The MIDI part is last of the outputs, because its list may be long.
            midi::show(ui, context);
            heading(ui, context, "Appearance");
            self::appearance(ui, context);
            heading(ui, context, "Diagnostics");
            self::counters(ui, context);
            ui.add_space(theme::EDGE);
        });
    }

    /// Ends the gesture of a dragged slider and applies edited text. Called while another section is open.
    pub(crate) fn leave(&mut self, context: &mut FrameContext<'_>) {
        self.release_gesture(context);
        self.osc.leave(context);
        self.reports.leave(context);
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
                "Tags turn on above this value and off a third below it. The Tags page has a threshold for each tag",
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
                ui.spacing_mut().slider_width = (ui.available_width() - 80.0).clamp(100.0, 340.0);
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
                    padding, which needs less CPU; tags differ by 0.004 on average. Offline renders are always exact";
        if switch(ui, streaming, "Streaming", help) {
            context.controls.set_streaming(!streaming);
        }
    }
    let frozen = context.controls.frozen();
    if switch(ui, frozen, "Freeze", "Hold the displayed and sent values (F)") {
        context.controls.set_frozen(!frozen);
    }
    if let Some(block) = context.controls.block_when_behind()
        && switch(
            ui,
            block,
            "Wait in offline renders",
            "Offline renders wait for the analysis, so that no result is missing",
        )
    {
        context.controls.set_block_when_behind(!block);
    }
}

fn appearance(ui: &mut Ui, context: &mut FrameContext<'_>) {
    caption(ui, "Theme");
    let themes = [(Theme::System, "System"), (Theme::Dark, "Dark"), (Theme::Light, "Light")];
    if let Some(theme) = choice(ui, context.layout.theme, &themes) {
        context.layout.theme = theme;
    }
    caption(ui, "Zoom");
    let names = ["75 %", "100 %", "125 %", "150 %", "200 %", "300 %"];
    let zooms: Vec<(f32, &str)> = PanelLayout::ZOOMS.into_iter().zip(names).collect();
    if let Some(zoom) = choice(ui, context.layout.zoom, &zooms) {
        context.layout.zoom = zoom;
        context.send(Command::SetZoom(zoom));
    }
    caption(ui, "History (s)");
    let lengths = [(10.0, "10"), (30.0, "30"), (60.0, "60"), (180.0, "180"), (PanelLayout::MAX_LANE_S, "600")];
    if let Some(lane_s) = choice(ui, context.layout.lane_s, &lengths) {
        context.layout.lane_s = lane_s;
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
        ui.label(RichText::new(format!("{count} {what}")).size(theme::CAPTION + 1.0).color(ink));
    }
    let rate = &context.state.rate;
    let reason = rate.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let text = format!("{:.1} of {:.1} updates/s{reason}", rate.actual_hz, rate.requested_hz);
    ui.label(RichText::new(text).size(theme::CAPTION + 1.0).color(context.palette.weak));
    if ui.button("Reset counters").clicked() {
        context.send(Command::ResetCounters);
    }
}
