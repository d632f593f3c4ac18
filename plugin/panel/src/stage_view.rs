//! Full-screen view with large type.

use egui::accesskit::Role;
use egui::{Align2, Color32, Frame, Rect, Sense, Ui, UiBuilder, Vec2, WidgetInfo, pos2};

use crate::frame_context::FrameContext;
use crate::header::{key_name, loudness};
use crate::headline::Headline;
use crate::widgets::{bold, describe, fitting, focus_ring, line};
use crate::{beat_lights, status, tempo, theme};

/// Background.
const GROUND: Color32 = Color32::from_rgb(0x07, 0x09, 0x0A);
/// Share of the shorter side for margins, and sizes of the type.
const MARGIN: f32 = 0.1;
const MAIN: f32 = 0.2;
const OTHERS: f32 = 0.075;
const NUMBER: f32 = 0.25;
const SMALL: f32 = 0.05;

/// Draws the view over all of `ui`.
pub(crate) fn show(ui: &mut Ui, context: &mut FrameContext<'_>, headline: &Headline) {
    egui::CentralPanel::default().frame(Frame::new().fill(GROUND)).show(ui, |ui| {
        let whole = ui.max_rect();
        let side = whole.size().min_elem();
        let place = whole.shrink(side * MARGIN);
        self::headline(ui, context, headline, place, side);
        self::tempo(ui, context, place, side);
        self::descriptors(ui, context, place, side);
        if let Some(beat) = context.state.beat {
            let row = Rect::from_min_max(pos2(place.left(), place.bottom() - side * 0.035), place.max);
            beat_lights::bars(ui, context, row, beat);
        }
        self::leave(ui, context, whole, side);
    });
}

fn headline(ui: &mut Ui, context: &FrameContext<'_>, headline: &Headline, place: Rect, side: f32) {
    let palette = context.palette;
    let (text, visible) = headline.text();
    let mut child = ui.new_child(UiBuilder::new().id_salt("stage-headline").max_rect(place));
    child.multiply_opacity(visible * context.tags_opacity());
    let size = fitting(ui, &text.main, side * MAIN, place.width() * 0.97);
    let ink = text.family.map_or(palette.weak, |family| palette.family(family));
    let middle = pos2(place.left(), place.top() + side * 0.12);
    bold(&child, middle, Align2::LEFT_CENTER, place.width(), &text.main, size, ink);
    let below = pos2(place.left(), middle.y + side * 0.13);
    let others_size = fitting(ui, &text.others, side * OTHERS, place.width());
    line(&child, below, Align2::LEFT_TOP, place.width(), &text.others, others_size, palette.text);
    let rect = Rect::from_min_max(place.min, pos2(place.right(), below.y));
    describe(ui, rect, "headline", Role::Heading, || text.spoken());
}

fn tempo(ui: &mut Ui, context: &FrameContext<'_>, place: Rect, side: f32) {
    let Some(tempo) = context.tempo else { return };
    let mut child = ui.new_child(UiBuilder::new().id_salt("stage-tempo").max_rect(place));
    child.multiply_opacity(context.opacity(tempo.stale));
    let (number, size) = (format!("{:.0}", tempo.value.bpm), side * NUMBER);
    let base = place.bottom() - side * 0.1;
    let width = ui.painter().layout_no_wrap(number.clone(), theme::font(size), GROUND).size().x;
    let at = pos2(place.left(), base + size * 0.19);
    tempo::digits(&child, context, at, width * 1.2, &number, size);
    let unit = pos2(place.left() + width + side * 0.03, base);
    let ink = context.palette.weak;
    line(&child, unit, Align2::LEFT_BOTTOM, side * 0.3, "BPM", side * SMALL, ink);
    let rect = Rect::from_min_max(pos2(place.left(), base - size), pos2(place.left() + width, base));
    describe(ui, rect, "bpm", Role::Status, || format!("Tempo {number} BPM"));
}

/// Draws key and loudness, and the status if there is trouble.
fn descriptors(ui: &Ui, context: &FrameContext<'_>, place: Rect, side: f32) {
    let palette = context.palette;
    let base = place.bottom() - side * 0.1;
    let mut at = pos2(place.right(), base);
    for (text, size, ink) in [
        (loudness(context), side * SMALL * 0.8, palette.weak),
        (key_name(context), side * OTHERS * 0.8, palette.text),
        (self::status(context), side * SMALL * 0.8, palette.weak),
    ] {
        if let Some(text) = text {
            let rect = line(ui, at, Align2::RIGHT_BOTTOM, place.width() * 0.45, &text, size, ink);
            describe(ui, rect, &text, Role::Label, || text.clone());
            at.y = rect.top() - side * 0.01;
        }
    }
}

/// Returns the label of the status, unless all is well.
fn status(context: &FrameContext<'_>) -> Option<String> {
    let is_well = context.is_current() && !context.controls.frozen();
    (!is_well).then(|| status::label(context)[0].to_owned())
}

/// Draws the button that leaves the view. It is faint unless the pointer is on it.
fn leave(ui: &mut Ui, context: &mut FrameContext<'_>, whole: Rect, side: f32) {
    let palette = context.palette;
    let extent = Vec2::splat((side * 0.06).max(24.0));
    let rect = Rect::from_min_size(pos2(whole.right() - extent.x * 1.3, whole.top() + extent.y * 0.3), extent);
    let response = ui.interact(rect, ui.scope_id().with("leave"), Sense::click());
    let ink = if response.hovered() || response.has_focus() { palette.strong } else { palette.line };
    let arm = rect.shrink(extent.x * 0.3);
    let stroke = egui::Stroke::new(extent.x * 0.06, ink);
    ui.painter().line_segment([arm.left_top(), arm.right_bottom()], stroke);
    ui.painter().line_segment([arm.right_top(), arm.left_bottom()], stroke);
    focus_ring(ui, &response, rect);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), "Leave the full-screen view"));
    if response.on_hover_text("Leave (Escape)").clicked() {
        context.set_stage(false);
    }
}
