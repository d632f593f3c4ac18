//! Panel with header, tabs, the open page and the level line, or the full-screen view.

use egui::{CentralPanel, Frame, Margin, Stroke, Ui};

use crate::frame_context::FrameContext;
use crate::headline::Headline;
use crate::live_page::LivePage;
use crate::meters::Meters;
use crate::moods::{self, MoodsPage};
use crate::setup::SetupPage;
use crate::shortcuts::{self, ShortcutAction};
use crate::song::SongPage;
use crate::tag_groups::TagGroups;
use crate::theme::{self, EDGE, Palette};
use crate::{
    Command, Controls, DescriptorReading, History, ModelReading, PanelLayout, PanelState, Section, TagReading,
    TempoReading,
};
use crate::{descriptors_page, file_drop, header, help, notices, stage_view, trouble, widgets};

/// Ratio of width and height above which the header has a column of its own.
const WIDE_ASPECT: f32 = 1.75;
/// Minimum width of a panel with such a column, in points.
const MIN_WIDE_WIDTH: f32 = 640.0;
/// Share of the width for the column.
const COLUMN_SHARE: f32 = 0.34;

/// Panel with its state between frames. This state need not be saved.
#[derive(Debug, Default)]
pub struct Panel {
    live: LivePage,
    moods: MoodsPage,
    song: SongPage,
    setup: SetupPage,
    meters: Meters,
    headline: Headline,
    groups: TagGroups,
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
        let tags = frozen.as_ref().map_or(state.tags.as_ref(), |frozen| frozen.tags.as_ref());
        let mut groups = std::mem::take(&mut self.groups);
        groups.update(tags.map_or(history.labels(), |tags| &tags.value.labels));
        let values = tags.map_or_else(Vec::new, |tags| groups.values(&tags.value));
        let mut context = FrameContext {
            state,
            tags,
            tempo: frozen
                .as_ref()
                .map_or(state.tempo.as_ref(), |frozen| frozen.tempo.as_ref())
                .filter(|tempo| tempo.value.bpm.is_finite()),
            readings: frozen.as_ref().map_or(&state.readings, |frozen| &frozen.readings),
            descriptors: frozen.as_ref().map_or(state.descriptors.as_ref(), |frozen| frozen.descriptors.as_ref()),
            display_end_s: frozen.as_ref().map_or(history.display_end_s(), |frozen| frozen.display_end_s),
            history,
            palette: if layout.stage { Palette::stage() } else { Palette::of(ui.visuals()) },
            layout,
            controls,
            commands: &mut commands,
            groups: &groups,
            values: &values,
            scale: theme::scale(ui.max_rect().size()),
            step_s: ui.input(|input| input.stable_dt).min(0.1),
        };
        self.keys(ui, &mut context);
        header::update(ui, &context, &mut self.headline);
        if context.layout.stage {
            stage_view::show(ui, &mut context, &self.headline);
        } else {
            self.frame(ui, &mut context);
        }
        file_drop::show(ui, &mut context);
        help::show(ui, &context, &mut self.help);
        self.frozen = frozen;
        self.groups = groups;
        commands
    }

    fn keys(&mut self, ui: &Ui, context: &mut FrameContext<'_>) {
        if let Some(zoom) = shortcuts::zoom(ui, context.layout) {
            context.set_zoom(zoom);
        }
        if self.help {
            return;
        }
        if context.layout.stage && shortcuts::leaves_stage(ui) {
            context.set_stage(false);
        }
        for action in shortcuts::pressed(ui) {
            match action {
                ShortcutAction::Open(section) => context.open(section),
                ShortcutAction::Search => {
                    self.setup.search();
                    context.open(Section::Tags);
                }
                ShortcutAction::FullScreen => context.set_stage(!context.layout.stage),
                ShortcutAction::Help => self.help = true,
            }
        }
    }

    fn frame(&mut self, ui: &mut Ui, context: &mut FrameContext<'_>) {
        let (palette, size) = (context.palette, ui.max_rect().size());
        let edge = (EDGE * context.scale).clamp(8.0, 120.0);
        let bar = |top: f32, bottom: f32| {
            let side = edge as i8;
            let inner_margin = Margin { left: side, right: side, top: top as i8, bottom: bottom as i8 };
            Frame::new().fill(palette.ground).inner_margin(inner_margin)
        };
        let footer = egui::Panel::bottom("earmark-footer").min_size(0.0).show_separator_line(false);
        footer.frame(Frame::new().fill(palette.ground)).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            if let Some(trouble) = trouble::gravest(context) {
                bar(2.0, 4.0).show(ui, |ui| trouble::show(ui, context, &trouble));
            }
            self.meters.show(ui, context);
        });
        if size.x >= MIN_WIDE_WIDTH && size.x > size.y * WIDE_ASPECT {
            let column = egui::Panel::left("earmark-header-column").exact_size(size.x * COLUMN_SHARE);
            column.resizable(false).show_separator_line(false).frame(bar(edge * 0.6, 4.0)).show(ui, |ui| {
                header::beside(ui, context, &self.headline, &mut self.help);
            });
        } else {
            let top = egui::Panel::top("earmark-header").frame(bar(edge * 0.4, 0.0)).show_separator_line(false);
            top.show(ui, |ui| header::above(ui, context, &self.headline, &mut self.help));
        }
        CentralPanel::default().frame(bar(2.0, 2.0)).show(ui, |ui| {
            theme::enlarge(ui, context.scale);
            let page = self.tabs(ui, context);
            ui.add_space(6.0 * context.scale);
            notices::show(ui, context);
            if page != Section::Setup {
                self.setup.leave(context);
            }
            match page {
                Section::Moods => self.moods.show(ui, context),
                Section::Descriptors => descriptors_page::show(ui, context),
                Section::Song => self.song.show(ui, context),
                Section::Setup => self.setup.show(ui, context),
                _ => {
                    if let Some(part) = self.live.show(ui, context) {
                        self.song.choose(part);
                        context.open(Section::Song);
                    }
                }
            }
        });
    }

    /// Draws the tabs of the pages with content. Returns the open page.
    fn tabs(&self, ui: &mut Ui, context: &mut FrameContext<'_>) -> Section {
        let has_content = |page: &Section| *page != Section::Moods || moods::has_content(context);
        let pages: Vec<Section> = Section::PAGES.into_iter().filter(has_content).collect();
        // A saved page may have lost its content.
        let wanted = context.layout.section.page();
        let open = if pages.contains(&wanted) { wanted } else { Section::Live };
        let row = ui.horizontal(|ui| {
            let (size, gap) = self::tab_size(ui, &pages, context.type_size(theme::BODY));
            ui.spacing_mut().item_spacing.x = gap;
            for &page in &pages {
                if widgets::tab(ui, page == open, page.name(), size).clicked() && page != open {
                    context.open(page);
                }
            }
        });
        let rect = row.response.rect;
        let edge = ui.max_rect().x_range();
        ui.painter().hline(edge, rect.bottom(), Stroke::new(1.0, context.palette.line));
        open
    }
}

/// Returns font size and distance of the tabs in points: the wanted size, or a smaller one so that all tabs fit.
fn tab_size(ui: &Ui, pages: &[Section], wanted: f32) -> (f32, f32) {
    let gap = |size: f32| {
        let names = pages.iter().map(|page| widgets::tab_width(ui, page.name(), size));
        let free = ui.available_width() - names.sum::<f32>();
        (free / (pages.len() - 1) as f32).floor()
    };
    let mut size = wanted;
    while gap(size) < 6.0 && size > theme::CAPTION {
        size -= 0.5;
    }
    (size, gap(size).clamp(2.0, size * 1.6))
}
