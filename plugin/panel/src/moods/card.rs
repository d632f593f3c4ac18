//! What all cards have: a name, and how new what they show is.

use egui::{Align2, Sense, Ui, vec2};

use crate::ModelReading;
use crate::frame_context::FrameContext;
use crate::theme;
use crate::widgets::{line, short};

/// An answer that is older than this is told to be, in seconds: far longer than any model takes from one to the next.
const OLD_S: f64 = 6.0;
/// How much remains of what is not what the input sounds like now, as everywhere.
pub(super) const FADED: f32 = 0.55;

/// Why an answer is not of what the input sounds like now, in a word or two.
pub(super) fn excuse(reading: &ModelReading) -> Option<String> {
    if reading.silent {
        Some("silence".into())
    } else if reading.age_s > OLD_S {
        Some(format!("{:.0} s old", reading.age_s))
    } else {
        None
    }
}

/// The same for those who hear it, at the end of a sentence.
pub(super) fn spoken_excuse(reading: &ModelReading) -> String {
    excuse(reading).map_or_else(String::new, |excuse| format!(", {excuse}"))
}

/// Whether an answer is of what the input sounds like now.
pub(super) fn is_fresh(context: &FrameContext<'_>, reading: &ModelReading) -> bool {
    (context.is_live() || context.controls.frozen()) && excuse(reading).is_none()
}

/// The model's name and the excuse, if there is one.
pub(super) fn heading(ui: &mut Ui, context: &FrameContext<'_>, reading: &ModelReading) {
    let palette = context.palette;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0), Sense::hover());
    let excuse = excuse(reading).unwrap_or_default();
    let right = line(ui, rect.right_center(), Align2::RIGHT_CENTER, 80.0, &excuse, theme::CAPTION, palette.weak);
    let width = right.left() - rect.left() - 8.0;
    let name = short(ui, width, &reading.value.name, theme::CAPTION + 1.0, palette.text);
    let response = ui.interact(rect, ui.scope_id().with("heading"), Sense::hover());
    let at = Align2::LEFT_CENTER.anchor_size(rect.left_center(), name.size());
    ui.painter().galley(at.min, name, palette.text);
    response.widget_info(|| {
        let text = format!("{}{}", reading.value.name, spoken_excuse(reading));
        egui::WidgetInfo::labeled(egui::accesskit::Role::Label, true, text)
    });
    response.on_hover_text(&*reading.value.name);
}

/// Draws what an answer says, faded where it is not of now.
pub(super) fn faded(
    ui: &mut Ui,
    context: &mut FrameContext<'_>,
    reading: &ModelReading,
    add: impl FnOnce(&mut Ui, &mut FrameContext<'_>),
) {
    let fresh = is_fresh(context, reading);
    ui.scope(|ui| {
        if !fresh {
            ui.multiply_opacity(FADED);
        }
        add(ui, context);
    });
}

/// A value of an answer that is a number, 0 where it is none.
pub(super) fn value(reading: &ModelReading, label: usize) -> f32 {
    reading.value.values.get(label).copied().filter(|value| value.is_finite()).unwrap_or(0.0)
}
