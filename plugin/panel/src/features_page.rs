//! Input features of the tag model and state of the analysis.

use std::sync::Arc;

use egui::accesskit::Role;
use egui::{Color32, ColorImage, Grid, Rect, RichText, TextureHandle, TextureOptions, Ui, pos2, vec2};

use crate::frame_context::FrameContext;
use crate::state::FeatureView;
use crate::theme;
use crate::widgets::{describe, line};

/// Spectrogram and its state between frames.
#[derive(Default)]
pub(crate) struct FeaturesPage {
    texture: Option<TextureHandle>,
    /// Values and background colour from which the texture was made.
    drawn: Option<(Arc<[f32]>, Color32)>,
}

impl std::fmt::Debug for FeaturesPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FeaturesPage").finish_non_exhaustive()
    }
}

impl FeaturesPage {
    /// Draws the state of the analysis, and below it the spectrogram with a height in points.
    pub(crate) fn show(&mut self, ui: &mut Ui, context: &FrameContext<'_>, height: f32) {
        let palette = context.palette;
        self::health(ui, context);
        ui.add_space(8.0);
        let (place, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), egui::Sense::hover());
        ui.painter().rect_filled(place, 3.0, palette.ramp(0.0));
        match &context.state.features {
            Some(features) if features.frames() > 0 => self.spectrogram_image(ui, context, features, place),
            _ => {
                let text = "The input features of the model appear here during playback.";
                let at = place.center();
                line(ui, at, egui::Align2::CENTER_CENTER, place.width() - 16.0, text, theme::CAPTION, palette.weak);
            }
        }
    }

    fn spectrogram_image(&mut self, ui: &Ui, context: &FrameContext<'_>, features: &FeatureView, place: Rect) {
        let ground = context.palette.ramp(0.0);
        let fresh = self
            .drawn
            .as_ref()
            .is_some_and(|(values, colour)| Arc::ptr_eq(values, &features.values) && *colour == ground);
        if !fresh {
            let image = image(context, features);
            match &mut self.texture {
                Some(texture) => texture.set(image, TextureOptions::LINEAR),
                None => self.texture = Some(ui.ctx().load_texture("earmark-features", image, TextureOptions::LINEAR)),
            }
            self.drawn = Some((Arc::clone(&features.values), ground));
        }
        let Some(texture) = &self.texture else { return };
        // The newest frame is at the right edge; the left stays empty until the window is full.
        let share = (features.frames() as f32 * features.frame_s / features.window_s).min(1.0);
        let drawn = Rect::from_min_max(pos2(place.right() - place.width() * share, place.top()), place.max);
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        ui.painter().image(texture.id(), drawn, whole, Color32::WHITE);
        describe(ui, place, "spectrogram", Role::Image, || {
            format!("Model input over the last {:.1} s: {}", features.frames() as f32 * features.frame_s, features.name)
        })
        .on_hover_text(&*features.name);
    }
}

/// Returns the image of the features: time to the right, frequency upwards.
fn image(context: &FrameContext<'_>, features: &FeatureView) -> ColorImage {
    let (frames, bands) = (features.frames(), features.bands);
    let finite = || features.values.iter().copied().filter(|value| value.is_finite());
    let lowest = finite().fold(f32::INFINITY, f32::min);
    let range = (finite().fold(lowest, f32::max) - lowest).max(features.min_range);
    let mut pixels = Vec::with_capacity(frames * bands);
    for band in (0..bands).rev() {
        pixels.extend((0..frames).map(|frame| {
            let value = features.values[frame * bands + band];
            context.palette.ramp(if value.is_finite() { (value - lowest) / range } else { 0.0 })
        }));
    }
    ColorImage::new([frames, bands], pixels)
}

fn health(ui: &mut Ui, context: &FrameContext<'_>) {
    let palette = context.palette;
    let health = &context.state.health;
    let rate = &context.state.rate;
    let reason = rate.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let updates = format!("{:.1} of {:.1}{reason}", rate.actual_hz, rate.requested_hz);
    let age = context.tags.map(|tags| format!("{:.0} ms", tags.age_s * 1e3));
    let rows = [
        ("Age of results", age.unwrap_or_else(|| "–".into()), false),
        ("Updates per second", updates, rate.reason.is_some()),
        ("Analysis load", format!("{:.1} % of real time", health.load * 100.0), health.load > 0.8),
        (
            "Buffered audio",
            format!("{:.0} ms of at most {:.0} s", health.waiting_s * 1e3, health.ring_s),
            health.waiting_s > 1.0,
        ),
    ];
    Grid::new("earmark-health").num_columns(2).spacing(vec2(18.0, 4.0)).show(ui, |ui| {
        for (name, value, bad) in rows {
            ui.label(RichText::new(name).small().color(palette.weak));
            let ink = if bad { palette.attention } else { palette.text };
            ui.label(RichText::new(value).small().color(ink));
            ui.end_row();
        }
    });
}
