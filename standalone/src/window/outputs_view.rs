//! Window of the outputs: all outputs with the places that they write to, and presets.
//!
//! A window stays open when it is clicked, unlike a menu, so that names and addresses can be entered.

#[cfg(feature = "web")]
use std::sync::atomic::Ordering::Relaxed;

use std::path::Path;

use earmark_outputs::midi::MidiStatus;
use earmark_session::SettingsSource;
use earmark_session::state::OscConfig;
use eframe::egui::{Align2, Context, Id, RichText, ScrollArea, TextEdit, Ui, Window};

use super::action::WindowAction;
use super::file_dialogs::FileKind;
#[cfg(feature = "web")]
use super::qr;
use super::remote_view;
use super::state::WindowState;

/// Id of the field for the name of a preset.
const PRESET_NAME: &str = "earmark-preset-name";
/// Width of the text fields, in points.
const FIELD_WIDTH: f32 = 200.0;
/// Height of the screen that the window leaves free, and its least height, in points.
const MARGIN: f32 = 96.0;
const MIN_HEIGHT: f32 = 120.0;

/// Draws the window if it is open; returns the requested actions.
pub(super) fn show(context: &Context, window: &mut WindowState) -> Vec<WindowAction> {
    let mut actions = Vec::new();
    if !window.outputs_open {
        self::leave(window);
        return actions;
    }
    let mut open = true;
    // All outputs are in sight if the screen is high enough.
    let height = (context.content_rect().height() - MARGIN).max(MIN_HEIGHT);
    let shown = Window::new("Outputs").open(&mut open).resizable(false).default_height(height);
    shown.anchor(Align2::RIGHT_TOP, [-8.0, 44.0]).show(context, |ui| {
        ScrollArea::vertical().max_height(height).show(ui, |ui| {
            ui.set_width(FIELD_WIDTH * 1.6);
            content(ui, window, &mut actions);
        });
    });
    window.outputs_open = open;
    actions
}

/// Applies an edited address. Called while the window is closed.
fn leave(window: &mut WindowState) {
    let address = std::mem::take(&mut window.osc_address).leave(OscConfig::check_address);
    if let (Some(address), Some(live)) = (address, &window.live) {
        live.settings.state().change(|state| state.osc.address = address);
    }
}

fn content(ui: &mut Ui, window: &mut WindowState, actions: &mut Vec<WindowAction>) {
    heading(ui, "Network");
    osc(ui, window);
    #[cfg(feature = "web")]
    web_page(ui, window);
    heading(ui, "MIDI");
    midi(ui, window);
    heading(ui, "Values");
    levels(ui, window);
    heading(ui, "Remote control");
    remote_view::show(ui, window);
    heading(ui, "Files");
    let WindowState { places, settings, .. } = window;
    ui.checkbox(&mut settings.log.on, "Log (JSON lines)");
    path(ui, places.log().as_deref());
    ui.checkbox(&mut settings.events.on, "Event log (CSV)");
    path(ui, places.events().as_deref());
    let clips = ui.checkbox(&mut settings.clips.on, "Audio clips of events");
    clips.on_hover_text("15 seconds each, with 3 seconds of pre-roll. The oldest clips are deleted.");
    path(ui, places.clips().as_deref());
    ui.label("Recordings");
    path(ui, places.recordings.as_deref());
    let private = ui.checkbox(&mut settings.private, "Privacy: never store audio");
    private.on_hover_text("No recordings, no clips, and no audio kept in memory");
    heading(ui, "Rules");
    scenes(ui, window, actions);
    heading(ui, "Presets");
    presets(ui, window, actions);
    heading(ui, "Input");
    let high_pass = ui.checkbox(&mut window.settings.high_pass, "High-pass filter (80 Hz)");
    high_pass.on_hover_text("Remove rumble below 80 Hz from the input");
}

fn heading(ui: &mut Ui, text: &str) {
    ui.add_space(4.0);
    ui.label(RichText::new(text).strong());
}

/// Shows where an output writes.
fn path(ui: &mut Ui, path: Option<&Path>) {
    let text = path.map_or_else(|| "no folder on this system".into(), Path::to_string_lossy);
    ui.indent(&*text, |ui| ui.label(RichText::new(&*text).weak().small()));
}

fn osc(ui: &mut Ui, window: &mut WindowState) {
    let WindowState { live: Some(live), osc_address, .. } = window else { return };
    let state = live.settings.state();
    let OscConfig { mut on, address, .. } = state.get().osc.clone();
    if ui.checkbox(&mut on, "OSC").changed() {
        state.change(|state| state.osc.on = on);
    }
    ui.indent("osc", |ui| {
        ui.set_width(FIELD_WIDTH);
        let field = osc_address.show(ui, "OSC address", "127.0.0.1:9000", &address, OscConfig::check_address);
        if let Some(address) = field {
            state.change(|state| state.osc.address = address);
        }
        let help = "IP addresses or host names with a port, separated by commas. Enter applies.";
        ui.label(RichText::new(help).weak().small());
        ui.label(RichText::new("Address prefix and MIDI mapping: see Setup in the panel").weak().small());
    });
}

#[cfg(feature = "web")]
fn web_page(ui: &mut Ui, window: &mut WindowState) {
    let web = &mut window.settings.web;
    ui.checkbox(&mut web.on, "Web page");
    ui.indent("web", |ui| {
        let network = ui.checkbox(&mut web.network, "Open to the local network");
        network.on_hover_text("Other computers and phones of this network can open the page");
        let Some((urls, stats)) = &window.outputs.web.page else { return };
        for url in urls {
            ui.hyperlink(url);
        }
        let (clients, slow) = (stats.clients.load(Relaxed), stats.slow.load(Relaxed));
        let noun = if clients == 1 { "client" } else { "clients" };
        ui.label(RichText::new(format!("{clients} {noun}, {slow} dropped (too slow)")).weak().small());
        if let (true, Some(url)) = (web.network, urls.first()) {
            qr::show(ui, url);
        }
    });
}

fn midi(ui: &mut Ui, window: &mut WindowState) {
    let midi = &mut window.settings.midi;
    ui.checkbox(&mut midi.on, "MIDI");
    if midi.on {
        let text = match &*window.outputs.midi_status.lock() {
            MidiStatus::Open(port) => port.clone(),
            MidiStatus::Waiting => "waiting for the ALSA sequencer, JACK or the system's MIDI service".to_owned(),
        };
        ui.indent("midi", |ui| ui.label(RichText::new(text).weak().small()));
    }
    ui.checkbox(&mut midi.clock, "MIDI clock at the detected tempo");
}

/// Draws the switches of the values that are sent only on request.
fn levels(ui: &mut Ui, window: &WindowState) {
    let Some(live) = &window.live else { return };
    let state = live.settings.state();
    let (mut levels, mut descriptors) = (state.get().levels, state.get().descriptors);
    let help = "RMS, peak, bands, loudness and centroid, 50 times per second, and onsets of kick, snare and hat: OSC, MIDI, \
                JSON lines. Mappings of levels work without it";
    if ui.checkbox(&mut levels, "Levels and onsets").on_hover_text(help).changed() {
        state.change(|state| state.levels = levels);
    }
    let help = "Key, chord, loudness, timbre and others, once per second: OSC and JSON lines";
    if ui.checkbox(&mut descriptors, "Descriptors").on_hover_text(help).changed() {
        state.change(|state| state.descriptors = descriptors);
    }
}

fn scenes(ui: &mut Ui, window: &mut WindowState, actions: &mut Vec<WindowAction>) {
    ui.horizontal(|ui| {
        let hover = "Open a file of rules that send OSC and MIDI when conditions hold";
        if ui.button("Scenes…").on_hover_text(hover).clicked() {
            actions.push(WindowAction::ChooseFile(FileKind::Scenes));
        }
        let hover = "Values that are sent all the time, with their ranges and curves: OSC, MIDI and DMX";
        if ui.selectable_label(window.mappings_open, "Mappings…").on_hover_text(hover).clicked() {
            window.mappings_open = !window.mappings_open;
        }
        if window.settings.scenes.is_some() && ui.small_button("Off").clicked() {
            window.settings.scenes = None;
        }
    });
    if let Some(scenes) = &window.settings.scenes {
        path(ui, Some(scenes));
    }
}

fn presets(ui: &mut Ui, window: &mut WindowState, actions: &mut Vec<WindowAction>) {
    for name in &window.presets {
        ui.horizontal(|ui| {
            if ui.button(name).on_hover_text("Load this preset").clicked() {
                actions.push(WindowAction::LoadPreset(name.clone()));
            }
            if ui.small_button("×").on_hover_text(format!("Delete preset {name}")).clicked() {
                actions.push(WindowAction::RemovePreset(name.clone()));
            }
        });
    }
    ui.horizontal(|ui| {
        let edit = TextEdit::singleline(&mut window.preset).id(Id::unique(PRESET_NAME));
        let edit = edit.hint_text("Name").desired_width(120.0);
        let confirmed = ui.add(edit).lost_focus() && ui.input(|input| input.key_pressed(eframe::egui::Key::Enter));
        let hover = "Save the current settings under this name";
        if ui.button("Save preset").on_hover_text(hover).clicked() || confirmed {
            actions.push(WindowAction::SavePreset(std::mem::take(&mut window.preset)));
        }
    });
    ui.label(RichText::new("Without a window: earmark listen --preset NAME").weak().small());
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use earmark_models::Registry;
    use earmark_outputs::dispatcher::Outputs;
    use earmark_session::SharedSettings;
    use eframe::egui::accesskit::Role;
    use eframe::egui::{Event, Key, Modifiers, PointerButton, Pos2, RawInput, Rect, vec2};
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::app_settings::AppSettings;
    use crate::live_session::LiveSession;
    use crate::places::Places;

    fn window() -> WindowState {
        WindowState { outputs_open: true, ..WindowState::new(Places::default(), AppSettings::default(), Vec::new()) }
    }

    #[test]
    fn osc_address_is_applied_by_enter_and_not_by_each_key() {
        let settings = Arc::new(SharedSettings::new(Registry::global()));
        let live = LiveSession::new(Arc::clone(&settings), 0.0, Outputs::default(), || {}).unwrap();
        let window = WindowState { live: Some(live), ..window() };
        let address = || settings.state().get().osc.address.clone();
        let before = "127.0.0.1:900";
        settings.state().change(|state| state.osc.address = before.to_owned());
        let mut harness = Harness::builder().with_size(vec2(800.0, 1200.0)).build_ui_state(
            |ui, window| {
                let _ = show(ui.ctx(), window);
            },
            window,
        );
        let field = |harness: &Harness<'_, WindowState>| {
            harness.get_by_role_and_label(Role::TextInput, "OSC address").value().unwrap_or_default()
        };
        harness.get_by_role_and_label(Role::TextInput, "OSC address").focus();
        harness.run_steps(2);
        harness.event(Event::Text("1".into()));
        harness.run_steps(2);
        let typed = field(&harness);
        assert!(typed != before && OscConfig::check_address(&typed).is_ok(), "{typed}");
        assert_eq!(address(), before);
        harness.key_press(Key::Enter);
        harness.run_steps(2);
        assert_eq!(address(), typed);
    }

    #[test]
    fn preset_is_named_after_a_short_click_into_the_field() {
        let (context, mut window, mut actions) = (Context::default(), window(), Vec::new());
        let mut frame = |events: Vec<Event>| {
            let screen_rect = Some(Rect::from_min_size(Pos2::ZERO, vec2(800.0, 1200.0)));
            let input = RawInput { screen_rect, events, ..RawInput::default() };
            let _ = context.run_ui(input, |ui| actions.extend(show(ui.ctx(), &mut window)));
        };
        // The first frames measure the window.
        (0..4).for_each(|_| frame(Vec::new()));
        let pos = context.read_response(Id::unique(PRESET_NAME)).unwrap().rect.center();
        let button =
            |pressed| Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers: Modifiers::NONE };
        frame(vec![Event::PointerMoved(pos)]);
        frame(vec![button(true)]);
        frame(vec![button(false)]);
        frame(vec![Event::Text("night".into())]);
        let key = |pressed| Event::Key {
            key: Key::Enter,
            physical_key: None,
            pressed,
            repeat: false,
            modifiers: Modifiers::NONE,
        };
        frame(vec![key(true), key(false)]);
        frame(Vec::new());
        assert_eq!(actions, [WindowAction::SavePreset("night".into())]);
        assert!(window.outputs_open);
    }
}
