//! Keyboard shortcuts, and the help page.

use egui::gui_zoom::kb_shortcuts;
use egui::{Id, Key, Modal, Modifiers, RichText, Ui};

use crate::frame_context::FrameContext;
use crate::theme;
use crate::{Command, ExportFormat, PanelLayout, Section, Theme};

/// Action of a shortcut.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum ShortcutAction {
    Open(Section),
    Search,
    Freeze,
    NewSong,
    Copy,
    SaveJson,
    NextTheme,
    Help,
}

/// Keys without modifiers, which most hosts pass on to the panel.
const KEYS: [(Key, &str, ShortcutAction, &str); 14] = [
    (Key::Num1, "1", ShortcutAction::Open(Section::Live), "Live"),
    (Key::Num2, "2", ShortcutAction::Open(Section::Moods), "Moods: added models"),
    (Key::Num3, "3", ShortcutAction::Open(Section::Descriptors), "Descriptors: key, loudness, rhythm"),
    (Key::Num4, "4", ShortcutAction::Open(Section::Song), "Song: average"),
    (Key::Num5, "5", ShortcutAction::Open(Section::Tags), "Tags: all tags"),
    (Key::Num6, "6", ShortcutAction::Open(Section::Features), "Features: model input"),
    (Key::Num7, "7", ShortcutAction::Open(Section::Setup), "Setup"),
    (Key::Slash, "/", ShortcutAction::Search, "Search tags"),
    (Key::F, "F", ShortcutAction::Freeze, "Freeze or resume"),
    (Key::N, "N", ShortcutAction::NewSong, "Start a new song"),
    (Key::C, "C", ShortcutAction::Copy, "Copy the timeline"),
    (Key::J, "J", ShortcutAction::SaveJson, "Save the timeline as JSON"),
    (Key::T, "T", ShortcutAction::NextTheme, "Next theme"),
    (Key::H, "H", ShortcutAction::Help, "Help"),
];

/// Returns the scale requested with the usual zoom keys. They work while text is edited, too.
///
/// Turns off the zoom keys of egui, because the owner could not save that scale.
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

/// Returns the actions of the pressed keys; none while text is edited.
pub(crate) fn pressed(ui: &Ui) -> Vec<ShortcutAction> {
    if ui.ctx().text_edit_focused() {
        return Vec::new();
    }
    ui.input_mut(|input| {
        // On some layouts a question mark is a shifted slash, so it is tested before the slash.
        if input.consume_key(Modifiers::NONE, Key::Questionmark) || input.consume_key(Modifiers::SHIFT, Key::Slash) {
            return vec![ShortcutAction::Help];
        }
        let pressed = KEYS.iter().filter(|(key, ..)| input.consume_key(Modifiers::NONE, *key));
        pressed.map(|(_, _, action, _)| *action).collect()
    })
}

/// Carries out an action, except search and help, which change state of the panel.
pub(crate) fn act(context: &mut FrameContext<'_>, action: ShortcutAction) {
    match action {
        ShortcutAction::Open(section) => context.layout.section = section,
        ShortcutAction::Search => context.layout.section = Section::Tags,
        ShortcutAction::Freeze => {
            let frozen = context.controls.frozen();
            context.controls.set_frozen(!frozen);
        }
        ShortcutAction::NewSong => context.send(Command::NewSong),
        ShortcutAction::Copy => context.send(Command::CopyTimeline),
        ShortcutAction::SaveJson => context.send(Command::ExportTimeline(ExportFormat::Json)),
        ShortcutAction::NextTheme => {
            context.layout.theme = match context.layout.theme {
                Theme::System => Theme::Dark,
                Theme::Dark => Theme::Light,
                Theme::Light => Theme::System,
            };
        }
        ShortcutAction::Help => {}
    }
}

/// Draws the help page: reading the panel, and the shortcuts.
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
                "A bar shows the smoothed probability of a tag; the thin mark is the latest value. Bright bars are on: \
                 they rose above the threshold and have not fallen below the lower one.",
                "The strip next to a bar is the history of the tag: lighter (in the light theme darker) means more \
                 probable, a thin line means silence, and an empty part means no data.",
                "Hover a name to read about the tag. Each tag has its own probability; they need not add up to 1.",
                "On the Moods page, a dial shows a class and its opposite; a thick arc with a filled dot is on. Three \
                 or more dials are also drawn as a radar chart. On the XY plot, right is pleasant and up is \
                 energetic; the trail shows the last seconds. To add a model, drop its files anywhere on the panel.",
                "On the Descriptors page, values describe the last 30 s; integrated loudness and range describe the \
                 song. A value with ~ needs more music; hover it for the reason and the meaning.",
            ] {
                ui.label(RichText::new(text).color(palette.text));
            }
            ui.add_space(8.0);
            ui.label(RichText::new("Keyboard shortcuts").size(theme::HEADING).color(palette.strong));
            ui.spacing_mut().interact_size.y = 0.0;
            // Long lines wrap, so that the page fits into the panel.
            let does = ui.available_width() - 96.0;
            egui::Grid::new("keys").num_columns(2).spacing([18.0, 4.0]).max_col_width(does).show(ui, |ui| {
                for (_, key, _, does) in KEYS {
                    ui.label(RichText::new(key).monospace().color(palette.accent));
                    ui.label(does);
                    ui.end_row();
                }
                ui.label(RichText::new("Ctrl + -").monospace().color(palette.accent));
                ui.label("Zoom in or out; 0 resets the zoom");
                ui.end_row();
                ui.label(RichText::new("Tab").monospace().color(palette.accent));
                ui.label("Next control. In the history, arrow keys move the cursor; if frozen, Page Up scrolls back");
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
