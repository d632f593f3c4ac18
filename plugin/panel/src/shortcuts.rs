//! Keyboard shortcuts.

use egui::gui_zoom::kb_shortcuts;
use egui::{Key, Modifiers, Ui};

use crate::{PanelLayout, Section};

/// Action of a shortcut. No key without a modifier changes more than the view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum ShortcutAction {
    Open(Section),
    Search,
    FullScreen,
    Help,
}

/// Keys without modifiers, which most hosts pass on to the panel.
pub(crate) const KEYS: [(Key, &str, ShortcutAction, &str); 7] = [
    (Key::Num1, "1", ShortcutAction::Open(Section::Live), "Now: current tags"),
    (Key::Num2, "2", ShortcutAction::Open(Section::Moods), "Mood: moods and added models"),
    (Key::Num3, "3", ShortcutAction::Open(Section::Song), "Song: course and average"),
    (Key::Num4, "4", ShortcutAction::Open(Section::Descriptors), "Descriptors: key, loudness, rhythm"),
    (Key::Num5, "5", ShortcutAction::Open(Section::Setup), "Setup"),
    (Key::Slash, "/", ShortcutAction::Search, "Search tags"),
    (Key::F11, "F11", ShortcutAction::FullScreen, "Full screen; Escape leaves"),
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

/// Whether the full-screen view is to be left.
pub(crate) fn leaves_stage(ui: &Ui) -> bool {
    ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape))
}
