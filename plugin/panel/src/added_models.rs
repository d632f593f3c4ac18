//! Switches for added models.

use std::collections::HashSet;
use std::sync::Arc;

use egui::{Frame, Margin, RichText, Ui};

use crate::frame_context::FrameContext;
use crate::widgets::switch;
use crate::{Command, ModelKind, picker};

/// Instructions for adding a model.
const HINT_TEXT: &str =
    "To add a model, drop its .pb or .onnx file with the .json file here, or run `earmark models add FILE`.";

/// Draws a switch for each added model, and for each model that is turned on but not installed.
pub(crate) fn show(ui: &mut Ui, context: &mut FrameContext<'_>) {
    let palette = context.palette;
    ui.label(RichText::new(HINT_TEXT).small().color(palette.weak));
    let models = context.state.models.clone();
    let chosen = context.controls.added();
    let here: Vec<_> = models.iter().filter(|card| card.kind == ModelKind::Added).collect();
    if here.is_empty() {
        ui.label(RichText::new("No added models are installed.").color(palette.text));
    }
    for card in &here {
        let on = chosen.contains(&card.id);
        if switch(ui, on, &card.name, &card.description) {
            context.controls.set_added(&card.id, !on);
        }
        // Reduces the gap to the label of the switch.
        ui.add_space(-6.0);
        Frame::new().inner_margin(Margin { left: 42, bottom: 4, ..Margin::ZERO }).show(ui, |ui| {
            ui.label(RichText::new(picker::facts(card)).small().color(palette.weak));
            for assumed in &card.assumed {
                let text = format!("Assumed: {assumed}");
                ui.label(RichText::new(text).small().color(palette.attention));
            }
        });
    }
    let known: HashSet<&Arc<str>> = here.iter().map(|card| &card.id).collect();
    for id in chosen.iter().filter(|id| !known.contains(id)) {
        if switch(ui, true, &format!("{id} (not installed)"), "This model is not installed; turn it off to remove it") {
            context.controls.set_added(id, false);
        }
    }
    if ui.button("Rescan folder").on_hover_text("Read the folder of added models again").clicked() {
        context.send(Command::RefreshModels);
    }
}
