//! Section with the descriptors of the music: key and chord, loudness, rhythm and sound, spectral centroid.

mod centroid_plot;
mod chroma_wheel;
mod loudness_meters;
mod meter_row;
pub(crate) mod pitch_class;
mod reliability;
mod scale;
mod value_rows;

use egui::{Align2, RichText, ScrollArea, Sense, Ui, vec2};

use crate::frame_context::FrameContext;
use crate::masonry::MasonryLayout;
use crate::widgets::{clock, line};
use crate::{DescriptorReading, Status, status, theme};

/// Maximum number of columns of cards.
const MAX_COLUMNS: usize = 2;
/// Age in seconds above which values are stale.
const STALE_AFTER_S: f32 = 6.0;
/// Opacity of stale values.
const STALE_ALPHA: f32 = 0.55;

/// Draws the section.
pub(crate) fn show(ui: &mut Ui, context: &mut FrameContext<'_>) {
    if matches!(context.state.status, Status::Error { .. }) && status::page(ui, context) {
        return;
    }
    let Some(reading) = context.descriptors else {
        let (title, text) = empty(&context.state.status);
        status::message(ui, context, title, text, None);
        return;
    };
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        if let Some(note) = note(context, reading) {
            let size = theme::CAPTION + 1.0;
            ui.add(egui::Label::new(RichText::new(note).size(size).color(context.palette.weak)).wrap());
        }
        if !is_fresh(context, reading) {
            ui.multiply_opacity(STALE_ALPHA);
        }
        let window = format!("last {:.0} s", reliability::whole_seconds(reading.window_s));
        let song = format!("song {}", clock(f64::from(reading.since_start_s.max(0.0)), false));
        let mut masonry = MasonryLayout::new(ui, MAX_COLUMNS, context.unit());
        masonry.card(ui, "harmony", false, |ui| {
            heading(ui, context, "Key and chord", &window);
            chroma_wheel::show(ui, context, reading);
        });
        masonry.card(ui, "loudness", false, |ui| {
            heading(ui, context, "Loudness", &song);
            loudness_meters::show(ui, context, reading);
        });
        masonry.card(ui, "values", false, |ui| {
            heading(ui, context, "Rhythm and sound", &window);
            value_rows::show(ui, context, reading);
        });
        masonry.card(ui, "centroid", true, |ui| centroid_plot::show(ui, context, reading));
        masonry.end(ui);
    });
}

/// Returns title and sentence of the section without a reading.
fn empty(status: &Status) -> (&'static str, &'static str) {
    match status {
        Status::Idle => ("No audio", "Start playback to see key, loudness and rhythm of the music."),
        Status::Silence => ("Silence", "Key, loudness and rhythm appear when music is above the silence gate."),
        _ => ("No descriptors yet", "Key, loudness and rhythm appear after the first seconds of music."),
    }
}

/// Returns a sentence about all values of a current reading, if one is needed.
fn note(context: &FrameContext<'_>, reading: &DescriptorReading) -> Option<&'static str> {
    if context.controls.frozen() {
        None
    } else if reading.silent {
        Some("Silence: only the loudness is known.")
    } else if matches!(context.state.status, Status::Listening | Status::WarmingUp(_)) && is_any_marked(reading) {
        Some("~ needs more music: hover a value for the reason.")
    } else {
        None
    }
}

/// Whether a value is shown with a mark.
fn is_any_marked(reading: &DescriptorReading) -> bool {
    reading.key.is_some_and(|key| !key.reliable)
        || value_rows::rows(reading).iter().any(|(_, value)| value.is_some_and(|value| !value.reliable))
}

/// Whether the values describe the current input.
fn is_fresh(context: &FrameContext<'_>, reading: &DescriptorReading) -> bool {
    // The status describes the warm-up of the tag model; descriptors may already be there.
    let listening = matches!(context.state.status, Status::Listening | Status::WarmingUp(_));
    // A silent reading has no old values.
    context.controls.frozen() || ((listening || reading.silent) && reading.age_s <= STALE_AFTER_S)
}

/// Draws the name of a card, and a caption at its right.
fn heading(ui: &mut Ui, context: &FrameContext<'_>, name: &str, right: &str) {
    let palette = context.palette;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0 * context.unit()), Sense::hover());
    let caption = line(
        ui,
        rect.right_center(),
        Align2::RIGHT_CENTER,
        120.0 * context.unit(),
        right,
        theme::CAPTION * context.unit(),
        palette.weak,
    );
    let room = caption.left() - rect.left() - 8.0;
    line(
        ui,
        rect.left_center(),
        Align2::LEFT_CENTER,
        room,
        name,
        (theme::CAPTION + 1.0) * context.unit(),
        palette.text,
    );
}
