//! Section with the results of added models: one card per model, in the order of selection.
//!
//! All dials are in one card at the position of the first one. Three or more have a radar chart above or beside them.

mod card;
mod confidence;
mod dial;
mod events;
mod pitch;
mod radar_chart;
mod recent_history;
mod tempo;
mod top_classes;
mod value_bars;
mod xy_plot;

use std::collections::HashMap;
use std::sync::Arc;

use egui::{Align, Layout as Flowing, RichText, ScrollArea, Ui};

use self::events::RowAssignment;
use self::recent_history::RecentHistories;
use self::top_classes::TopClasses;
use crate::frame_context::FrameContext;
use crate::labels::DisplayLabel;
use crate::masonry::MasonryLayout;
use crate::{ModelKind, ModelReading, Presentation, Section, Status, status, theme, widgets};

/// Minimum number of dials for a radar chart.
const RADAR_MIN_CLASSES: usize = 3;
/// Maximum number of moods in words.
const MAX_WORDS: usize = 2;

/// Section and its state between frames.
#[derive(Debug, Default)]
pub(crate) struct MoodsPage {
    histories: RecentHistories,
    /// Copy of the histories at the moment of freezing.
    frozen_histories: Option<RecentHistories>,
    top_classes: HashMap<Arc<str>, TopClasses>,
    events: HashMap<Arc<str>, RowAssignment>,
}

impl MoodsPage {
    /// Adds new readings, whichever section is open. While the display is frozen, a copy of the histories is shown and
    /// the originals go on.
    pub(crate) fn update(&mut self, readings: &[ModelReading], frozen: bool) {
        if !frozen {
            self.frozen_histories = None;
            let there = |model: &Arc<str>| readings.iter().any(|reading| reading.model == *model);
            self.top_classes.retain(|model, _| there(model));
            self.events.retain(|model, _| there(model));
        } else if self.frozen_histories.is_none() {
            self.frozen_histories = Some(self.histories.clone());
        }
        self.histories.update(readings);
    }

    pub(crate) fn show(&mut self, ui: &mut Ui, context: &mut FrameContext<'_>) {
        if matches!(context.state.status, Status::Error { .. }) && status::page(ui, context) {
            return;
        }
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            Self::head(ui, context);
            let readings = context.readings;
            let first = readings.iter().position(is_dial).unwrap_or(readings.len());
            let (before, from) = readings.split_at(first);
            let dials: Vec<&ModelReading> = from.iter().filter(|reading| is_dial(reading)).collect();
            let mut masonry = MasonryLayout::new(ui, usize::MAX, context.unit());
            for reading in before {
                self.card(ui, context, &mut masonry, reading);
            }
            if !dials.is_empty() {
                let whole = dials.len() >= RADAR_MIN_CLASSES;
                masonry.card(ui, "dials", whole, |ui| self::dials(ui, context, &dials));
            }
            for reading in from.iter().filter(|reading| !is_dial(reading)) {
                self.card(ui, context, &mut masonry, reading);
            }
            masonry.end(ui);
        });
    }

    /// Draws the moods in words, the models without a result, and a way to the added models.
    fn head(ui: &mut Ui, context: &mut FrameContext<'_>) {
        let palette = context.palette;
        let row = egui::vec2(ui.available_width(), 26.0 * context.unit());
        ui.allocate_ui_with_layout(row, Flowing::right_to_left(Align::Center), |ui| {
            let help = "Turn added models on or off";
            if widgets::quiet_button(ui, "Choose models", help, false).clicked() {
                context.open(Section::Setup);
            }
            ui.with_layout(Flowing::left_to_right(Align::Center), |ui| {
                let text = waiting(context).map_or_else(
                    || RichText::new(summary(context)).size(theme::HEADING * context.unit()).color(palette.strong),
                    |text| RichText::new(text).size((theme::CAPTION + 1.0) * context.unit()).color(palette.weak),
                );
                ui.add(egui::Label::new(text).truncate());
            });
        });
        ui.add_space(4.0);
    }

    fn card(
        &mut self,
        ui: &mut Ui,
        context: &mut FrameContext<'_>,
        masonry: &mut MasonryLayout,
        reading: &ModelReading,
    ) {
        let Self { histories, frozen_histories, top_classes, events, .. } = self;
        let history = frozen_histories.as_ref().unwrap_or(histories).of(reading);
        masonry.card(ui, &reading.model, false, |ui| {
            card::heading(ui, context, reading);
            card::origin(ui, context, reading);
            card::faded(ui, context, reading, |ui, context| match reading.value.presentation {
                // Drawn with all other dials.
                Presentation::Dial { .. } => {}
                Presentation::Bars => {
                    top_classes.entry(Arc::clone(&reading.model)).or_default().show(ui, context, reading)
                }
                Presentation::Events => {
                    events.entry(Arc::clone(&reading.model)).or_default().show(ui, context, reading, history);
                }
                Presentation::XyPlot { across, up, low, high } => {
                    xy_plot::show(ui, context, reading, history, [across, up], [low, high]);
                }
                Presentation::ValueBars { low, high } => value_bars::show(ui, context, reading, [low, high]),
                Presentation::Pitch => pitch::show(ui, context, reading, history),
                Presentation::Tempo => tempo::show(ui, context, reading),
            });
        });
    }
}

fn is_dial(reading: &ModelReading) -> bool {
    matches!(reading.value.presentation, Presentation::Dial { .. })
}

/// Returns a sentence about the models without a result; none if all have one.
fn waiting(context: &FrameContext<'_>) -> Option<String> {
    let chosen = context.controls.added();
    let has_reading = |id: &Arc<str>| context.readings.iter().any(|reading| reading.model == *id);
    let cards = context.state.models.iter().filter(|card| card.kind == ModelKind::Added);
    let waiting: Vec<&str> = cards
        .filter(|card| chosen.contains(&card.id) && !has_reading(&card.id))
        .map(|card| card.name.as_str())
        .collect();
    (!waiting.is_empty()).then(|| format!("No result yet: {}.", waiting.join(", ")))
}

/// Returns the strongest moods that are derived from tags, as words.
fn summary(context: &FrameContext<'_>) -> String {
    let Some(derived) = context.readings.iter().find(|reading| reading.value.derived_from.is_some()) else {
        return String::new();
    };
    let labels = &derived.value.labels;
    let is_on = |label: usize| derived.value.active.get(label).copied().unwrap_or(false);
    let mut on: Vec<usize> = (0..labels.len()).filter(|&label| is_on(label)).collect();
    on.sort_by(|&a, &b| card::value(derived, b).total_cmp(&card::value(derived, a)));
    on.truncate(MAX_WORDS);
    on.iter().map(|&label| DisplayLabel::of(&labels[label]).own).collect::<Vec<_>>().join(", ")
}

/// Whether the page has content.
pub(crate) fn has_content(context: &FrameContext<'_>) -> bool {
    !context.readings.is_empty() || !context.controls.added().is_empty()
}

/// Draws all dials in a grid, below or beside their radar chart.
fn dials(ui: &mut Ui, context: &FrameContext<'_>, dials: &[&ModelReading]) {
    if dials.len() < RADAR_MIN_CLASSES {
        dial::grid(ui, context, dials, 0.0);
    } else if ui.available_width() < radar_chart::SIDE_BY_SIDE_WIDTH {
        radar_chart::show(ui, context, dials, ui.available_width());
        dial::grid(ui, context, dials, 0.0);
    } else {
        ui.horizontal(|ui| {
            radar_chart::show(ui, context, dials, radar_chart::WIDTH);
            ui.vertical(|ui| dial::grid(ui, context, dials, radar_chart::HEIGHT));
        });
    }
}
