//! Which model listens, and what it is.

use egui::{ComboBox, RichText, Ui};

use crate::frame_context::FrameContext;
use crate::labels::DisplayLabel;
use crate::theme;
use crate::widgets::caption;
use crate::{ModelCard, ModelKind};

/// Draws the choice of a model for one kind, and the card of the chosen one.
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
        (None, Some(id)) => format!("{id} (not here)"),
        (None, None) => "Off".into(),
    };
    let mut picked = None;
    let width = ui.available_width().min(420.0);
    let combo = ComboBox::from_id_salt(("model", title)).selected_text(text).width(width).show_ui(ui, |ui| {
        for card in models.iter().filter(|card| card.kind == kind) {
            if ui.selectable_label(Some(&card.id) == chosen.as_ref(), &card.name).clicked() {
                picked = Some(Some(card.id.clone()));
            }
        }
        if ui.selectable_label(chosen.is_none(), "Off").clicked() {
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
            let text = format!("The model {id} is not part of this build; choose another.");
            ui.label(RichText::new(text).color(context.palette.attention));
        }
        (None, None) => {}
    }
}

fn card(ui: &mut Ui, context: &FrameContext<'_>, card: &ModelCard) {
    let palette = context.palette;
    ui.label(RichText::new(&card.description).size(theme::CAPTION + 1.0).color(palette.text));
    ui.label(RichText::new(facts(card)).size(theme::CAPTION).color(palette.weak));
}

/// What can be known of a model in a line: what it tells apart, how it hears, whose it is.
pub(crate) fn facts(card: &ModelCard) -> String {
    let classes = match card.kind {
        ModelKind::Tags => format!("{} tags", card.classes),
        ModelKind::Tempo => format!("{} tempi", card.classes),
        ModelKind::Added => self::classes(card),
    };
    let hears = format!("hears {:.1} s at {:.1} kHz", card.context_s, card.rate_hz / 1_000.0);
    [classes, hears, card.licence.clone(), card.source.clone()]
        .iter()
        .filter(|fact| !fact.is_empty())
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join("  ·  ")
}

/// How many classes, and the first of their names.
fn classes(card: &ModelCard) -> String {
    const MOST: usize = 4;
    let names: Vec<String> = card.labels.iter().take(MOST).map(|label| DisplayLabel::of(label).written()).collect();
    let more = if card.labels.len() > MOST { ", …" } else { "" };
    match (names.is_empty(), card.classes) {
        (true, 1) => "1 class".into(),
        (true, classes) => format!("{classes} classes"),
        (false, _) => format!("{} classes: {}{more}", card.classes, names.join(", ")),
    }
}
