//! The section for whoever wants to know: the frames that the tag model is given, and how the analysis is doing.

use std::sync::Arc;

use egui::accesskit::Role;
use egui::{Color32, ColorImage, Grid, Rect, RichText, TextureHandle, TextureOptions, Ui, pos2, vec2};

use crate::frame_context::FrameContext;
use crate::state::Sound;
use crate::theme;
use crate::widgets::{describe, line};

/// The least height of the picture, in points.
const LEAST: f32 = 60.0;
/// Room below it for what is known of the analysis, in points.
const BELOW: f32 = 150.0;

/// The section and what it remembers from frame to frame.
#[derive(Default)]
pub(crate) struct SoundPage {
    texture: Option<TextureHandle>,
    /// Of what the texture is, and in which colours.
    drawn: Option<(Arc<[f32]>, Color32)>,
}

impl std::fmt::Debug for SoundPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SoundPage").finish_non_exhaustive()
    }
}

impl SoundPage {
    pub(crate) fn show(&mut self, ui: &mut Ui, context: &FrameContext<'_>) {
        let palette = context.palette;
        let height = (ui.available_height() - BELOW).max(LEAST);
        let (place, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), egui::Sense::hover());
        ui.painter().rect_filled(place, 3.0, palette.ramp(0.0));
        match &context.state.sound {
            Some(sound) if sound.frames() > 0 => self.picture(ui, context, sound, place),
            _ => {
                let text = "The frames that the model is given appear here while music comes.";
                let at = place.center();
                line(ui, at, egui::Align2::CENTER_CENTER, place.width() - 16.0, text, theme::CAPTION, palette.weak);
            }
        }
        ui.add_space(8.0);
        self::health(ui, context);
    }

    fn picture(&mut self, ui: &Ui, context: &FrameContext<'_>, sound: &Sound, place: Rect) {
        let ground = context.palette.ramp(0.0);
        let fresh =
            self.drawn.as_ref().is_some_and(|(values, colour)| Arc::ptr_eq(values, &sound.values) && *colour == ground);
        if !fresh {
            let image = image(context, sound);
            match &mut self.texture {
                Some(texture) => texture.set(image, TextureOptions::LINEAR),
                None => self.texture = Some(ui.ctx().load_texture("earmark-sound", image, TextureOptions::LINEAR)),
            }
            self.drawn = Some((Arc::clone(&sound.values), ground));
        }
        let Some(texture) = &self.texture else { return };
        // The newest at the right edge; while there is less than fits, the rest stays empty.
        let share = (sound.frames() as f32 * sound.frame_s / sound.longest_s).min(1.0);
        let drawn = Rect::from_min_max(pos2(place.right() - place.width() * share, place.top()), place.max);
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        ui.painter().image(texture.id(), drawn, whole, Color32::WHITE);
        describe(ui, place, "spectrogram", Role::Image, || {
            format!(
                "The last {:.1} s as the model is given them: {}",
                sound.frames() as f32 * sound.frame_s,
                sound.name
            )
        })
        .on_hover_text(&*sound.name);
    }
}

/// Time to the right, frequency upwards.
fn image(context: &FrameContext<'_>, sound: &Sound) -> ColorImage {
    let (frames, bands) = (sound.frames(), sound.bands);
    let finite = || sound.values.iter().copied().filter(|value| value.is_finite());
    let lowest = finite().fold(f32::INFINITY, f32::min);
    let range = (finite().fold(lowest, f32::max) - lowest).max(sound.least_range);
    let mut pixels = Vec::with_capacity(frames * bands);
    for band in (0..bands).rev() {
        pixels.extend((0..frames).map(|frame| {
            let value = sound.values[frame * bands + band];
            context.palette.ramp(if value.is_finite() { (value - lowest) / range } else { 0.0 })
        }));
    }
    ColorImage::new([frames, bands], pixels)
}

fn health(ui: &mut Ui, context: &FrameContext<'_>) {
    let palette = context.palette;
    let health = &context.state.health;
    let counters = context.state.counters;
    let rate = &context.state.rate;
    let lost = counters.dropped_samples + counters.skipped_updates;
    let age = context.tags.map(|tags| format!("{:.0} ms", tags.age_s * 1e3));
    let rows = [
        ("Age of what is shown", age.unwrap_or_else(|| "–".into()), false),
        ("Updates a second", format!("{:.1} of {:.1}", rate.real_hz, rate.asked_hz), rate.reason.is_some()),
        ("Time of the analysis", format!("{:.1} % of real time", health.load * 100.0), health.load > 0.8),
        (
            "Waits to be heard",
            format!("{:.0} ms of at most {:.0} s", health.waiting_s * 1e3, health.ring_s),
            health.waiting_s > 1.0,
        ),
        (
            "Dropped, skipped",
            format!("{} samples, {} updates", counters.dropped_samples, counters.skipped_updates),
            lost > 0,
        ),
    ];
    Grid::new("earmark-health").num_columns(2).spacing(vec2(18.0, 4.0)).show(ui, |ui| {
        for (name, value, bad) in rows {
            ui.label(RichText::new(name).size(theme::CAPTION + 0.5).color(palette.weak));
            let ink = if bad { palette.attention } else { palette.text };
            ui.label(RichText::new(value).size(theme::CAPTION + 0.5).color(ink));
            ui.end_row();
        }
    });
}
