//! Status line: state of the analysis, name of the instance, badges of the outputs and buttons.

use egui::{Align, Align2, Frame, Layout, Margin, TextEdit, Ui, vec2};

use crate::frame_context::FrameContext;
use crate::icons::{self, Icon};
use crate::{PanelLayout, badges, status, theme};

/// Minimum width of the field with the name, in points.
const MIN_NAME_WIDTH: f32 = 48.0;

/// Draws the line. Sets `help` if the help page is requested.
pub(crate) fn show(ui: &mut Ui, context: &mut FrameContext<'_>, help: &mut bool) {
    let height = (22.0 * context.scale).max(20.0);
    let row = vec2(ui.available_width(), height);
    ui.allocate_ui_with_layout(row, Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 2.0 * context.scale;
        if icons::button(ui, Icon::Help, height, "Help", "Help and keys (?)", *help).clicked() {
            *help = true;
        }
        let full = icons::button(ui, Icon::FullScreen, height, "Full screen", "Large type for the stage (F11)", false);
        if full.clicked() {
            context.set_stage(true);
        }
        let frozen = context.controls.frozen();
        let (icon, text) = if frozen {
            (Icon::Resume, "Show and send current values again")
        } else {
            (Icon::Freeze, "Hold the shown and sent values")
        };
        if icons::button(ui, icon, height, "Freeze", text, frozen).clicked() {
            context.controls.set_frozen(!frozen);
        }
        ui.spacing_mut().item_spacing.x = 5.0 * context.scale;
        badges::show(ui, context);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            status::header(ui, context, height);
            self::name(ui, context, height);
        });
    });
}

/// Draws the name of the instance as a text field without a frame, if there is room.
fn name(ui: &mut Ui, context: &mut FrameContext<'_>, height: f32) {
    let width = ui.available_width() - 4.0;
    if width < MIN_NAME_WIDTH {
        return;
    }
    let size = context.type_size(13.0);
    let ink = context.palette.weak;
    let edit = TextEdit::singleline(&mut context.layout.name)
        .frame(Frame::new().inner_margin(Margin::symmetric(4, 0)))
        .font(theme::font(size))
        .text_color(ink)
        .char_limit(PanelLayout::MAX_NAME_LEN)
        .hint_text(egui::RichText::new("Name").size(size).color(ink.gamma_multiply(0.5)))
        .align(Align2::LEFT_CENTER)
        .min_size(vec2(0.0, height))
        .desired_width(width.min(240.0 * context.scale) - 8.0);
    let response = ui.add(edit.id(ui.scope_id().with("name"))).accessible_name("Name of this instance");
    response.on_hover_text("Name of this instance, such as the track. Click to edit.");
}
