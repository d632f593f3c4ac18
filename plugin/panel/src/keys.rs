//! Keys: what they do, and the page that says so.

use egui::gui_zoom::kb_shortcuts;
use egui::{Id, Key, Modal, Modifiers, RichText, Ui};

use crate::frame_context::FrameContext;
use crate::theme;
use crate::{Command, ExportFormat, PanelLayout, Section, Theme};

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Action {
    Open(Section),
    Search,
    Freeze,
    NewSong,
    Copy,
    SaveJson,
    NextTheme,
    Help,
}

/// Keys without modifiers, so that they reach a panel inside a host as well. The host may keep some for itself.
const KEYS: [(Key, &str, Action, &str); 13] = [
    (Key::Num1, "1", Action::Open(Section::Live), "Live tags"),
    (Key::Num2, "2", Action::Open(Section::Moods), "What added models say"),
    (Key::Num3, "3", Action::Open(Section::Song), "This song so far"),
    (Key::Num4, "4", Action::Open(Section::Tags), "All tags"),
    (Key::Num5, "5", Action::Open(Section::Sound), "What the model is given"),
    (Key::Num6, "6", Action::Open(Section::Setup), "Setup"),
    (Key::Slash, "/", Action::Search, "Search tags"),
    (Key::F, "F", Action::Freeze, "Freeze and go on"),
    (Key::N, "N", Action::NewSong, "A new song begins"),
    (Key::C, "C", Action::Copy, "Copy the time line"),
    (Key::J, "J", Action::SaveJson, "Save the time line as JSON"),
    (Key::T, "T", Action::NextTheme, "Next colours"),
    (Key::H, "H", Action::Help, "This help"),
];

/// The size that was asked for with the keys that every browser has for it. They work while text is typed, too.
///
/// The toolkit would follow them by itself, but then nobody saved the size; so it is told not to.
pub(crate) fn zoom(ui: &Ui, layout: &PanelLayout) -> Option<f32> {
    ui.ctx().options_mut(|options| options.zoom_with_keyboard = false);
    ui.input_mut(|input| {
        if input.consume_shortcut(&kb_shortcuts::ZOOM_RESET) {
            Some(1.0)
        } else if input.consume_shortcut(&kb_shortcuts::ZOOM_IN)
            || input.consume_shortcut(&kb_shortcuts::ZOOM_IN_SECONDARY)
        {
            Some(layout.next_zoom(true))
        } else if input.consume_shortcut(&kb_shortcuts::ZOOM_OUT) {
            Some(layout.next_zoom(false))
        } else {
            None
        }
    })
}

/// What was asked for with keys, unless text is being typed.
pub(crate) fn pressed(ui: &Ui) -> Vec<Action> {
    if ui.ctx().text_edit_focused() {
        return Vec::new();
    }
    ui.input_mut(|input| {
        // A question mark is a shifted slash to some, so it comes before the slash.
        if input.consume_key(Modifiers::NONE, Key::Questionmark) || input.consume_key(Modifiers::SHIFT, Key::Slash) {
            return vec![Action::Help];
        }
        let pressed = KEYS.iter().filter(|(key, ..)| input.consume_key(Modifiers::NONE, *key));
        pressed.map(|(_, _, action, _)| *action).collect()
    })
}

/// Does what was asked for, but for search and help, which are the panel's own.
pub(crate) fn act(context: &mut FrameContext<'_>, action: Action) {
    match action {
        Action::Open(section) => context.layout.section = section,
        Action::Search => context.layout.section = Section::Tags,
        Action::Freeze => {
            let frozen = context.controls.frozen();
            context.controls.set_frozen(!frozen);
        }
        Action::NewSong => context.ask(Command::NewSong),
        Action::Copy => context.ask(Command::CopyTimeline),
        Action::SaveJson => context.ask(Command::ExportTimeline(ExportFormat::Json)),
        Action::NextTheme => {
            context.layout.theme = match context.layout.theme {
                Theme::System => Theme::Dark,
                Theme::Dark => Theme::Light,
                Theme::Light => Theme::System,
            };
        }
        Action::Help => {}
    }
}

/// The page that says what keys do and how to read the panel.
pub(crate) fn help(ui: &Ui, context: &FrameContext<'_>, open: &mut bool) {
    if !*open {
        return;
    }
    let palette = context.palette;
    let frame = egui::Frame::popup(ui.style()).inner_margin(theme::EDGE);
    let response = Modal::new(Id::unique("earmark-help")).frame(frame).show(ui.ctx(), |ui| {
        ui.set_width((ui.ctx().content_rect().width() - 72.0).clamp(240.0, 380.0));
        let height = (ui.ctx().content_rect().height() - 130.0).clamp(120.0, 460.0);
        ui.label(RichText::new("Reading the panel").size(theme::HEADING).color(palette.strong));
        egui::ScrollArea::vertical().max_height(height).show(ui, |ui| {
            for text in [
                "A bar is how sure the model is of a tag, averaged over the last moments; the thin mark is its newest \
                 answer. Bright bars are lit: they rose above a threshold and have not fallen below the lower one.",
                "The strip beside it is the same tag over time, lighter (in light colours darker) where it was surer, \
                 with a thin line through silence and nothing where nothing was heard.",
                "Hover a name to read what the tag means. Each tag has a probability of its own; they need not add up.",
                "Under Moods a dial asks for one thing against its opposite; a thick arc with a full dot is lit. Three \
                 dials and more are drawn as a web, too, further out where more was heard. On the square, right is \
                 pleasant and up is lively; the tail is where the music came from. Drop a model's files anywhere to \
                 add it.",
            ] {
                ui.label(RichText::new(text).color(palette.text));
            }
            ui.add_space(8.0);
            ui.label(RichText::new("Keys").size(theme::HEADING).color(palette.strong));
            ui.spacing_mut().interact_size.y = 0.0;
            // Long lines wrap; else the page would be wider than the panel.
            let does = ui.available_width() - 96.0;
            egui::Grid::new("keys").num_columns(2).spacing([18.0, 4.0]).max_col_width(does).show(ui, |ui| {
                for (_, key, _, does) in KEYS {
                    ui.label(RichText::new(key).monospace().color(palette.accent));
                    ui.label(does);
                    ui.end_row();
                }
                ui.label(RichText::new("Ctrl + -").monospace().color(palette.accent));
                ui.label("Larger and smaller; with 0 the usual size");
                ui.end_row();
                ui.label(RichText::new("Tab").monospace().color(palette.accent));
                ui.label("From control to control; in the lane, arrows read it and, frozen, Page Up looks back");
                ui.end_row();
            });
        });
        ui.add_space(4.0);
        ui.button("Close").clicked()
    });
    if response.inner || response.should_close() {
        *open = false;
    }
}
