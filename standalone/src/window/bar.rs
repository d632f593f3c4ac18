//! Source bar at the top of the window: source, level, recording and messages.

use std::time::Instant;

use earmark_capture::input::{GAINS_DB, InputKind, InputSelection, InputState};
use earmark_capture::player::PlaybackState;
use earmark_capture::recorder::Recording;
use eframe::egui::{self, Align, Color32, ComboBox, Frame, Layout, Margin, RichText, Sense, Slider, Ui, vec2};

use super::action::WindowAction;
use super::file_dialogs::FileKind;
use super::state::WindowState;
use crate::live_session::{LiveSession, Source};

/// Minimum height, in points.
pub(super) const HEIGHT: f32 = 78.0;

/// Minimum width of the list of inputs, in points.
const MIN_DEVICE_WIDTH: f32 = 40.0;

/// Lower end of the level meter, in dBFS.
const METER_FLOOR_DBFS: f32 = -60.0;

/// Draws the bar; returns the requested actions.
pub(super) fn show(ui: &mut Ui, window: &mut WindowState) -> Vec<WindowAction> {
    let mut actions = Vec::new();
    let frame = Frame::new().fill(ui.visuals().panel_fill).inner_margin(Margin::symmetric(12, 8));
    egui::Panel::top("earmark-source").frame(frame).show_separator_line(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing = vec2(8.0, 6.0);
        ui.horizontal(|ui| {
            run(ui, window, &mut actions);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let outputs = ui.selectable_label(window.outputs_open, "Outputs");
                if outputs.on_hover_text("OSC, web page, MIDI, files, scenes and presets").clicked() {
                    window.outputs_open = !window.outputs_open;
                    window.refresh_presets();
                }
                record(ui, window, &mut actions);
                let open = ui.button("Open file…");
                let hover = "Play and analyze an audio file. Or drop a file onto the window.";
                if open.on_hover_text(hover).clicked() {
                    actions.push(WindowAction::ChooseFile(FileKind::Audio));
                }
                // The input has the rest of the width, whatever the buttons take.
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| device(ui, window, &mut actions));
            });
        });
        let playback = match window.live.as_ref().map(LiveSession::source) {
            Some(Source::File(player)) => Some(player.state()),
            _ => None,
        };
        ui.horizontal(|ui| match playback {
            Some(playback) => file(ui, window, &playback, &mut actions),
            None => input(ui, window, &mut actions),
        });
        notices(ui, window, &mut actions);
    });
    actions
}

fn run(ui: &mut Ui, window: &WindowState, actions: &mut Vec<WindowAction>) {
    let off = matches!(window.live.as_ref().map(LiveSession::source), Some(Source::None) | None);
    let (text, action) = if off { ("Start", WindowAction::OpenInput) } else { ("Stop", WindowAction::Stop) };
    if ui.button(text).clicked() {
        actions.push(action);
    }
}

fn device(ui: &mut Ui, window: &mut WindowState, actions: &mut Vec<WindowAction>) {
    let chosen = window.settings.device.clone();
    let named = |window: &mut WindowState, id: &str| {
        let found = window.devices.list().iter().find(|found| found.id == id);
        found.map_or_else(|| id.to_owned(), |found| found.name.clone())
    };
    let text = chosen.as_deref().map_or_else(|| "Default input".to_owned(), |id| named(window, id));
    let width = (ui.available_width() - ui.spacing().item_spacing.x).clamp(MIN_DEVICE_WIDTH, 320.0);
    let combo = ComboBox::from_id_salt("earmark-device").width(width).truncate().selected_text(text);
    let response = combo.show_ui(ui, |ui| {
        let mut pick = |ui: &mut Ui, id: Option<String>, text: String| {
            if ui.selectable_label(chosen == id, text).clicked() && chosen != id {
                window.settings.device = id;
                window.settings.channels.clear();
                actions.push(WindowAction::ChangeInput);
            }
        };
        pick(ui, None, "Default input".to_owned());
        for found in window.devices.list().to_vec() {
            let kind = if found.kind == InputKind::Monitor { "  (system output)" } else { "" };
            let star = if found.default { " (default)" } else { "" };
            pick(ui, Some(found.id.clone()), format!("{}{star}{kind}\n{}", found.name, found.id));
        }
        if cfg!(target_os = "linux") {
            let mut all = window.devices.selection == InputSelection::All;
            if ui.checkbox(&mut all, "Show ALSA plug-ins").changed() {
                window.devices.selection = if all { InputSelection::All } else { InputSelection::Usual };
                actions.push(WindowAction::RefreshDevices);
            }
        }
    });
    if response.response.clicked() {
        actions.push(WindowAction::RefreshDevices);
    }
}

fn input(ui: &mut Ui, window: &mut WindowState, actions: &mut Vec<WindowAction>) {
    meter(ui, window);
    let gain = Slider::new(&mut window.settings.gain_db, GAINS_DB).suffix(" dB").max_decimals(0).show_value(true);
    ui.spacing_mut().slider_width = 70.0;
    if ui.add(gain).on_hover_text("Input gain").changed() {
        actions.push(WindowAction::ChangeGain);
    }
    channels(ui, window, actions);
    let state = match window.live.as_ref().map(LiveSession::source) {
        Some(Source::Input(supervisor)) => Some(supervisor.status().state),
        _ => None,
    };
    let weak = ui.visuals().weak_text_color();
    let overruns = window.live.as_ref().map_or(0, |live| live.input_stats.overruns());
    let text = match &state {
        // A narrow window has room for only one of the two texts.
        Some(InputState::Running { spec, .. }) if window.overruns.update(overruns, Instant::now()) => {
            let text = RichText::new(format!("overruns: {overruns}")).color(ui.visuals().warn_fg_color);
            ui.label(text).on_hover_text(format!(
                "Number of times that the audio system lost samples; sample rate {:.0} Hz",
                spec.rate.hz()
            ));
            return;
        }
        Some(InputState::Running { spec, .. }) => format!("{:.0} Hz", spec.rate.hz()),
        Some(InputState::Opening) => "opening …".to_owned(),
        Some(InputState::Waiting(_)) => "waiting".to_owned(),
        Some(InputState::Stopped) | None => "stopped".to_owned(),
    };
    ui.label(RichText::new(text).color(weak));
}

fn channels(ui: &mut Ui, window: &mut WindowState, actions: &mut Vec<WindowAction>) {
    let running = match window.live.as_ref().map(LiveSession::source) {
        Some(Source::Input(supervisor)) => match supervisor.status().state {
            InputState::Running { device, .. } => Some(device),
            _ => None,
        },
        _ => None,
    };
    let id = running.or_else(|| window.settings.device.clone());
    let found = window.devices.list().iter().find(|found| Some(&found.id) == id.as_ref());
    let has = found.and_then(|found| found.channels).map_or(2, usize::from).min(64);
    let listed = |channels: &[usize]| match channels {
        [] => "All channels".to_owned(),
        [one] => format!("Channel {one}"),
        several => format!("Channels {}", several.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
    };
    let chosen = &mut window.settings.channels;
    ComboBox::from_id_salt("earmark-channels").width(110.0).selected_text(listed(chosen)).show_ui(ui, |ui| {
        let mut choices = vec![Vec::new()];
        choices.extend((1..=has).map(|channel| vec![channel]));
        choices.extend((1..has).step_by(2).map(|channel| vec![channel, channel + 1]).filter(|_| has > 2));
        for choice in choices {
            if ui.selectable_label(*chosen == choice, listed(&choice)).clicked() && *chosen != choice {
                *chosen = choice;
                actions.push(WindowAction::ChangeInput);
            }
        }
    });
}

fn meter(ui: &mut Ui, window: &WindowState) {
    let level = window
        .live
        .as_ref()
        .and_then(|live| live.instance.snapshot())
        .map(|snapshot| snapshot.level)
        .unwrap_or_default();
    let share = |value: f32| {
        let dbfs = 20.0 * value.max(1e-9).log10();
        ((dbfs - METER_FLOOR_DBFS) / -METER_FLOOR_DBFS).clamp(0.0, 1.0)
    };
    let (area, response) = ui.allocate_exact_size(vec2(100.0, 12.0), Sense::hover());
    let visuals = ui.visuals();
    let clips = level.peak >= 1.0;
    let ink = if clips { visuals.warn_fg_color } else { visuals.selection.bg_fill };
    let painter = ui.painter();
    painter.rect_filled(area, 3.0, visuals.extreme_bg_color);
    let mut filled = area;
    filled.set_width(area.width() * share(level.rms));
    painter.rect_filled(filled, 3.0, ink);
    let peak = area.left() + area.width() * share(level.peak);
    if level.peak > 0.0 {
        painter.vline(peak.min(area.right() - 1.0), area.y_range(), (1.5, visuals.strong_text_color()));
    }
    let dbfs =
        |value: f32| if value > 0.0 { format!("{:.0} dBFS", 20.0 * value.log10()) } else { "silence".to_owned() };
    response.on_hover_text(format!("Input: {}, peak {}", dbfs(level.rms), dbfs(level.peak)));
}

fn file(ui: &mut Ui, window: &mut WindowState, playback: &PlaybackState, actions: &mut Vec<WindowAction>) {
    let text = if playback.paused { "Play" } else { "Pause" };
    if ui.button(text).clicked() {
        actions.push(WindowAction::Pause(!playback.paused));
    }
    sound(ui, window);
    let length_s = playback.length_s.unwrap_or(playback.at_s).max(0.1);
    let mut at_s = playback.at_s.min(length_s);
    ui.spacing_mut().slider_width = (ui.available_width() - 300.0).max(60.0);
    let slider = Slider::new(&mut at_s, 0.0..=length_s).show_value(false);
    if ui.add(slider).changed() {
        actions.push(WindowAction::Seek(at_s));
    }
    let clock = |seconds: f64| format!("{}:{:04.1}", (seconds / 60.0) as u64, seconds % 60.0);
    ui.label(RichText::new(format!("{} / {}", clock(at_s), clock(length_s))).monospace());
    let name = window.file.as_ref().and_then(|file| file.file_name()).map(|name| name.to_string_lossy().into_owned());
    ui.add(egui::Label::new(RichText::new(name.unwrap_or_default()).color(ui.visuals().weak_text_color())).truncate());
}

/// Draws the switch of the sound of a played file, with the reason if it is not audible.
fn sound(ui: &mut Ui, window: &mut WindowState) {
    let error = window.audio_output.error();
    let text = RichText::new("Mute");
    let text = if error.is_some() { text.color(ui.visuals().warn_fg_color) } else { text };
    let mute = ui.selectable_label(window.settings.muted, text);
    let hover =
        error.map_or_else(|| "The file is analyzed in either case".to_owned(), |error| format!("No sound: {error}"));
    window.settings.muted ^= mute.on_hover_text(hover).clicked();
}

fn record(ui: &mut Ui, window: &WindowState, actions: &mut Vec<WindowAction>) {
    let recording = window.live.as_ref().map(|live| live.recorder.recording());
    let (text, hover) = match &recording {
        Some(Recording::On { path, seconds }) => (
            RichText::new(format!("Recording {seconds:.0} s")).color(Color32::from_rgb(0xe5, 0x5b, 0x5b)),
            format!("Recording to {}. Click to stop.", path.display()),
        ),
        _ => (RichText::new("Record"), "Record the analyzed audio (mono) to a WAV file".to_owned()),
    };
    if ui.button(text).on_hover_text(hover).clicked() {
        actions.push(WindowAction::Record);
    }
}

fn notices(ui: &mut Ui, window: &WindowState, actions: &mut Vec<WindowAction>) {
    if let Some(Source::Input(supervisor)) = window.live.as_ref().map(LiveSession::source)
        && let InputState::Waiting(error) = supervisor.status().state
    {
        let again = if error.is_permanent() { "" } else { " Retrying …" };
        let mut text = format!("{error}. {}{again}", error.hint());
        if let Some(first) = text.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        ui.label(RichText::new(text).color(ui.visuals().warn_fg_color));
    }
    for (i, message) in window.messages.iter().enumerate() {
        ui.horizontal_wrapped(|ui| {
            if ui.small_button("Dismiss").clicked() {
                actions.push(WindowAction::Dismiss(i));
            }
            ui.label(RichText::new(message).color(ui.visuals().warn_fg_color));
        });
    }
}
