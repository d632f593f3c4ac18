//! The panel as a whole: header, tempo, tabs, the open section, footer.

use egui::{Align, CentralPanel, Frame, Layout as Flow, Margin, RichText, Stroke, Ui};

use crate::frame_context::FrameContext;
use crate::keys::{self, Action};
use crate::live::Live;
use crate::meters::Meters;
use crate::moods::MoodsPage;
use crate::setup::SetupPage;
use crate::song::SongPage;
use crate::sound::SoundPage;
use crate::tags::TagsPage;
use crate::theme::{self, EDGE, Palette};
use crate::{Command, Controls, History, ModelReading, PanelLayout, PanelState, Section, TagReading, TempoReading};
use crate::{dropped, messages, status, tempo, widgets};

/// Below this height in points the tempo takes less room.
const LOW: f32 = 420.0;

/// The panel: what it remembers from frame to frame, none of which is worth saving.
#[derive(Debug, Default)]
pub struct Panel {
    live: Live,
    moods: MoodsPage,
    song: SongPage,
    tags: TagsPage,
    sound: SoundPage,
    setup: SetupPage,
    meters: Meters,
    help: bool,
    held: Option<Held>,
}

/// What was shown when it was frozen.
#[derive(Debug)]
struct Held {
    tags: Option<TagReading>,
    tempo: Option<TempoReading>,
    readings: Vec<ModelReading>,
    tape_end_s: f64,
}

impl Panel {
    /// A panel that was not shown yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Draws a frame over all of `ui` and gives what was asked for in it.
    ///
    /// The panel asks for another frame only while something glides. The owner asks for one whenever it has something
    /// new to show: a prediction, a level, a status.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        state: &PanelState,
        history: &History,
        layout: &mut PanelLayout,
        controls: &mut dyn Controls,
    ) -> Vec<Command> {
        let cleaned = layout.clone().cleaned();
        if *layout != cleaned {
            *layout = cleaned;
        }
        theme::apply(ui, layout.theme);
        let mut commands = Vec::new();
        if controls.frozen() {
            self.held.get_or_insert_with(|| Held {
                tags: state.tags.clone(),
                tempo: state.tempo.clone(),
                readings: state.readings.clone(),
                tape_end_s: history.tape_end_s(),
            });
        } else {
            self.held = None;
        }
        self.moods.follow(&state.readings, controls.frozen());
        let held = self.held.take();
        let mut context = FrameContext {
            state,
            tags: held.as_ref().map_or(state.tags.as_ref(), |held| held.tags.as_ref()),
            tempo: held
                .as_ref()
                .map_or(state.tempo.as_ref(), |held| held.tempo.as_ref())
                .filter(|tempo| tempo.value.bpm.is_finite()),
            readings: held.as_ref().map_or(&state.readings, |held| &held.readings),
            tape_end_s: held.as_ref().map_or(history.tape_end_s(), |held| held.tape_end_s),
            history,
            layout,
            controls,
            commands: &mut commands,
            palette: Palette::of(ui.visuals()),
            step_s: ui.input(|input| input.stable_dt).min(0.1),
        };
        if let Some(zoom) = keys::zoom(ui, context.layout) {
            context.layout.zoom = zoom;
            context.ask(Command::SetZoom(zoom));
        }
        if !self.help {
            for action in keys::pressed(ui) {
                self.help |= action == Action::Help;
                self.tags.focus_search |= action == Action::Search;
                keys::act(&mut context, action);
            }
        }
        self.frame(ui, &mut context);
        dropped::show(ui, &mut context);
        keys::help(ui, &context, &mut self.help);
        self.held = held;
        commands
    }

    fn frame(&mut self, ui: &mut Ui, context: &mut FrameContext<'_>) {
        let palette = context.palette;
        let low = ui.available_height() < LOW;
        let bar = |top: i8, bottom: i8| {
            Frame::new().fill(palette.raised).inner_margin(Margin { left: EDGE as i8, right: EDGE as i8, top, bottom })
        };
        egui::Panel::top("earmark-header").frame(bar(8, 0)).show_separator_line(false).show(ui, |ui| {
            self.header(ui, context);
            tempo::show(ui, context, low);
        });
        egui::Panel::bottom("earmark-footer").frame(bar(5, 5)).show_separator_line(false).show(ui, |ui| {
            ui.horizontal(|ui| self.meters.show(ui, context));
        });
        let margin = Margin { left: EDGE as i8, right: EDGE as i8, top: 2, bottom: 6 };
        CentralPanel::default().frame(Frame::new().fill(palette.ground).inner_margin(margin)).show(ui, |ui| {
            self::tabs(ui, context);
            ui.add_space(6.0);
            messages::show(ui, context);
            if context.layout.section != Section::Setup {
                self.setup.leave(context);
            }
            match context.layout.section {
                Section::Live => self.live.show(ui, context),
                Section::Moods => self.moods.show(ui, context),
                Section::Song => self.song.show(ui, context),
                Section::Tags => self.tags.show(ui, context),
                Section::Sound => self.sound.show(ui, context),
                Section::Setup => self.setup.show(ui, context),
            }
        });
    }

    fn header(&mut self, ui: &mut Ui, context: &mut FrameContext<'_>) {
        ui.horizontal(|ui| {
            if ui.available_width() > 380.0 {
                ui.label(
                    RichText::new("EARMARK").size(theme::CAPTION).extra_letter_spacing(2.5).color(context.palette.weak),
                );
                ui.add_space(6.0);
            }
            ui.with_layout(Flow::right_to_left(Align::Center), |ui| {
                if widgets::quiet_button(ui, "?", "Keys, and how to read the panel (H)", self.help)
                    .accessible_name("Help")
                    .clicked()
                {
                    self.help = true;
                }
                let frozen = context.controls.frozen();
                if widgets::quiet_button(ui, "Freeze", "Hold what is shown (F)", frozen).clicked() {
                    context.controls.set_frozen(!frozen);
                }
                ui.with_layout(Flow::left_to_right(Align::Center), |ui| status::header(ui, context));
            });
        });
    }
}

fn tabs(ui: &mut Ui, context: &mut FrameContext<'_>) {
    let row = ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = self::gap(ui);
        for section in Section::ALL {
            if widgets::tab(ui, context.layout.section == section, section.name()).clicked() {
                context.layout.section = section;
            }
        }
    });
    let rect = row.response.rect;
    let edge = ui.max_rect().x_range();
    ui.painter().hline(edge, rect.bottom(), Stroke::new(1.0, context.palette.line));
}

/// Between two tabs: less where the panel is narrow, so that all of them fit.
fn gap(ui: &Ui) -> f32 {
    let names = Section::ALL.iter().map(|section| widgets::tab_width(ui, section.name()));
    let free = ui.available_width() - names.sum::<f32>();
    (free / (Section::ALL.len() - 1) as f32).floor().clamp(2.0, 16.0)
}
