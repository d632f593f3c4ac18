//! Panel with header, tempo, tabs, the open section and footer.

use egui::{Align, CentralPanel, Frame, Layout as Flow, Margin, RichText, Stroke, Ui};

use crate::features_page::FeaturesPage;
use crate::frame_context::FrameContext;
use crate::live_page::LivePage;
use crate::meters::Meters;
use crate::moods::MoodsPage;
use crate::setup::SetupPage;
use crate::shortcuts::{self, ShortcutAction};
use crate::song::SongPage;
use crate::tags::TagsPage;
use crate::theme::{self, EDGE, Palette};
use crate::{
    Command, Controls, DescriptorReading, History, ModelReading, PanelLayout, PanelState, Section, TagReading,
    TempoReading,
};
use crate::{descriptors_page, file_drop, notices, status, tempo, widgets};

/// Height in points below which the tempo is drawn smaller.
const COMPACT_BELOW_HEIGHT: f32 = 420.0;

/// Panel with its state between frames. This state need not be saved.
#[derive(Debug, Default)]
pub struct Panel {
    live: LivePage,
    moods: MoodsPage,
    song: SongPage,
    tags: TagsPage,
    features: FeaturesPage,
    setup: SetupPage,
    meters: Meters,
    help: bool,
    frozen: Option<FrozenSnapshot>,
}

/// Data shown while the display is frozen.
#[derive(Debug)]
struct FrozenSnapshot {
    tags: Option<TagReading>,
    tempo: Option<TempoReading>,
    readings: Vec<ModelReading>,
    descriptors: Option<DescriptorReading>,
    display_end_s: f64,
}

impl Panel {
    /// Returns a panel.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Draws a frame over all of `ui` and returns the commands of the user.
    ///
    /// The panel requests another frame only while an animation runs. The owner requests one when a prediction, a level
    /// or a status has changed.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        state: &PanelState,
        history: &History,
        layout: &mut PanelLayout,
        controls: &mut dyn Controls,
    ) -> Vec<Command> {
        let clamped = layout.clone().clamped();
        if *layout != clamped {
            *layout = clamped;
        }
        theme::apply(ui, layout.theme);
        let mut commands = Vec::new();
        if controls.frozen() {
            self.frozen.get_or_insert_with(|| FrozenSnapshot {
                tags: state.tags.clone(),
                tempo: state.tempo.clone(),
                readings: state.readings.clone(),
                descriptors: state.descriptors.clone(),
                display_end_s: history.display_end_s(),
            });
        } else {
            self.frozen = None;
        }
        self.moods.update(&state.readings, controls.frozen());
        let frozen = self.frozen.take();
        let mut context = FrameContext {
            state,
            tags: frozen.as_ref().map_or(state.tags.as_ref(), |frozen| frozen.tags.as_ref()),
            tempo: frozen
                .as_ref()
                .map_or(state.tempo.as_ref(), |frozen| frozen.tempo.as_ref())
                .filter(|tempo| tempo.value.bpm.is_finite()),
            readings: frozen.as_ref().map_or(&state.readings, |frozen| &frozen.readings),
            descriptors: frozen.as_ref().map_or(state.descriptors.as_ref(), |frozen| frozen.descriptors.as_ref()),
            display_end_s: frozen.as_ref().map_or(history.display_end_s(), |frozen| frozen.display_end_s),
            history,
            layout,
            controls,
            commands: &mut commands,
            palette: Palette::of(ui.visuals()),
            step_s: ui.input(|input| input.stable_dt).min(0.1),
        };
        if let Some(zoom) = shortcuts::zoom(ui, context.layout) {
            context.layout.zoom = zoom;
            context.send(Command::SetZoom(zoom));
        }
        if !self.help {
            for action in shortcuts::pressed(ui) {
                self.help |= action == ShortcutAction::Help;
                self.tags.focus_search |= action == ShortcutAction::Search;
                shortcuts::act(&mut context, action);
            }
        }
        self.frame(ui, &mut context);
        file_drop::show(ui, &mut context);
        shortcuts::help(ui, &context, &mut self.help);
        self.frozen = frozen;
        commands
    }

    fn frame(&mut self, ui: &mut Ui, context: &mut FrameContext<'_>) {
        let palette = context.palette;
        let low = ui.available_height() < COMPACT_BELOW_HEIGHT;
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
            notices::show(ui, context);
            if context.layout.section != Section::Setup {
                self.setup.leave(context);
            }
            match context.layout.section {
                Section::Live => self.live.show(ui, context),
                Section::Moods => self.moods.show(ui, context),
                Section::Descriptors => descriptors_page::show(ui, context),
                Section::Song => self.song.show(ui, context),
                Section::Tags => self.tags.show(ui, context),
                Section::Features => self.features.show(ui, context),
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
                if widgets::quiet_button(ui, "?", "Help and keyboard shortcuts (H)", self.help)
                    .accessible_name("Help")
                    .clicked()
                {
                    self.help = true;
                }
                let frozen = context.controls.frozen();
                if widgets::quiet_button(ui, "Freeze", "Hold the displayed and sent values (F)", frozen).clicked() {
                    context.controls.set_frozen(!frozen);
                }
                ui.with_layout(Flow::left_to_right(Align::Center), |ui| status::header(ui, context));
            });
        });
    }
}

fn tabs(ui: &mut Ui, context: &mut FrameContext<'_>) {
    let row = ui.horizontal(|ui| {
        let (size, gap) = self::tab_size(ui);
        ui.spacing_mut().item_spacing.x = gap;
        for section in Section::ALL {
            if widgets::tab(ui, context.layout.section == section, section.name(), size).clicked() {
                context.layout.section = section;
            }
        }
    });
    let rect = row.response.rect;
    let edge = ui.max_rect().x_range();
    ui.painter().hline(edge, rect.bottom(), Stroke::new(1.0, context.palette.line));
}

/// Font sizes of the tabs in points. The first one with room for all tabs is used.
const TAB_SIZES: [f32; 3] = [theme::BODY, 12.5, 11.5];

/// Returns font size and distance of the tabs in points, smaller in a narrow panel so that all tabs fit.
fn tab_size(ui: &Ui) -> (f32, f32) {
    let gap = |size: f32| {
        let names = Section::ALL.iter().map(|section| widgets::tab_width(ui, section.name(), size));
        let free = ui.available_width() - names.sum::<f32>();
        (free / (Section::ALL.len() - 1) as f32).floor()
    };
    let fits = TAB_SIZES.into_iter().find(|&size| gap(size) >= 4.0);
    let size = fits.unwrap_or(TAB_SIZES[TAB_SIZES.len() - 1]);
    (size, gap(size).clamp(2.0, 16.0))
}
