//! The section for what added models say: a card each, in the order in which they were chosen.
//!
//! Dials sit together where the first of them would be, under a web of all of them when there are three or more.

mod card;
mod dial;
mod events;
mod flow;
mod pitch;
mod plane;
mod scales;
mod strongest;
mod tempo;
mod trail;
mod web;

use std::collections::HashMap;
use std::sync::Arc;

use egui::{Align, Layout as Flowing, RichText, ScrollArea, Ui};

use self::events::Rows;
use self::flow::Flow;
use self::strongest::Strongest;
use self::trail::Trails;
use crate::frame_context::FrameContext;
use crate::{Look, ModelKind, ModelReading, Status, added, status, theme, widgets};

/// From so many dials on there is a web of them.
const WEB_FROM: usize = 3;

/// The section and what it remembers from frame to frame.
#[derive(Debug, Default)]
pub(crate) struct MoodsPage {
    trails: Trails,
    /// The trails when everything was frozen.
    held: Option<Trails>,
    strongest: HashMap<Arc<str>, Strongest>,
    events: HashMap<Arc<str>, Rows>,
    /// Whether the models to choose from are shown.
    choosing: bool,
}

impl MoodsPage {
    /// Takes what was said, whichever section is open. While frozen the trails are held, and go on out of sight.
    pub(crate) fn follow(&mut self, readings: &[ModelReading], frozen: bool) {
        if !frozen {
            self.held = None;
            let there = |model: &Arc<str>| readings.iter().any(|reading| reading.model == *model);
            self.strongest.retain(|model, _| there(model));
            self.events.retain(|model, _| there(model));
        } else if self.held.is_none() {
            self.held = Some(self.trails.clone());
        }
        self.trails.follow(readings);
    }

    pub(crate) fn show(&mut self, ui: &mut Ui, context: &mut FrameContext<'_>) {
        if matches!(context.state.status, Status::Error { .. }) && status::page(ui, context) {
            return;
        }
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            self.choice(ui, context);
            let readings = context.readings;
            let first = readings.iter().position(is_dial).unwrap_or(readings.len());
            let (before, from) = readings.split_at(first);
            let dials: Vec<&ModelReading> = from.iter().filter(|reading| is_dial(reading)).collect();
            let mut flow = Flow::new(ui);
            for reading in before {
                self.card(ui, context, &mut flow, reading);
            }
            if !dials.is_empty() {
                let whole = dials.len() >= WEB_FROM;
                flow.card(ui, "dials", whole, |ui| self::dials(ui, context, &dials));
            }
            for reading in from.iter().filter(|reading| !is_dial(reading)) {
                self.card(ui, context, &mut flow, reading);
            }
            flow.end(ui);
        });
    }

    /// What is chosen and does not speak yet, and, where asked for or nothing is chosen, what can be.
    fn choice(&mut self, ui: &mut Ui, context: &mut FrameContext<'_>) {
        let palette = context.palette;
        let chosen = context.controls.added();
        let none = chosen.is_empty() && context.readings.is_empty();
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
                ui.with_layout(Flowing::left_to_right(Align::Center), |ui| self::note(ui, context, &chosen));
            });
        }
        if self.choosing {
            ui.add_space(4.0);
            added::show(ui, context);
        }
        ui.add_space(4.0);
    }

    fn card(&mut self, ui: &mut Ui, context: &mut FrameContext<'_>, flow: &mut Flow, reading: &ModelReading) {
        let Self { trails, held, strongest, events, .. } = self;
        let trail = held.as_ref().unwrap_or(trails).of(reading);
        flow.card(ui, &reading.model, false, |ui| {
            card::heading(ui, context, reading);
            card::faded(ui, context, reading, |ui, context| match reading.value.look {
                // Among the other dials.
                Look::Dial { .. } => {}
                Look::Bars => strongest.entry(Arc::clone(&reading.model)).or_default().show(ui, context, reading),
                Look::Events => {
                    events.entry(Arc::clone(&reading.model)).or_default().show(ui, context, reading, trail);
                }
                Look::Plane { across, up, low, high } => {
                    plane::show(ui, context, reading, trail, [across, up], [low, high]);
                }
                Look::Scales { low, high } => scales::show(ui, context, reading, [low, high]),
                Look::Pitch => pitch::show(ui, context, reading, trail),
                Look::Tempo => tempo::show(ui, context, reading),
            });
        });
    }
}

fn is_dial(reading: &ModelReading) -> bool {
    matches!(reading.value.look, Look::Dial { .. })
}

/// What the whole page has to say: that it stands still, or what is being waited for.
fn note(ui: &mut Ui, context: &FrameContext<'_>, chosen: &[Arc<str>]) {
    let speaks = |id: &Arc<str>| context.readings.iter().any(|reading| reading.model == *id);
    let cards = context.state.models.iter().filter(|card| card.kind == ModelKind::Added);
    let waiting: Vec<&str> =
        cards.filter(|card| chosen.contains(&card.id) && !speaks(&card.id)).map(|card| card.name.as_str()).collect();
    if waiting.is_empty() || context.controls.frozen() {
        status::note(ui, context, "");
    } else {
        let text = format!("No answer yet of {}.", waiting.join(", "));
        let text = RichText::new(text).size(theme::CAPTION + 1.0).color(context.palette.weak);
        ui.add(egui::Label::new(text).truncate());
    }
}

/// All dials in a grid, under or beside their web.
fn dials(ui: &mut Ui, context: &FrameContext<'_>, dials: &[&ModelReading]) {
    if dials.len() < WEB_FROM {
        dial::grid(ui, context, dials, 0.0);
    } else if ui.available_width() < web::BESIDE_FROM {
        web::show(ui, context, dials, ui.available_width());
        dial::grid(ui, context, dials, 0.0);
    } else {
        ui.horizontal(|ui| {
            web::show(ui, context, dials, web::WIDTH);
            ui.vertical(|ui| dial::grid(ui, context, dials, web::HEIGHT));
        });
    }
}
