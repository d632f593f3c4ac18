//! Status of the analysis: icon and label in the header, and a page shown without results.

use egui::accesskit::Role;
use egui::{Align2, Pos2, Rect, Sense, Shape, Stroke, Ui, pos2, vec2};

use crate::frame_context::FrameContext;
use crate::theme::{self, Palette};
use crate::widgets::{clock, describe, line};
use crate::{Command, Status, WarmUp};

/// Title and text of a page without results in silence.
pub(crate) const SILENCE: [&str; 2] =
    ["Waiting for music", "The input is below the silence gate, so it is not analyzed."];

/// Returns the label of a status, and a shorter one for a narrow panel.
pub(crate) fn label(context: &FrameContext<'_>) -> [&'static str; 2] {
    let has_tags = context.tags.is_some();
    match &context.state.status {
        Status::Error { .. } => ["Stopped"; 2],
        _ if context.controls.frozen() => ["Frozen"; 2],
        Status::Idle => ["No audio"; 2],
        Status::WarmingUp(_) if has_tags => ["Updating after jump", "Updating"],
        Status::WarmingUp(_) => ["Starting"; 2],
        Status::Listening => ["Listening"; 2],
        Status::Silence => ["Silence"; 2],
        Status::Stale { .. } => ["Late"; 2],
    }
}

/// Returns the explanation of a status.
fn explanation(context: &FrameContext<'_>) -> String {
    match &context.state.status {
        Status::Error { message, .. } => message.clone(),
        _ if context.controls.frozen() => "The shown and sent values are held.".into(),
        Status::Idle => "No audio arrives. Start playback.".into(),
        Status::WarmingUp(warm_up) => {
            format!(
                "Received {:.1} of the {:.1} s of audio that new tags need.",
                warm_up.buffered_s, warm_up.required_s
            )
        }
        Status::Listening => context.tags.map_or_else(String::new, |tags| {
            let range = [tags.start_s, tags.end_s].map(|source_s| clock(source_s, true));
            format!("The tags describe {} to {} and are {:.1} s old.", range[0], range[1], tags.age_s)
        }),
        Status::Silence => "The input is below the silence gate. The shown values are older.".into(),
        Status::Stale { age_s } => format!("No new result for {age_s:.1} s."),
    }
}

/// Draws icon and label, with an explanation on hover.
pub(crate) fn header(ui: &mut Ui, context: &FrameContext<'_>, height: f32) {
    let palette = context.palette;
    let frozen = context.controls.frozen();
    let radius = 4.5 * context.scale.clamp(0.8, 3.0);
    let [long, short] = label(context);
    let size = context.type_size(13.0);
    let width = |text: &str| ui.painter().layout_no_wrap(text.to_owned(), theme::font(size), palette.text).size().x;
    let text = if width(long) + radius * 3.5 + 8.0 < ui.available_width() { long } else { short };
    let room = (width(text) + radius * 3.5 + 4.0).min(ui.available_width());
    let (rect, _) = ui.allocate_exact_size(vec2(room, height), Sense::hover());
    icon(ui, pos2(rect.left() + radius, rect.center().y), radius, &context.state.status, frozen, palette);
    let attention = frozen || matches!(context.state.status, Status::Stale { .. } | Status::Error { .. });
    let ink = if attention { palette.attention } else { palette.text };
    let at = pos2(rect.left() + radius * 3.0, rect.center().y);
    line(ui, at, Align2::LEFT_CENTER, rect.right() - at.x, text, size, ink);
    let help = explanation(context);
    describe(ui, rect, "status", Role::Status, || format!("{long}. {help}")).on_hover_text(&help);
}

/// Draws the icon of a status. Icons differ in shape, not only in colour.
fn icon(ui: &Ui, at: Pos2, radius: f32, status: &Status, frozen: bool, palette: &Palette) {
    let painter = ui.painter();
    let unit = radius / 4.5;
    match status {
        Status::Error { .. } => {
            let corners = [vec2(0.0, -5.5), vec2(5.5, 4.5), vec2(-5.5, 4.5)].map(|corner| at + corner * unit);
            painter.add(Shape::convex_polygon(corners.to_vec(), palette.attention, Stroke::NONE));
        }
        _ if frozen => {
            for x in [-2.8, 2.8] {
                let bar = Rect::from_center_size(at + vec2(x, 0.0) * unit, vec2(3.2, 9.0) * unit);
                painter.rect_filled(bar, 1.0, palette.attention);
            }
        }
        Status::Idle => {
            painter.hline(at.x - radius..=at.x + radius, at.y, Stroke::new(2.0 * unit, palette.weak));
        }
        Status::WarmingUp(warm_up) => arc(ui, at, radius, warm_up.share(), 2.0 * unit, palette),
        Status::Listening => {
            painter.circle_filled(at, radius, palette.accent);
        }
        Status::Silence => {
            painter.circle_stroke(at, radius * 0.9, Stroke::new(1.6 * unit, palette.weak));
        }
        Status::Stale { .. } => {
            let stroke = Stroke::new(1.4 * unit, palette.attention);
            painter.circle_stroke(at, radius, stroke);
            painter.line(vec![at + vec2(0.0, -3.0) * unit, at, at + vec2(2.5, 1.0) * unit], stroke);
        }
    }
}

/// Draws a ring that closes clockwise from the top.
fn arc(ui: &Ui, at: Pos2, radius: f32, share: f32, width: f32, palette: &Palette) {
    ui.painter().circle_stroke(at, radius, Stroke::new(width, palette.well));
    let steps = (share * 64.0).ceil() as usize;
    let point = |step: usize| {
        let angle = std::f32::consts::TAU * share * step as f32 / steps.max(1) as f32;
        at + radius * vec2(angle.sin(), -angle.cos())
    };
    if steps > 0 {
        ui.painter().line((0..=steps).map(point).collect(), Stroke::new(width, palette.accent));
    }
}

/// Draws a page in place of the tags and returns true, if there are no tags to show.
pub(crate) fn page(ui: &mut Ui, context: &mut FrameContext<'_>) -> bool {
    let (title, text, warm_up): (&str, String, Option<WarmUp>) = match &context.state.status {
        Status::Error { message, hint } => {
            let (message, hint) = (message.clone(), hint.clone());
            error(ui, context, &message, &hint);
            return true;
        }
        _ if context.controls.model(crate::ModelKind::Tags).is_none() => {
            ("Tags are off", "Choose a tag model in Setup.".into(), None)
        }
        _ if context.tags.is_some_and(|tags| !tags.value.labels.is_empty()) => return false,
        Status::WarmingUp(warm_up) => {
            let left_s = (warm_up.required_s - warm_up.buffered_s).max(0.0);
            let text = format!("Tags need {:.0} s of music.", warm_up.required_s);
            (&format!("First tags in {:.0} s", left_s.ceil()), text, Some(*warm_up))
        }
        Status::Idle => ("Play some music", "Tags appear after three seconds, the tempo after twelve.".into(), None),
        Status::Silence => (SILENCE[0], SILENCE[1].into(), None),
        Status::Stale { age_s } => {
            ("Late", format!("No new result for {age_s:.1} s. The computer may be too slow."), None)
        }
        _ => ("Listening", "The first tags appear in a moment.".into(), None),
    };
    self::message(ui, context, title, &text, warm_up);
    true
}

/// Draws a title and a sentence in the middle of an empty page, below a ring if there is progress.
pub(crate) fn message(ui: &Ui, context: &FrameContext<'_>, title: &str, text: &str, warm_up: Option<WarmUp>) {
    let rect = ui.available_rect_before_wrap();
    let mut at = pos2(rect.center().x, rect.center().y - 12.0);
    if let Some(warm_up) = warm_up {
        let radius = (rect.height() / 5.0).clamp(16.0, 38.0);
        let center = at - vec2(0.0, radius * 0.6);
        arc(ui, center, radius, warm_up.share(), 3.0, context.palette);
        at.y = center.y + radius + 24.0;
    }
    let head = line(
        ui,
        at,
        Align2::CENTER_CENTER,
        rect.width(),
        title,
        context.type_size(theme::HEADING),
        context.palette.strong,
    );
    let job = egui::text::LayoutJob {
        halign: egui::Align::Center,
        ..egui::text::LayoutJob::simple(
            text.to_owned(),
            theme::font(context.type_size(theme::BODY)),
            context.palette.weak,
            rect.width().min(320.0 * context.unit()),
        )
    };
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(pos2(at.x, head.bottom() + 8.0), galley, context.palette.weak);
    describe(ui, rect, "status-page", Role::Status, || format!("{title}. {text}"));
}

fn error(ui: &mut Ui, context: &mut FrameContext<'_>, message: &str, hint: &str) {
    let palette = context.palette;
    let room = ui.available_height();
    ui.add_space((room / 2.0 - 90.0).clamp(0.0, 120.0));
    let frame = egui::Frame::new().fill(palette.raised).stroke(Stroke::new(1.0, palette.attention)).corner_radius(8.0);
    let margin = if room < 200.0 { theme::EDGE / 2.0 } else { theme::EDGE };
    egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        frame.inner_margin(margin).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
                let (rect, _) = ui.allocate_exact_size(vec2(14.0, 20.0), Sense::hover());
                icon(ui, rect.center(), 4.5, &context.state.status, false, palette);
                ui.label(egui::RichText::new("Analysis stopped").size(theme::HEADING).color(palette.strong));
            });
            ui.label(message);
            ui.label(egui::RichText::new(hint).color(palette.weak));
            if ui.button("Try again").clicked() {
                context.send(Command::Retry);
            }
        });
    });
}
