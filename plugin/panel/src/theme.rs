//! Colours, type and spacing.
//!
//! Each family of tags has a hue, and warnings have another one; they differ for every kind of colour vision, and each
//! meaning is shown by text or shape as well. The ramp of values rises evenly in lightness.

use std::sync::Arc;

use egui::style::{Selection, WidgetVisuals};
use egui::{Color32, CornerRadius, FontFamily, FontId, Id, Margin, Stroke, Style, TextStyle, Visuals, vec2};

use crate::family::Family;
use crate::layout::Theme;

/// Colours of a theme.
#[derive(Debug)]
pub struct Palette {
    /// Background.
    pub ground: Color32,
    /// Background of cards, tooltips and messages.
    pub raised: Color32,
    /// Background of tracks, text fields and buttons.
    pub well: Color32,
    /// Separators.
    pub line: Color32,
    /// Emphasized text.
    pub strong: Color32,
    /// Text.
    pub text: Color32,
    /// Captions and units.
    pub weak: Color32,
    /// Active values.
    pub accent: Color32,
    /// Values that are not active.
    pub accent_dim: Color32,
    /// Warnings and errors.
    pub attention: Color32,
    /// Colours of genre, mood, voice, instrument and era. They differ in lightness or in blue, which all kinds of colour
    /// vision distinguish.
    families: [Color32; 5],
    /// Ramp of values from 0 to 1.
    ramp: [Color32; 6],
}

static DARK: Palette = Palette {
    ground: Color32::from_rgb(0x10, 0x13, 0x18),
    raised: Color32::from_rgb(0x17, 0x1B, 0x22),
    well: Color32::from_rgb(0x22, 0x28, 0x31),
    line: Color32::from_rgb(0x2A, 0x31, 0x3B),
    strong: Color32::from_rgb(0xF4, 0xF6, 0xF8),
    text: Color32::from_rgb(0xC9, 0xD0, 0xD8),
    weak: Color32::from_rgb(0x8C, 0x96, 0xA3),
    accent: Color32::from_rgb(0x4E, 0xC9, 0xB0),
    accent_dim: Color32::from_rgb(0x2C, 0x6E, 0x64),
    attention: Color32::from_rgb(0xF2, 0xA9, 0x3B),
    families: [
        Color32::from_rgb(0x4E, 0xC9, 0xB0),
        Color32::from_rgb(0xE8, 0xB2, 0x5E),
        Color32::from_rgb(0xF2, 0x60, 0x7C),
        Color32::from_rgb(0xA0, 0xA2, 0xFF),
        Color32::from_rgb(0x73, 0x70, 0x8C),
    ],
    ramp: [
        Color32::from_rgb(0x17, 0x1B, 0x22),
        Color32::from_rgb(0x1A, 0x34, 0x46),
        Color32::from_rgb(0x1D, 0x58, 0x68),
        Color32::from_rgb(0x2C, 0x86, 0x88),
        Color32::from_rgb(0x66, 0xC2, 0xA5),
        Color32::from_rgb(0xEC, 0xF7, 0xC0),
    ],
};

static LIGHT: Palette = Palette {
    ground: Color32::from_rgb(0xF6, 0xF7, 0xF8),
    raised: Color32::from_rgb(0xFF, 0xFF, 0xFF),
    well: Color32::from_rgb(0xE7, 0xEB, 0xEE),
    line: Color32::from_rgb(0xD8, 0xDE, 0xE3),
    strong: Color32::from_rgb(0x12, 0x1A, 0x22),
    text: Color32::from_rgb(0x33, 0x3E, 0x49),
    weak: Color32::from_rgb(0x5A, 0x66, 0x73),
    accent: Color32::from_rgb(0x0F, 0x8F, 0x7A),
    accent_dim: Color32::from_rgb(0x8F, 0xCB, 0xBF),
    attention: Color32::from_rgb(0x9A, 0x52, 0x00),
    families: [
        Color32::from_rgb(0x0F, 0x8F, 0x7A),
        Color32::from_rgb(0xB2, 0x74, 0x00),
        Color32::from_rgb(0xAE, 0x1A, 0x42),
        Color32::from_rgb(0x55, 0x50, 0xC9),
        Color32::from_rgb(0x7D, 0x6A, 0x90),
    ],
    ramp: [
        Color32::from_rgb(0xEF, 0xF2, 0xF4),
        Color32::from_rgb(0xD0, 0xE6, 0xE2),
        Color32::from_rgb(0x98, 0xCB, 0xC6),
        Color32::from_rgb(0x4A, 0x9F, 0xA3),
        Color32::from_rgb(0x18, 0x69, 0x78),
        Color32::from_rgb(0x08, 0x2F, 0x42),
    ],
};

impl Palette {
    /// Returns the palette of the current theme.
    #[must_use]
    pub fn of(visuals: &Visuals) -> &'static Self {
        if visuals.dark_mode { &DARK } else { &LIGHT }
    }

    /// Returns the colour of a family of tags.
    pub(crate) fn family(&self, family: Family) -> Color32 {
        match family {
            Family::Genre => self.families[0],
            Family::Mood => self.families[1],
            Family::Voice => self.families[2],
            Family::Instrument => self.families[3],
            Family::Era => self.families[4],
            Family::Other => self.weak,
        }
    }

    /// Returns the colour of text on the colour of a family.
    pub(crate) fn on_family(&self) -> Color32 {
        if self.ground.r() < 0x80 { self.ground } else { self.raised }
    }

    /// Returns the background of histories, between the ground and the wells.
    pub(crate) fn track(&self) -> Color32 {
        self.ground.lerp_to_gamma(self.well, 0.6)
    }

    /// Returns the palette of the full-screen view: the dark theme.
    pub(crate) fn stage() -> &'static Self {
        &DARK
    }

    /// Returns the colour of a value, 0 to 1.
    pub(crate) fn ramp(&self, value: f32) -> Color32 {
        let place = value.clamp(0.0, 1.0) * (self.ramp.len() - 1) as f32;
        let below = (place as usize).min(self.ramp.len() - 2);
        self.ramp[below].lerp_to_gamma(self.ramp[below + 1], place - below as f32)
    }
}

/// Font size of captions, in points. No text is smaller.
pub const CAPTION: f32 = 11.0;
/// Font size of text, in points.
pub const BODY: f32 = 13.5;
/// Font size of headings, in points.
pub const HEADING: f32 = 17.0;
/// Font size of the tempo, in points.
pub(crate) const DISPLAY: f32 = 54.0;
/// Font size of the headline, in points.
pub(crate) const HEADLINE: f32 = 34.0;
/// Font size of the rows of tags, in points.
pub(crate) const ROW: f32 = 15.0;
/// Shorter side of a panel with type of the sizes above, in points.
const DESIGN_SIDE: f32 = 480.0;

/// Returns the scale of type and distances in a panel of a size in points.
pub(crate) fn scale(size: egui::Vec2) -> f32 {
    (size.min_elem() / DESIGN_SIDE).clamp(0.6, 6.0)
}

/// Returns a font size at a scale, at least [`CAPTION`].
pub(crate) fn scaled(size: f32, scale: f32) -> f32 {
    (size * scale).max(CAPTION)
}

/// Margin of the panel in points; other distances are fractions or multiples of half of it.
pub const EDGE: f32 = 16.0;

/// Returns the font of a size in points.
pub(crate) fn font(size: f32) -> FontId {
    FontId::new(size, FontFamily::Proportional)
}

/// Sets the style of the panel for this context and this `ui`.
pub fn apply(ui: &mut egui::Ui, theme: Theme) {
    let ctx = ui.ctx().clone();
    let marker = Id::unique("earmark-panel-theme");
    let applied: Option<Theme> = ctx.data(|data| data.get_temp(marker));
    if applied.is_none() {
        for (theme, palette) in [(egui::Theme::Dark, &DARK), (egui::Theme::Light, &LIGHT)] {
            let mut style = Style::clone(&ctx.style_of(theme));
            set_style(&mut style, palette, theme == egui::Theme::Dark);
            ctx.set_style_of(theme, Arc::new(style));
        }
    }
    if applied != Some(theme) {
        ctx.set_theme(match theme {
            Theme::System => egui::ThemePreference::System,
            Theme::Dark => egui::ThemePreference::Dark,
            Theme::Light => egui::ThemePreference::Light,
        });
        ctx.data_mut(|data| data.insert_temp(marker, theme));
    }
    ui.set_style(ctx.style_of(ctx.theme()));
}

/// Enlarges text and spacing of ordinary widgets by a scale. A scale below 1 changes nothing.
pub(crate) fn enlarge(ui: &mut egui::Ui, scale: f32) {
    if scale <= 1.0 {
        return;
    }
    let style = ui.style_mut();
    style.text_styles.values_mut().for_each(|font| font.size *= scale);
    let spacing = &mut style.spacing;
    spacing.item_spacing *= scale;
    spacing.button_padding *= scale;
    spacing.interact_size *= scale;
    spacing.combo_width *= scale;
    spacing.slider_width *= scale;
    spacing.icon_width *= scale;
}

fn set_style(style: &mut Style, palette: &Palette, dark: bool) {
    style.text_styles = [
        (TextStyle::Small, font(CAPTION)),
        (TextStyle::Body, font(BODY)),
        (TextStyle::Button, font(BODY)),
        (TextStyle::Heading, font(HEADING)),
        (TextStyle::Monospace, FontId::new(12.5, FontFamily::Monospace)),
    ]
    .into();
    style.animation_time = 0.12;
    style.interaction.selectable_labels = false;
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(8.0, 6.0);
    spacing.button_padding = vec2(10.0, 4.0);
    spacing.interact_size = vec2(24.0, 24.0);
    spacing.slider_width = 150.0;
    spacing.slider_rail_height = 4.0;
    spacing.combo_width = 200.0;
    spacing.menu_margin = Margin::same(8);
    spacing.window_margin = Margin::same(EDGE as i8);
    spacing.tooltip_width = 280.0;

    let base = if dark { Visuals::dark() } else { Visuals::light() };
    let mut visuals = Visuals { dark_mode: dark, ..base };
    let radius = CornerRadius::same(5);
    let widget = |fill: Color32, edge: Color32, text: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, edge),
        fg_stroke: Stroke::new(1.0, text),
        corner_radius: radius,
        expansion: 0.0,
    };
    visuals.widgets.noninteractive = widget(palette.raised, palette.line, palette.text);
    visuals.widgets.inactive = widget(palette.well, Color32::TRANSPARENT, palette.text);
    visuals.widgets.hovered = widget(palette.line, palette.weak, palette.strong);
    visuals.widgets.active = widget(palette.accent_dim, palette.accent, palette.strong);
    visuals.widgets.open = widget(palette.line, palette.line, palette.strong);
    visuals.selection = Selection {
        bg_fill: palette.accent_dim.gamma_multiply(if dark { 0.9 } else { 0.6 }),
        stroke: Stroke::new(1.0, palette.strong),
    };
    visuals.override_text_color = None;
    visuals.weak_text_color = Some(palette.weak);
    visuals.hyperlink_color = palette.accent;
    visuals.faint_bg_color = palette.raised;
    visuals.extreme_bg_color = palette.well;
    visuals.panel_fill = palette.ground;
    visuals.window_fill = palette.raised;
    visuals.window_stroke = Stroke::new(1.0, palette.line);
    visuals.window_corner_radius = CornerRadius::same(8);
    visuals.menu_corner_radius = CornerRadius::same(6);
    visuals.warn_fg_color = palette.attention;
    visuals.error_fg_color = palette.attention;
    visuals.slider_trailing_fill = true;
    style.visuals = visuals;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the relative luminance of an sRGB colour.
    fn luminance(color: Color32) -> f32 {
        let linear = egui::Rgba::from(color);
        0.2126 * linear.r() + 0.7152 * linear.g() + 0.0722 * linear.b()
    }

    fn contrast(a: Color32, b: Color32) -> f32 {
        let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
        a.max(b) / a.min(b)
    }

    /// Returns a colour as seen without cones of one kind (Machado et al. 2009), in CIELAB.
    fn seen(color: Color32, matrix: &[[f32; 3]; 3]) -> [f32; 3] {
        let linear = egui::Rgba::from(color);
        let rgb = matrix.map(|row| (row[0] * linear.r() + row[1] * linear.g() + row[2] * linear.b()).clamp(0.0, 1.0));
        let root = |value: f32| if value > 0.008_856 { value.cbrt() } else { 7.787 * value + 16.0 / 116.0 };
        let x = root((0.4124 * rgb[0] + 0.3576 * rgb[1] + 0.1805 * rgb[2]) / 0.950_47);
        let y = root(0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]);
        let z = root((0.0193 * rgb[0] + 0.1192 * rgb[1] + 0.9505 * rgb[2]) / 1.088_83);
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    #[test]
    fn families_differ_for_every_kind_of_colour_vision() {
        let kinds = [
            [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]],
            [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9690]],
            [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9309, 0.1476], [0.0047, 0.6914, 0.3039]],
        ];
        for palette in [&DARK, &LIGHT] {
            for kind in &kinds {
                for (index, &a) in palette.families.iter().enumerate() {
                    for &b in &palette.families[..index] {
                        let (seen_a, seen_b) = (seen(a, kind), seen(b, kind));
                        let distance = (0..3).map(|at| (seen_a[at] - seen_b[at]).powi(2)).sum::<f32>().sqrt();
                        // A distance of 2.3 is just noticeable.
                        assert!(distance > 15.0, "{a:?} and {b:?}: {distance:.1}");
                    }
                }
            }
        }
    }

    #[test]
    fn type_scales_with_the_shorter_side_and_stays_legible() {
        let sizes = |width, height| {
            let scale = scale(egui::vec2(width, height));
            [ROW, HEADLINE, CAPTION].map(|size| scaled(size, scale))
        };
        assert_eq!(sizes(480.0, 640.0), [15.0, 34.0, 11.0]);
        assert_eq!(sizes(1_280.0, 960.0), [30.0, 68.0, 22.0]);
        assert_eq!(sizes(360.0, 300.0)[0], 11.0);
    }

    #[test]
    fn ramp_is_monotonic_in_lightness() {
        for (palette, rises) in [(&DARK, true), (&LIGHT, false)] {
            let lightness: Vec<f32> = (0..=50).map(|step| luminance(palette.ramp(step as f32 / 50.0))).collect();
            assert!(lightness.is_sorted_by(|a, b| if rises { a <= b } else { a >= b }), "{lightness:?}");
        }
    }

    #[test]
    fn text_has_enough_contrast_on_every_surface() {
        for palette in [&DARK, &LIGHT] {
            for surface in [palette.ground, palette.raised, palette.well] {
                for ink in [palette.strong, palette.text, palette.weak, palette.attention] {
                    // 4.5 is the minimum contrast of text in the accessibility guidelines.
                    assert!(contrast(ink, surface) >= 4.5, "{ink:?} on {surface:?}: {:.2}", contrast(ink, surface));
                }
            }
        }
    }
}
