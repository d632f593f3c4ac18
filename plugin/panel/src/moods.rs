//! The section for what added models say: a card each, in the order in which they were chosen.
//!
//! Dials sit together where the first of them would be, under a web of all of them when there are three or more.

mod card;
mod dial;
mod events;
mod masonry;
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
use self::masonry::MasonryLayout;
use self::recent_history::RecentHistories;
use self::top_classes::TopClasses;
use crate::scene::Scene;
use crate::{ModelKind, ModelReading, Presentation, Status, added_models, status, theme, widgets};

/// From so many dials on there is a web of them.
const RADAR_MIN_CLASSES: usize = 3;

/// The section and what it remembers from frame to frame.
#[derive(Debug, Default)]
pub(crate) struct MoodsPage {
    histories: RecentHistories,
    /// The histories when everything was frozen.
    frozen_histories: Option<RecentHistories>,
    top_classes: HashMap<Arc<str>, TopClasses>,
    events: HashMap<Arc<str>, RowAssignment>,
    /// Whether the models to choose from are shown.
    choosing: bool,
}

impl MoodsPage {
    /// Takes what was said, whichever section is open. While frozen the histories are frozen_histories, and go on out of sight.
    pub(crate) fn follow(&mut self, readings: &[ModelReading], frozen: bool) {
        if !frozen {
            self.frozen_histories = None;
            let there = |model: &Arc<str>| readings.iter().any(|reading| reading.model == *model);
            self.top_classes.retain(|model, _| there(model));
            self.events.retain(|model, _| there(model));
        } else if self.frozen_histories.is_none() {
            self.frozen_histories = Some(self.histories.clone());
        }
        self.histories.follow(readings);
    }

    pub(crate) fn show(&mut self, ui: &mut Ui, scene: &mut Scene<'_>) {
        if matches!(scene.state.status, Status::Error { .. }) && status::page(ui, scene) {
            return;
        }
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            self.choice(ui, scene);
            let readings = scene.readings;
            let first = readings.iter().position(is_dial).unwrap_or(readings.len());
            let (before, from) = readings.split_at(first);
            let dials: Vec<&ModelReading> = from.iter().filter(|reading| is_dial(reading)).collect();
            let mut masonry = MasonryLayout::new(ui);
            for reading in before {
                self.card(ui, scene, &mut masonry, reading);
            }
            if !dials.is_empty() {
                let whole = dials.len() >= RADAR_MIN_CLASSES;
                masonry.card(ui, "dials", whole, |ui| self::dials(ui, scene, &dials));
            }
            for reading in from.iter().filter(|reading| !is_dial(reading)) {
                self.card(ui, scene, &mut masonry, reading);
            }
            masonry.end(ui);
        });
    }

    /// What is chosen and does not speak yet, and, where asked for or nothing is chosen, what can be.
    fn choice(&mut self, ui: &mut Ui, scene: &mut Scene<'_>) {
        let palette = scene.palette;
        let chosen = scene.controls.added();
        let none = chosen.is_empty() && scene.readings.is_empty();
        // It stays open after the first choice, for there may be a second.
        self.choosing |= none;
        if none {
            ui.label(RichText::new("What else is in the music?").size(theme::HEADING).color(palette.strong));
            let text = "Models that you add say it beside the tags: moods, danceability, genres, voices, sounds, \
                        arousal and valence, pitch.";
            ui.label(RichText::new(text).color(palette.text));
        } else {
            let row = egui::vec2(ui.available_width(), 24.0);
            ui.allocate_ui_with_layout(row, Flowing::right_to_left(Align::Center), |ui| {
                let help = "Switch added models on and off";
                if widgets::quiet_button(ui, "Choose models", help, self.choosing).clicked() {
                    self.choosing = !self.choosing;
                }
                ui.with_layout(Flowing::left_to_right(Align::Center), |ui| self::note(ui, scene, &chosen));
            });
        }
        if self.choosing {
            ui.add_space(4.0);
            added_models::show(ui, scene);
        }
        ui.add_space(4.0);
    }

    fn card(&mut self, ui: &mut Ui, scene: &mut Scene<'_>, masonry: &mut MasonryLayout, reading: &ModelReading) {
        let Self { histories, frozen_histories, top_classes, events, .. } = self;
        let history = frozen_histories.as_ref().unwrap_or(histories).of(reading);
        masonry.card(ui, &reading.model, false, |ui| {
            card::heading(ui, scene, reading);
            card::faded(ui, scene, reading, |ui, scene| match reading.value.presentation {
                // Among the other dials.
                Presentation::Dial { .. } => {}
                Presentation::Bars => {
                    top_classes.entry(Arc::clone(&reading.model)).or_default().show(ui, scene, reading)
                }
                Presentation::Events => {
                    events.entry(Arc::clone(&reading.model)).or_default().show(ui, scene, reading, history);
                }
                Presentation::XyPlot { across, up, low, high } => {
                    xy_plot::show(ui, scene, reading, history, [across, up], [low, high]);
                }
                Presentation::ValueBars { low, high } => value_bars::show(ui, scene, reading, [low, high]),
                Presentation::Pitch => pitch::show(ui, scene, reading, history),
                Presentation::Tempo => tempo::show(ui, scene, reading),
            });
        });
    }
}

fn is_dial(reading: &ModelReading) -> bool {
    matches!(reading.value.presentation, Presentation::Dial { .. })
}

/// What the whole page has to say: that it stands still, or what is being waited for.
fn note(ui: &mut Ui, scene: &Scene<'_>, chosen: &[Arc<str>]) {
    let speaks = |id: &Arc<str>| scene.readings.iter().any(|reading| reading.model == *id);
    let cards = scene.state.models.iter().filter(|card| card.kind == ModelKind::Added);
    let waiting: Vec<&str> =
        cards.filter(|card| chosen.contains(&card.id) && !speaks(&card.id)).map(|card| card.name.as_str()).collect();
    if waiting.is_empty() || scene.controls.frozen() {
        status::note(ui, scene, "");
    } else {
        let text = format!("No answer yet of {}.", waiting.join(", "));
        let text = RichText::new(text).size(theme::CAPTION + 1.0).color(scene.palette.weak);
        ui.add(egui::Label::new(text).truncate());
    }
}

/// All dials in a grid, under or beside their web.
fn dials(ui: &mut Ui, scene: &Scene<'_>, dials: &[&ModelReading]) {
    if dials.len() < RADAR_MIN_CLASSES {
        dial::grid(ui, scene, dials, 0.0);
    } else if ui.available_width() < radar_chart::SIDE_BY_SIDE_WIDTH {
        radar_chart::show(ui, scene, dials, ui.available_width());
        dial::grid(ui, scene, dials, 0.0);
    } else {
        ui.horizontal(|ui| {
            radar_chart::show(ui, scene, dials, radar_chart::WIDTH);
            ui.vertical(|ui| dial::grid(ui, scene, dials, radar_chart::HEIGHT));
        });
    }
}
