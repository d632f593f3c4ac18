//! Choice of a model, and its description.

use egui::{ComboBox, RichText, Ui};

use crate::frame_context::FrameContext;
use crate::labels::DisplayLabel;
use crate::widgets::caption;
use crate::{ModelInfo, ModelKind};

/// Draws the choice of a model of one kind, and the description of the selected one.
pub(crate) fn show(ui: &mut Ui, context: &mut FrameContext<'_>, kind: ModelKind) {
    let title = match kind {
        ModelKind::Tags => "Tag model",
        ModelKind::Tempo => "Tempo model",
        ModelKind::Added => "Added models",
    };
    caption(ui, title);
    let chosen = context.controls.model(kind);
    let models = context.state.models.clone();
    let card = models.iter().find(|card| card.kind == kind && Some(&card.id) == chosen.as_ref());
    let text = match (card, &chosen) {
        (Some(card), _) => card.name.clone(),
        (None, Some(id)) => format!("{id} (not available)"),
        (None, None) => "Off".into(),
    };
    let mut picked = None;
    let width = ui.available_width().min(420.0 * context.unit());
    let combo = ComboBox::from_id_salt(("model", title)).selected_text(text).width(width).show_ui(ui, |ui| {
        for card in models.iter().filter(|card| card.kind == kind) {
            if ui.selectable_label(Some(&card.id) == chosen.as_ref(), &card.name).clicked() {
                picked = Some(Some(card.id.clone()));
            }
        }
        // A session always has a tag model.
        if kind != ModelKind::Tags && ui.selectable_label(chosen.is_none(), "Off").clicked() {
            picked = Some(None);
        }
    });
    combo.response.accessible_name(title);
    if let Some(picked) = picked.filter(|picked| *picked != chosen) {
        context.controls.set_model(kind, picked.as_deref());
    }
    match (card, &chosen) {
        (Some(card), _) => self::card(ui, context, card),
        (None, Some(id)) => {
            let text = format!("Model {id} is not part of this build; choose another one.");
            ui.label(RichText::new(text).color(context.palette.attention));
        }
        (None, None) => {}
    }
}

fn card(ui: &mut Ui, context: &FrameContext<'_>, card: &ModelInfo) {
    let palette = context.palette;
    ui.label(RichText::new(&card.description).small().color(palette.text));
    ui.label(RichText::new(facts(card)).small().color(palette.weak));
}

/// Returns the facts about a model in one line: classes, input, licence and source.
pub(crate) fn facts(card: &ModelInfo) -> String {
    let classes = match card.kind {
        ModelKind::Tags => format!("{} tags", card.classes),
        ModelKind::Tempo => format!("{} tempo classes", card.classes),
        ModelKind::Added => self::classes(card),
    };
    let input = match card.rate_hz {
        Some(rate_hz) => format!("input {:.1} s at {:.1} kHz", card.context_s, rate_hz / 1_000.0),
        None => format!("input descriptors of {:.0} s", card.context_s),
    };
    [classes, input, card.licence.clone(), card.source.clone()]
        .iter()
        .filter(|fact| !fact.is_empty())
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join("  ·  ")
}

/// Returns the number of classes, and the first of their names.
fn classes(card: &ModelInfo) -> String {
    const MAX_NAMES: usize = 4;
    let names: Vec<String> =
        card.labels.iter().take(MAX_NAMES).map(|label| DisplayLabel::of(label).written()).collect();
    let more = if card.labels.len() > MAX_NAMES { ", …" } else { "" };
    match (names.is_empty(), card.classes) {
        (true, 1) => "1 class".into(),
        (true, classes) => format!("{classes} classes"),
        (false, _) => format!("{} classes: {}{more}", card.classes, names.join(", ")),
    }
}
