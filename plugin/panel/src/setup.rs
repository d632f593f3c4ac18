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
use crate::scene::Scene;
use crate::theme;
use crate::widgets::{caption, choice, switch, threshold};
use crate::{Command, Layout, ModelKind, SliderParam, Theme, added_models, picker};

/// Section with the slider that is dragged and the text that is being edited.
#[derive(Debug, Default)]
pub(crate) struct SetupPage {
    dragged: Option<SliderParam>,
    osc: OscPart,
    reports: ReportsPart,
}

impl SetupPage {
    pub(crate) fn show(&mut self, ui: &mut Ui, scene: &mut Scene<'_>) {
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.set_max_width(ui.available_width().min(560.0));
            heading(ui, scene, "Models");
            picker::show(ui, scene, ModelKind::Tags);
            ui.add_space(6.0);
            picker::show(ui, scene, ModelKind::Tempo);
            ui.add_space(6.0);
            caption(ui, "Added models");
            added_models::show(ui, scene);
            heading(ui, scene, "Analysis");
            self.sliders(ui, scene);
            self::switches(ui, scene);
            self.reports.show(ui, scene);
            self.osc.show(ui, scene);
            // The MIDI part is last of the outputs, because its list may be long.
            midi::show(ui, scene);
            heading(ui, scene, "Appearance");
            self::appearance(ui, scene);
            heading(ui, scene, "Diagnostics");
            self::counters(ui, scene);
            ui.add_space(theme::EDGE);
        });
    }

    /// Ends the gesture of a dragged slider and applies edited text. Called while another section is open.
    pub(crate) fn leave(&mut self, scene: &mut Scene<'_>) {
        self.release_gesture(scene);
        self.osc.leave(scene);
        self.reports.leave(scene);
    }

    fn release_gesture(&mut self, scene: &mut Scene<'_>) {
        if let Some(param) = self.dragged.take() {
            scene.controls.end_gesture(param);
        }
    }

    fn sliders(&mut self, ui: &mut Ui, scene: &mut Scene<'_>) {
        caption(ui, "Update rate (Hz)");
        let (hz, range) = (scene.controls.update_rate_hz(), scene.controls.update_rates_hz());
        self.slider(ui, scene, SliderParam::UpdateRate, hz, range);
        caption(ui, "Smoothing (s)");
        let (seconds, range) = (scene.controls.smoothing_s(), scene.controls.smoothings_s());
        self.slider(ui, scene, SliderParam::Smoothing, seconds, range);
        if let Some(now) = scene.controls.threshold(None) {
            caption(ui, "Threshold");
            let mut value = now;
            let response = ui.add(threshold(&mut value, "")).accessible_name("Threshold");
            response.on_hover_text(
                "Tags turn on above this value and off a third below it. The Tags page has a threshold for each tag",
            );
            if (value - now).abs() > f32::EPSILON {
                scene.controls.set_threshold(None, Some(value));
            }
        }
    }

    fn slider(
        &mut self,
        ui: &mut Ui,
        scene: &mut Scene<'_>,
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
            scene.controls.begin_gesture(param);
        }
        if response.changed() && changed != value {
            // A step with the keyboard is a gesture of its own.
            let alone = self.dragged != Some(param);
            if alone {
                scene.controls.begin_gesture(param);
            }
            match param {
                SliderParam::UpdateRate => scene.controls.set_update_rate_hz(changed),
                SliderParam::Smoothing => scene.controls.set_smoothing_s(changed),
            }
            if alone {
                scene.controls.end_gesture(param);
            }
        }
        if self.dragged == Some(param) && !response.dragged() {
            self.release_gesture(scene);
        }
    }
}

fn switches(ui: &mut Ui, scene: &mut Scene<'_>) {
    let gate = scene.controls.gate();
    if switch(ui, gate, "Silence gate", "Do not analyze silent input") {
        scene.controls.set_gate(!gate);
    }
    if let Some(streaming) = scene.controls.streaming() {
        let help = "Off: the same results as for a file. On: the preceding audio is used as context instead of zero \
                    padding, which needs less CPU; tags differ by 0.004 on average. Offline renders are always exact";
        if switch(ui, streaming, "Streaming", help) {
            scene.controls.set_streaming(!streaming);
        }
    }
    let frozen = scene.controls.frozen();
    if switch(ui, frozen, "Freeze", "Pause the display (F)") {
        scene.controls.set_frozen(!frozen);
    }
    if let Some(block) = scene.controls.block_when_behind()
        && switch(
            ui,
            block,
            "Wait in offline renders",
            "Offline renders wait for the analysis, so that no result is missing",
        )
    {
        scene.controls.set_block_when_behind(!block);
    }
}

fn appearance(ui: &mut Ui, scene: &mut Scene<'_>) {
    caption(ui, "Theme");
    let themes = [(Theme::System, "System"), (Theme::Dark, "Dark"), (Theme::Light, "Light")];
    if let Some(theme) = choice(ui, scene.layout.theme, &themes) {
        scene.layout.theme = theme;
    }
    caption(ui, "Zoom");
    let names = ["75 %", "100 %", "125 %", "150 %", "200 %", "300 %"];
    let zooms: Vec<(f32, &str)> = Layout::ZOOMS.into_iter().zip(names).collect();
    if let Some(zoom) = choice(ui, scene.layout.zoom, &zooms) {
        scene.layout.zoom = zoom;
        scene.send(Command::SetZoom(zoom));
    }
    caption(ui, "History (s)");
    let lengths = [(10.0, "10"), (30.0, "30"), (60.0, "60"), (180.0, "180"), (Layout::MAX_LANE_S, "600")];
    if let Some(lane_s) = choice(ui, scene.layout.lane_s, &lengths) {
        scene.layout.lane_s = lane_s;
    }
}

fn counters(ui: &mut Ui, scene: &mut Scene<'_>) {
    let counters = scene.state.counters;
    for (count, what) in [
        (counters.dropped_samples, "samples dropped: the buffer was full"),
        (counters.gaps, "gaps in the stream"),
        (counters.skipped_updates, "updates skipped: the analysis was behind"),
        (counters.sanitized_samples, "invalid samples (NaN or infinite) set to 0"),
    ] {
        let ink = if count > 0 { scene.palette.attention } else { scene.palette.weak };
        ui.label(RichText::new(format!("{count} {what}")).size(theme::CAPTION + 1.0).color(ink));
    }
    let rate = &scene.state.rate;
    let reason = rate.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let text = format!("{:.1} of {:.1} updates/s{reason}", rate.actual_hz, rate.requested_hz);
    ui.label(RichText::new(text).size(theme::CAPTION + 1.0).color(scene.palette.weak));
    if ui.button("Reset counters").clicked() {
        scene.send(Command::ResetCounters);
    }
}
