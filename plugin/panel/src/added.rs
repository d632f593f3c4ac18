//! Models that were added: which of them listen.

use std::collections::HashSet;
use std::sync::Arc;

use egui::{Frame, Margin, RichText, Ui};

use crate::frame_context::FrameContext;
use crate::theme;
use crate::widgets::switch;
use crate::{Command, ModelKind, picker};

/// How models come here.
const HOW: &str =
    "Drop Essentia's .pb or .onnx files with their .json here, or run `earmark models add FILE`, to add a model.";

/// Draws a switch for each added model, and for those that were chosen and are gone.
pub(crate) fn show(ui: &mut Ui, context: &mut FrameContext<'_>) {
    let palette = context.palette;
    ui.label(RichText::new(HOW).size(theme::CAPTION + 1.0).color(palette.weak));
    let models = context.state.models.clone();
    let chosen = context.controls.added();
    let here: Vec<_> = models.iter().filter(|card| card.kind == ModelKind::Added).collect();
    if here.is_empty() {
        ui.label(RichText::new("None is on this machine yet.").color(palette.text));
    }
    for card in &here {
        let on = chosen.contains(&card.id);
        if switch(ui, on, &card.name, &card.description) {
            context.controls.set_added(&card.id, !on);
        }
        // Below the words of the switch.
        ui.add_space(-6.0);
        Frame::new().inner_margin(Margin { left: 42, bottom: 4, ..Margin::ZERO }).show(ui, |ui| {
            ui.label(RichText::new(picker::facts(card)).size(theme::CAPTION).color(palette.weak));
        });
    }
    let known: HashSet<&Arc<str>> = here.iter().map(|card| &card.id).collect();
    for id in chosen.iter().filter(|id| !known.contains(id)) {
        if switch(ui, true, &format!("{id} (not here)"), "It was chosen and is not on this machine; off forgets it") {
            context.controls.set_added(id, false);
        }
    }
    if ui.button("Look again").on_hover_text("Look into the folder of added models again").clicked() {
        context.ask(Command::RefreshModels);
    }
}
