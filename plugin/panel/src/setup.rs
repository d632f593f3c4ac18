//! The section for settings: models, listening, reports, OSC, MIDI, looks, counters.

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
use crate::{Command, Knob, ModelKind, PanelLayout, Theme, added, picker};

/// The section. It remembers which knob is held, to tell the owner when it is let go, and text that is not taken yet.
#[derive(Debug, Default)]
pub(crate) struct SetupPage {
    held: Option<Knob>,
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
            added::show(ui, context);
            heading(ui, context, "Listening");
            self.knobs(ui, context);
            self::switches(ui, context);
            self.reports.show(ui, context);
            self.osc.show(ui, context);
            // Last of the outputs, because it may be long.
            midi::show(ui, context);
            heading(ui, context, "Looks");
            self::looks(ui, context);
            heading(ui, context, "On the way");
            self::counters(ui, context);
            ui.add_space(theme::EDGE);
        });
    }

    /// The section goes out of sight: lets go of a knob that is held, and takes text that is being typed.
    pub(crate) fn leave(&mut self, context: &mut FrameContext<'_>) {
        self.let_go(context);
        self.osc.leave(context);
        self.reports.leave(context);
    }

    fn let_go(&mut self, context: &mut FrameContext<'_>) {
        if let Some(knob) = self.held.take() {
            context.controls.end(knob);
        }
    }

    fn knobs(&mut self, ui: &mut Ui, context: &mut FrameContext<'_>) {
        caption(ui, "Updates a second");
        let (hz, range) = (context.controls.update_rate_hz(), context.controls.update_rates_hz());
        self.knob(ui, context, Knob::UpdateRate, hz, range);
        caption(ui, "Smoothing in seconds");
        let (seconds, range) = (context.controls.smoothing_s(), context.controls.smoothings_s());
        self.knob(ui, context, Knob::Smoothing, seconds, range);
        if let Some(now) = context.controls.threshold(None) {
            caption(ui, "Tags are lit from");
            let mut value = now;
            let response = ui.add(threshold(&mut value, "")).accessible_name("Tags are lit from");
            response.on_hover_text("They go out a third below. Under All tags each may have a value of its own");
            if (value - now).abs() > f32::EPSILON {
                context.controls.set_threshold(None, Some(value));
            }
        }
    }

    fn knob(
        &mut self,
        ui: &mut Ui,
        context: &mut FrameContext<'_>,
        knob: Knob,
        value: f32,
        range: RangeInclusive<f32>,
    ) {
        let (name, step) = match knob {
            Knob::UpdateRate => ("Updates a second", 0.5),
            Knob::Smoothing => ("Smoothing in seconds", 0.1),
        };
        let mut changed = value;
        let response = ui
            .scope(|ui| {
                ui.spacing_mut().slider_width = (ui.available_width() - 80.0).clamp(100.0, 340.0);
                ui.name_inputs(name, |ui| ui.add(Slider::new(&mut changed, range).step_by(step).max_decimals(1)))
            })
            .inner;
        if response.drag_started() && self.held.is_none() {
            self.held = Some(knob);
            context.controls.begin(knob);
        }
        if response.changed() && changed != value {
            // The keyboard turns a knob without holding it.
            let alone = self.held != Some(knob);
            if alone {
                context.controls.begin(knob);
            }
            match knob {
                Knob::UpdateRate => context.controls.set_update_rate_hz(changed),
                Knob::Smoothing => context.controls.set_smoothing_s(changed),
            }
            if alone {
                context.controls.end(knob);
            }
        }
        if self.held == Some(knob) && !response.dragged() {
            self.let_go(context);
        }
    }
}

fn switches(ui: &mut Ui, context: &mut FrameContext<'_>) {
    let gate = context.controls.gate();
    if switch(ui, gate, "Silence gate", "Keeps silence from the models, which would call it something") {
        context.controls.set_gate(!gate);
    }
    if let Some(streaming) = context.controls.streaming() {
        let help = "Exact: every answer is the one that a file would get. Streaming: a patch finds on its left the music \
                    that was there instead of silence, which costs less and differs by 0.004 a tag on average; renders \
                    stay exact";
        if switch(ui, streaming, "Streaming", help) {
            context.controls.set_streaming(!streaming);
        }
    }
    let frozen = context.controls.frozen();
    if switch(ui, frozen, "Freeze", "Holds what is shown (F)") {
        context.controls.set_frozen(!frozen);
    }
    if let Some(block) = context.controls.block_when_behind()
        && switch(
            ui,
            block,
            "Renders wait",
            "An offline render waits when the analyzer is behind, so that nothing is left out",
        )
    {
        context.controls.set_block_when_behind(!block);
    }
}

fn looks(ui: &mut Ui, context: &mut FrameContext<'_>) {
    caption(ui, "Colours");
    let themes = [(Theme::System, "As the system"), (Theme::Dark, "Dark"), (Theme::Light, "Light")];
    if let Some(theme) = choice(ui, context.layout.theme, &themes) {
        context.layout.theme = theme;
    }
    caption(ui, "Size");
    let names = ["75 %", "100 %", "125 %", "150 %", "200 %", "300 %"];
    let zooms: Vec<(f32, &str)> = PanelLayout::ZOOMS.into_iter().zip(names).collect();
    if let Some(zoom) = choice(ui, context.layout.zoom, &zooms) {
        context.layout.zoom = zoom;
        context.ask(Command::SetZoom(zoom));
    }
    caption(ui, "Seconds in the lane");
    let lengths = [(10.0, "10"), (30.0, "30"), (60.0, "60"), (180.0, "180"), (PanelLayout::LONGEST_LANE_S, "600")];
    if let Some(lane_s) = choice(ui, context.layout.lane_s, &lengths) {
        context.layout.lane_s = lane_s;
    }
}

fn counters(ui: &mut Ui, context: &mut FrameContext<'_>) {
    let counters = context.state.counters;
    for (count, what) in [
        (counters.dropped_samples, "samples dropped, for want of room in the ring"),
        (counters.gaps, "gaps in the stream"),
        (counters.skipped_updates, "updates skipped, because the analyzer was behind"),
        (counters.scrubbed_samples, "samples that were no number and became 0"),
    ] {
        let ink = if count > 0 { context.palette.attention } else { context.palette.weak };
        ui.label(RichText::new(format!("{count} {what}")).size(theme::CAPTION + 1.0).color(ink));
    }
    let rate = &context.state.rate;
    let reason = rate.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let text = format!("{:.1} of {:.1} updates a second{reason}", rate.real_hz, rate.asked_hz);
    ui.label(RichText::new(text).size(theme::CAPTION + 1.0).color(context.palette.weak));
    if ui.button("Reset counters").clicked() {
        context.ask(Command::ResetCounters);
    }
}
