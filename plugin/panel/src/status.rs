//! Status of the analysis: icon and label in the header, and a page shown without results.

use egui::accesskit::Role;
use egui::{Align2, Pos2, Rect, Sense, Shape, Stroke, Ui, pos2, vec2};

use crate::frame_context::FrameContext;
use crate::theme::{self, Palette};
use crate::widgets::{clock, describe, line};
use crate::{Command, Status, WarmUp};

/// Returns the label of a status.
pub(crate) fn label(status: &Status, frozen: bool) -> String {
    match status {
        Status::Error { .. } => "Error".into(),
        _ if frozen => "Frozen".into(),
        Status::Idle => "Idle".into(),
        Status::WarmingUp(warm_up) => format!("Warming up {:.0} %", warm_up.share() * 100.0),
        Status::Listening => "Listening".into(),
        Status::Silence => "Silence".into(),
        Status::Stale { age_s } => format!("Stale, {age_s:.1} s old"),
    }
}

/// Draws icon, label and age of the results.
pub(crate) fn header(ui: &mut Ui, context: &FrameContext<'_>) {
    let palette = context.palette;
    let frozen = context.controls.frozen();
    let (rect, _) = ui.allocate_exact_size(vec2(14.0, 20.0), Sense::hover());
    icon(ui, rect.center(), &context.state.status, frozen, palette);
    let status = label(&context.state.status, frozen);
    let attention = frozen || matches!(context.state.status, Status::Stale { .. } | Status::Error { .. });
    ui.label(egui::RichText::new(&status).color(if attention { palette.attention } else { palette.text }));
    let (Some(tags), true) = (context.tags, ui.available_width() > 60.0) else { return };
    let text = match &context.state.status {
        Status::Error { .. } | Status::Stale { .. } | Status::Idle => return,
        _ if frozen => format!("at {}", clock(tags.end_s, true)),
        _ => format!("{:.1} s ago", tags.age_s),
    };
    let range = format!("Analyzed audio: {} to {}", clock(tags.start_s, true), clock(tags.end_s, true));
    ui.label(egui::RichText::new(text).size(theme::CAPTION).color(palette.weak)).on_hover_text(range);
}

/// Draws the icon of a status. Icons differ in shape, not only in colour.
fn icon(ui: &Ui, at: Pos2, status: &Status, frozen: bool, palette: &Palette) {
    let painter = ui.painter();
    match status {
        Status::Error { .. } => {
            let corners = [vec2(0.0, -5.5), vec2(5.5, 4.5), vec2(-5.5, 4.5)].map(|corner| at + corner);
            painter.add(Shape::convex_polygon(corners.to_vec(), palette.attention, Stroke::NONE));
        }
        _ if frozen => {
            for x in [-2.8, 2.8] {
                painter.rect_filled(Rect::from_center_size(at + vec2(x, 0.0), vec2(3.2, 9.0)), 1.0, palette.attention);
            }
        }
        Status::Idle => {
            painter.hline(at.x - 4.5..=at.x + 4.5, at.y, Stroke::new(2.0, palette.weak));
        }
        Status::WarmingUp(warm_up) => arc(ui, at, 4.5, warm_up.share(), 2.5, palette),
        Status::Listening => {
            painter.circle_filled(at, 4.5, palette.accent);
        }
        Status::Silence => {
            painter.circle_stroke(at, 4.0, Stroke::new(1.6, palette.weak));
        }
        Status::Stale { .. } => {
            painter.circle_stroke(at, 4.5, Stroke::new(1.4, palette.attention));
            painter.line(vec![at + vec2(0.0, -3.0), at, at + vec2(2.5, 1.0)], Stroke::new(1.4, palette.attention));
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

/// Draws a line above results that do not describe the current input.
///
/// The text `frozen` is appended while the display is frozen.
pub(crate) fn note(ui: &mut Ui, context: &FrameContext<'_>, frozen: &str) {
    let text = match &context.state.status {
        _ if context.controls.frozen() => format!("Frozen: the displayed and sent values are held.{frozen}"),
        Status::Silence => "Silence: the input is below the gate. The results shown are older.".into(),
        Status::Stale { age_s } => format!("Stale: no new result for {age_s:.1} s. The computer may be too slow."),
        Status::WarmingUp(warm_up) => {
            format!("Updating after a jump: {:.1} of {:.1} s received.", warm_up.buffered_s, warm_up.required_s)
        }
        Status::Idle => "Idle: no audio. These are the last results.".into(),
        Status::Listening | Status::Error { .. } => return,
    };
    let attention = context.controls.frozen() || matches!(context.state.status, Status::Stale { .. });
    let ink = if attention { context.palette.attention } else { context.palette.weak };
    ui.add(egui::Label::new(egui::RichText::new(text).size(theme::CAPTION + 1.0).color(ink)).truncate());
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
            let text = format!(
                "Received {:.1} of the {:.1} s of audio that the first tags need.",
                warm_up.buffered_s, warm_up.required_s
            );
            ("Warming up", text, Some(*warm_up))
        }
        Status::Idle => ("No audio", "Start playback to see tags and tempo.".into(), None),
        Status::Silence => ("Silence", "The input is below the silence gate, so it is not analyzed.".into(), None),
        Status::Stale { age_s } => {
            ("Stale", format!("No new result for {age_s:.1} s. The computer may be too slow."), None)
        }
        _ => ("Listening", "Waiting for the first tags.".into(), None),
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
        arc(ui, center, radius, warm_up.share(), 5.0, context.palette);
        let percent = format!("{:.0}", warm_up.share() * 100.0);
        line(ui, center, Align2::CENTER_CENTER, 80.0, &percent, radius * 0.7, context.palette.strong);
        at.y = center.y + radius + 24.0;
    }
    let head = line(ui, at, Align2::CENTER_CENTER, rect.width(), title, theme::HEADING, context.palette.strong);
    let job = egui::text::LayoutJob {
        halign: egui::Align::Center,
        ..egui::text::LayoutJob::simple(
            text.to_owned(),
            theme::font(theme::BODY),
            context.palette.weak,
            rect.width().min(320.0),
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
                icon(ui, rect.center(), &context.state.status, false, palette);
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
