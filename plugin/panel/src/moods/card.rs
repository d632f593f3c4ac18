//! Parts common to all cards: the name of the model and the age of its result.

use egui::{Align2, Sense, Ui, vec2};

use crate::ModelReading;
use crate::frame_context::FrameContext;
use crate::theme;
use crate::widgets::{line, short};

/// Age in seconds above which a result is stale. All models produce results at shorter intervals.
const STALE_AFTER_S: f64 = 6.0;
/// Opacity of stale results.
pub(super) const STALE_ALPHA: f32 = 0.55;

/// Returns the reason why a result does not describe the current input, in a word or two.
pub(super) fn stale_reason(reading: &ModelReading) -> Option<String> {
    if reading.stale {
        Some("updating".into())
    } else if reading.silent {
        Some("silence".into())
    } else if reading.age_s > STALE_AFTER_S {
        Some(format!("{:.0} s old", reading.age_s))
    } else {
        None
    }
}

/// Returns the reason as the end of a sentence for the accessibility tree.
pub(super) fn accessible_stale_reason(reading: &ModelReading) -> String {
    stale_reason(reading).map_or_else(String::new, |reason| format!(", {reason}"))
}

/// Whether a result describes the current input.
pub(super) fn is_fresh(context: &FrameContext<'_>, reading: &ModelReading) -> bool {
    (context.is_current() || context.controls.frozen()) && stale_reason(reading).is_none()
}

/// Draws the name of the model and, if the result is stale, the reason.
pub(super) fn heading(ui: &mut Ui, context: &FrameContext<'_>, reading: &ModelReading) {
    let palette = context.palette;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0 * context.unit()), Sense::hover());
    let stale_reason = stale_reason(reading).unwrap_or_default();
    let right = line(
        ui,
        rect.right_center(),
        Align2::RIGHT_CENTER,
        80.0,
        &stale_reason,
        theme::CAPTION * context.unit(),
        palette.weak,
    );
    let width = right.left() - rect.left() - 8.0;
    let name = short(ui, width, &reading.value.name, (theme::CAPTION + 1.0) * context.unit(), palette.text);
    let response = ui.interact(rect, ui.scope_id().with("heading"), Sense::hover());
    let at = Align2::LEFT_CENTER.anchor_size(rect.left_center(), name.size());
    ui.painter().galley(at.min, name, palette.text);
    response.widget_info(|| {
        let text = format!("{}{}", reading.value.name, accessible_stale_reason(reading));
        egui::WidgetInfo::labeled(egui::accesskit::Role::Label, true, text)
    });
    response.on_hover_text(&*reading.value.name);
}

/// Draws the tag model from whose tags the values are derived, if they are.
pub(super) fn origin(ui: &mut Ui, context: &FrameContext<'_>, reading: &ModelReading) {
    if let Some(model) = &reading.value.derived_from {
        let text = format!("derived from tags of {model}");
        ui.label(egui::RichText::new(text).size(theme::CAPTION * context.unit()).color(context.palette.weak));
    }
}

/// Draws the content of a card, dimmed if the result is stale.
pub(super) fn faded(
    ui: &mut Ui,
    context: &mut FrameContext<'_>,
    reading: &ModelReading,
    add: impl FnOnce(&mut Ui, &mut FrameContext<'_>),
) {
    let fresh = is_fresh(context, reading);
    ui.scope(|ui| {
        if !fresh {
            ui.multiply_opacity(STALE_ALPHA);
        }
        add(ui, context);
    });
}

/// Returns a finite value of a reading; 0 if there is none.
pub(super) fn value(reading: &ModelReading, label: usize) -> f32 {
    reading.value.values.get(label).copied().filter(|value| value.is_finite()).unwrap_or(0.0)
}
