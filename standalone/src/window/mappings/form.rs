//! Form of one mapping.

use std::ops::RangeInclusive;

use earmark_outputs::scenes::{MappingRow, RowTarget, mapping_curves, mapping_range, mapping_sources};
use eframe::egui::{ComboBox, DragValue, Grid, RichText, TextEdit, Ui};

/// Range of a time constant in seconds, and the one that a switch turns on.
const TIMES_S: RangeInclusive<f64> = 0.0..=60.0;
const USUAL_TIME_S: f64 = 0.2;
/// Share of the range of the source at which a threshold is turned on.
const USUAL_THRESHOLD: f64 = 0.5;
/// Width of the text fields, in points.
const FIELD_WIDTH: f32 = 180.0;

/// Decision of the user about the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FormOutcome {
    /// The mapping is to be written.
    Apply,
    /// The changes are to be dropped.
    Cancel,
}

/// Draws the form of a mapping; `known` contains the labels of the models. Returns the decision of the user.
pub(super) fn show(ui: &mut Ui, row: &mut MappingRow, known: &[String]) -> Option<FormOutcome> {
    Grid::new("mapping").num_columns(2).spacing([10.0, 6.0]).show(ui, |ui| {
        label(ui, "Value");
        source(ui, row, known);
        ui.end_row();
        label(ui, "To");
        target(ui, &mut row.target);
        ui.end_row();
        let usual = mapping_range(&row.from, known).unwrap_or([0.0, 1.0]);
        range(ui, "Input range", &mut row.input, usual);
        ui.end_row();
        range(ui, "Output range", &mut row.output, row.target.usual_output());
        ui.end_row();
        label(ui, "Curve");
        curve(ui, &mut row.curve);
        ui.end_row();
        number(ui, "Attack (s)", &mut row.attack_s, USUAL_TIME_S, Some(TIMES_S));
        ui.end_row();
        number(ui, "Release (s)", &mut row.release_s, USUAL_TIME_S, Some(TIMES_S));
        ui.end_row();
        let [low, high] = row.input.unwrap_or(usual);
        number(ui, "Threshold", &mut row.threshold, low + USUAL_THRESHOLD * (high - low), None);
        ui.end_row();
    });
    let mut outcome = None;
    ui.horizontal(|ui| {
        if ui.button("Apply").on_hover_text("Check the mapping and write it to the scene file").clicked() {
            outcome = Some(FormOutcome::Apply);
        }
        if ui.button("Cancel").clicked() {
            outcome = Some(FormOutcome::Cancel);
        }
    });
    outcome
}

fn label(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).weak());
}

/// Draws the choice of the source: a list, and a field for descriptors.
fn source(ui: &mut Ui, row: &mut MappingRow, known: &[String]) {
    ui.horizontal(|ui| {
        let field = ui.add(TextEdit::singleline(&mut row.from).desired_width(FIELD_WIDTH));
        field.accessible_name("Value").on_hover_text("Or a descriptor, such as descriptor.rhythm.danceability");
        let before = row.from.clone();
        let list = ComboBox::from_id_salt("mapping-source").selected_text("List").width(52.0).show_ui(ui, |ui| {
            for name in mapping_sources(known) {
                ui.selectable_value(&mut row.from, name.clone(), name);
            }
        });
        list.response.accessible_name("List of values");
        if row.from != before {
            // The range and the threshold were those of another quantity.
            (row.input, row.threshold) = (None, None);
        }
    });
}

/// Draws the kind of the target and its numbers.
fn target(ui: &mut Ui, target: &mut RowTarget) {
    ui.vertical(|ui| {
        ui.horizontal(|ui| {
            let osc = RowTarget::Osc { address: "/earmark/map/1".into(), argument: String::new(), to: String::new() };
            let kinds = [
                ("OSC", osc),
                ("CC", RowTarget::Control { channel: 1, cc: 20 }),
                ("Note", RowTarget::Note { channel: 1, key: 60 }),
                ("DMX", RowTarget::Dmx { universe: 1, channel: 1 }),
            ];
            for (name, new) in kinds {
                let is_chosen = std::mem::discriminant(&new) == std::mem::discriminant(target);
                if ui.selectable_label(is_chosen, name).clicked() && !is_chosen {
                    *target = new;
                }
            }
        });
        ui.horizontal(|ui| match target {
            RowTarget::Osc { address, argument, to } => {
                ui.vertical(|ui| {
                    let field = |text| TextEdit::singleline(text).desired_width(FIELD_WIDTH);
                    ui.add(field(address).hint_text("/layer/1/opacity")).accessible_name("OSC address of the mapping");
                    ui.add(field(to).hint_text("receivers of the file"))
                        .accessible_name("OSC receivers of the mapping");
                    ui.horizontal(|ui| {
                        for (name, text) in [("float", ""), ("int", "int"), ("bool", "bool")] {
                            let is_chosen = argument == text || (text.is_empty() && argument == "float");
                            if ui.selectable_label(is_chosen, name).clicked() && !is_chosen {
                                text.clone_into(argument);
                            }
                        }
                    });
                });
            }
            RowTarget::Control { channel, cc } => {
                drag(ui, "CC", cc, 0..=127);
                drag(ui, "channel", channel, 1..=16);
            }
            RowTarget::Note { channel, key } => {
                drag(ui, "note", key, 0..=127);
                drag(ui, "channel", channel, 1..=16);
            }
            RowTarget::Dmx { universe, channel } => {
                drag(ui, "universe", universe, 1..=63_999);
                drag(ui, "channel", channel, 1..=512);
            }
        });
    });
}

fn drag(ui: &mut Ui, name: &str, value: &mut i64, range: RangeInclusive<i64>) {
    label(ui, name);
    ui.add(DragValue::new(value).range(range).speed(0.2)).accessible_name(name);
}

/// Draws the switch of a range and its ends.
fn range(ui: &mut Ui, name: &str, value: &mut Option<[f64; 2]>, usual: [f64; 2]) {
    let mut is_own = value.is_some();
    if ui.checkbox(&mut is_own, name).changed() {
        *value = is_own.then_some(usual);
    }
    match value {
        Some(ends) => {
            ui.horizontal(|ui| {
                let speed = (usual[1] - usual[0]).abs() / 200.0;
                for (end, name) in ends.iter_mut().zip([format!("{name} from"), format!("{name} to")]) {
                    ui.add(DragValue::new(end).speed(speed).max_decimals(4)).accessible_name(name);
                }
            });
        }
        None => label(ui, &format!("{} to {}", usual[0], usual[1])),
    }
}

fn curve(ui: &mut Ui, curve: &mut String) {
    let curves = mapping_curves();
    let default = curves.first().copied().unwrap_or_default();
    let shown = if curve.is_empty() { default.to_owned() } else { curve.clone() };
    let list = ComboBox::from_id_salt("mapping-curve").selected_text(shown).show_ui(ui, |ui| {
        for name in curves {
            let text = if name == default { "" } else { name };
            if ui.selectable_label(curve == text, name).clicked() {
                text.clone_into(curve);
            }
        }
    });
    list.response.accessible_name("Curve");
}

/// Draws the switch of a number and the number.
fn number(ui: &mut Ui, name: &str, value: &mut Option<f64>, usual: f64, range: Option<RangeInclusive<f64>>) {
    let mut is_own = value.is_some();
    if ui.checkbox(&mut is_own, name).changed() {
        *value = is_own.then_some(usual);
    }
    match value {
        Some(number) => {
            let drag = DragValue::new(number).speed(usual.abs().max(0.1) / 100.0).max_decimals(4);
            let drag = if let Some(range) = range { drag.range(range) } else { drag };
            ui.add(drag).accessible_name(format!("{name} value"));
        }
        None => label(ui, "none"),
    }
}
