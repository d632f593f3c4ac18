//! Header: status line, headline, tempo, key and loudness.

use egui::accesskit::Role;
use egui::{Align2, Rect, Sense, Ui, UiBuilder, pos2, vec2};

use crate::descriptors_page::pitch_class;
use crate::frame_context::FrameContext;
use crate::headline::{self, Headline};
use crate::widgets::{bold, describe, fitting, line};
use crate::{status_line, tempo, theme};

/// Share of the width for the headline beside the tempo.
const HEADLINE_SHARE: f32 = 0.64;
/// Scale of the type in a header that has a column of its own, relative to the scale of the panel.
const COLUMN_SCALE: f32 = 1.3;

/// Updates the headline of a frame, and requests the frame in which the headline changes.
pub(crate) fn update(ui: &Ui, context: &FrameContext<'_>, headline: &mut Headline) {
    let now_s = ui.input(|input| input.time);
    if !context.controls.frozen() || headline.text().0.main.is_empty() {
        let wait_s = headline.update(headline::wanted(context), now_s);
        if let Some(wait_s) = wait_s {
            ui.ctx().request_repaint_after_secs(wait_s as f32);
        }
    }
    if headline.animate(context.step_s) {
        FrameContext::request_repaint(ui);
    }
}

/// Draws the header above the tabs.
pub(crate) fn above(ui: &mut Ui, context: &mut FrameContext<'_>, headline: &Headline, help: &mut bool) {
    let scale = context.scale;
    status_line::show(ui, context, help);
    ui.add_space(2.0 * scale);
    let with_key = if context.descriptors.is_some() { 92.0 } else { 0.0 };
    let height = tempo::height(context).max(with_key) * scale;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let left = if tempo::is_on(context) {
        Rect::from_min_size(rect.min, vec2(rect.width() * HEADLINE_SHARE, height))
    } else {
        rect
    };
    let right = Rect::from_min_max(pos2(left.right() + 6.0 * scale, rect.top()), rect.max);
    let others = self::headline(ui, context, headline, left, scale);
    self::key(ui, context, pos2(left.left(), others + 6.0 * scale), left.width(), scale);
    self::tempo(ui, context, right, scale, false);
}

/// Draws the header in a column beside the page.
pub(crate) fn beside(ui: &mut Ui, context: &mut FrameContext<'_>, headline: &Headline, help: &mut bool) {
    status_line::show(ui, context, help);
    let scale = context.scale * COLUMN_SCALE;
    let column = ui.available_rect_before_wrap();
    let gap = ((column.height() - 200.0 * scale) / 6.0).clamp(4.0, 40.0 * scale);
    let top = column.top() + gap;
    let bottom = self::headline(ui, context, headline, Rect::from_min_max(pos2(column.left(), top), column.max), scale);
    let place = Rect::from_min_max(pos2(column.left(), bottom + gap), column.max);
    self::tempo(ui, context, place, scale, true);
    let below = place.top() + tempo::height(context) * scale + gap;
    self::key(ui, context, pos2(column.left(), below), column.width(), scale);
}

/// Draws the headline. Returns the lower edge of its second line.
fn headline(ui: &mut Ui, context: &FrameContext<'_>, headline: &Headline, rect: Rect, scale: f32) -> f32 {
    let palette = context.palette;
    let (text, visible) = headline.text();
    let mut child = ui.new_child(UiBuilder::new().id_salt("headline").max_rect(rect));
    child.multiply_opacity(visible * context.tags_opacity());
    let size = fitting(ui, &text.main, theme::HEADLINE * scale, rect.width() * 0.97);
    let is_tag = text.family.is_some();
    let ink = if is_tag { palette.strong } else { palette.weak };
    let at = pos2(rect.left(), rect.top() + 24.0 * scale);
    let main = if is_tag {
        bold(&child, at, Align2::LEFT_CENTER, rect.width(), &text.main, size, ink)
    } else {
        let size = (theme::HEADLINE * 0.72 * scale).min(size);
        line(&child, at, Align2::LEFT_CENTER, rect.width(), &text.main, size, ink)
    };
    let below = pos2(rect.left(), rect.top() + 46.0 * scale);
    let others_size = theme::scaled(17.0, scale);
    let others_size = fitting(ui, &text.others, others_size, rect.width()).max(theme::CAPTION);
    let others = line(&child, below, Align2::LEFT_TOP, rect.width(), &text.others, others_size, palette.text);
    describe(ui, main.union(others), "headline", Role::Heading, || text.spoken());
    below.y + others_size * 1.2
}

/// Draws key and loudness, if descriptors are there.
fn key(ui: &Ui, context: &FrameContext<'_>, at: egui::Pos2, width: f32, scale: f32) {
    let Some(text) = self::key_text(context) else { return };
    let rect = line(ui, at, Align2::LEFT_TOP, width, &text, theme::scaled(13.0, scale), context.palette.weak);
    describe(ui, rect, "key", Role::Label, || text.clone())
        .on_hover_text("Key of the last 30 s and loudness of the song. A key with ~ needs more music.");
}

/// Returns key and loudness as text; none if neither is known.
fn key_text(context: &FrameContext<'_>) -> Option<String> {
    let parts = [key_name(context), loudness(context)];
    let text = parts.into_iter().flatten().collect::<Vec<_>>().join("  ·  ");
    (!text.is_empty()).then_some(text)
}

/// Returns the name of the key; a mark means that the key is not reliable.
pub(crate) fn key_name(context: &FrameContext<'_>) -> Option<String> {
    let key = context.descriptors?.key?;
    let mark = if key.reliable { "" } else { "~" };
    Some(format!("{mark}{} {}", pitch_class::name(usize::from(key.tonic)), pitch_class::mode(key.minor)))
}

/// Returns the loudness of the song, or of the last seconds before that is known.
pub(crate) fn loudness(context: &FrameContext<'_>) -> Option<String> {
    let loudness = context.descriptors?.loudness;
    let lufs = loudness.integrated.or(loudness.short_term).filter(|lufs| (-90.0..=20.0).contains(lufs))?;
    Some(format!("{lufs:.1} LUFS").replace('-', "−"))
}

fn tempo(ui: &mut Ui, context: &mut FrameContext<'_>, rect: Rect, scale: f32, is_left: bool) {
    let mut child = ui.new_child(UiBuilder::new().id_salt("tempo").max_rect(rect));
    if let Some(tempo) = context.tempo {
        child.multiply_opacity(context.opacity(tempo.stale));
    }
    tempo::show(&mut child, context, rect, scale, is_left);
}
