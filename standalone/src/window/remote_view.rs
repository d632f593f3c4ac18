//! Remote control in the window of the outputs.

use std::sync::atomic::Ordering::Relaxed;

use eframe::egui::{DragValue, RichText, Ui};

use super::remote_inputs::RemoteStatus;
use super::state::WindowState;

/// Draws the switches of the receivers with their ports and counters.
pub(super) fn show(ui: &mut Ui, window: &mut WindowState) {
    let remote = &mut window.settings.remote;
    let [osc, midi] = window.outputs.remote.status();
    let help =
        "Half, double, tap, lock, range and minimum confidence of the tempo, by messages such as /earmark/tempo/tap";
    ui.checkbox(&mut remote.osc, "OSC input").on_hover_text(help);
    ui.indent("osc-in", |ui| {
        ui.horizontal(|ui| {
            ui.label(RichText::new("Port").weak().small());
            let port = ui.add(DragValue::new(&mut remote.port).range(1..=u16::MAX).update_while_editing(false));
            port.accessible_name("Port of the OSC input");
            ui.checkbox(&mut remote.network, "Open to the local network");
        });
        self::status(ui, remote.osc, &osc, "opening");
    });
    let help = "Notes and controllers that a [[remote]] of the scene file names; without one, notes 36 to 39 for half, \
                double, tap and lock, controllers 20 and 21 for minimum confidence and range";
    ui.checkbox(&mut remote.midi, "MIDI input").on_hover_text(help);
    ui.indent("midi-in", |ui| {
        let waiting = "waiting for the ALSA sequencer, JACK or the system's MIDI service";
        self::status(ui, remote.midi, &midi, waiting);
    });
}

/// Draws the port of a receiver that is on, and its counters.
fn status(ui: &mut Ui, is_on: bool, status: &RemoteStatus, waiting: &str) {
    if !is_on {
        return;
    }
    ui.label(RichText::new(status.port.as_deref().unwrap_or(waiting)).weak().small());
    let Some(stats) = &status.stats else { return };
    let (accepted, ignored) = (stats.accepted.load(Relaxed), stats.ignored.load(Relaxed));
    let text = RichText::new(format!("{accepted} messages, {ignored} ignored")).weak().small();
    let counts = ui.label(text);
    if let Some(message) = &status.ignored {
        counts.on_hover_text(message);
    }
}
