//! Classes with the highest probabilities, as bars.

use egui::{RichText, Sense, Ui, vec2};

use super::card::value;
use crate::bars::{BarLayout, BarRow, Bars};
use crate::family::Family;
use crate::frame_context::FrameContext;
use crate::labels::DisplayLabel;
use crate::stable_ranking::StableRanking;
use crate::{ModelReading, glossary, theme};

/// Number of rows before the list is expanded.
const MAX_ROWS: usize = 8;
/// Height of a row in points, without and with a second line below the name.
const ROW: f32 = 25.0;
const TALL: f32 = 32.0;

/// Ranking and bars, with their state between frames.
#[derive(Debug, Default)]
pub(super) struct TopClasses {
    ranking: StableRanking,
    bars: Bars,
    /// End time of the ranked reading.
    end_s: Option<f64>,
    expanded: bool,
}

impl TopClasses {
    pub(super) fn show(&mut self, ui: &mut Ui, context: &mut FrameContext<'_>, reading: &ModelReading) {
        let count = reading.value.labels.len();
        // Models have hundreds of classes, so the ranking is updated only for a new reading.
        if self.end_s != Some(reading.end_s) || self.ranking.tags().len() != count {
            self.end_s = Some(reading.end_s);
            let values: Vec<f32> = (0..count).map(|tag| value(reading, tag)).collect();
            self.ranking.update(&values, ui.input(|input| input.time));
        }
        let pinned = |tag: &usize| context.layout.is_pinned(&reading.value.labels[*tag]);
        let (mut tags, others): (Vec<usize>, Vec<usize>) = self.ranking.tags().iter().copied().partition(pinned);
        tags.extend(others);
        tags.truncate(if self.expanded { count } else { MAX_ROWS });
        let labels: Vec<DisplayLabel> = tags.iter().map(|&tag| DisplayLabel::of(&reading.value.labels[tag])).collect();
        let tall = reading.value.labels.iter().any(|label| label.contains("---"));
        let is_derived = reading.value.derived_from.is_some();
        let family = |tag: usize| if is_derived { Family::Mood } else { glossary::family(&reading.value.labels[tag]) };
        let rows: Vec<BarRow<'_>> = tags
            .iter()
            .zip(&labels)
            .map(|(&tag, name)| BarRow {
                tag,
                name: &reading.value.labels[tag],
                pins: vec![&reading.value.labels[tag]],
                written: Some((&name.own, &name.parent)),
                value: value(reading, tag),
                active: reading.value.active.get(tag).copied().unwrap_or(false),
                ink: context.palette.family(family(tag)),
            })
            .collect();
        let unit = context.unit();
        let row = if tall { TALL } else { ROW } * unit;
        let size = vec2(ui.available_width(), row * rows.len() as f32);
        let (place, _) = ui.allocate_exact_size(size, Sense::hover());
        let plan = BarLayout::new(size, rows.len(), unit);
        // Names of classes are longer than names of tags.
        let bar = BarLayout::PIN_WIDTH + (size.x * 0.38).clamp(100.0, 160.0 * unit);
        let plan = BarLayout { row, bar, ..plan };
        self.bars.show(ui, context, place, plan, &rows, count);
        if count > MAX_ROWS {
            let (text, name) = if self.expanded {
                ("Fewer".to_owned(), format!("Fewer of {}", reading.value.name))
            } else {
                (format!("{} more", count - MAX_ROWS), format!("{} more of {}", count - MAX_ROWS, reading.value.name))
            };
            let text = RichText::new(text).size(theme::CAPTION * unit).color(context.palette.weak);
            if ui.add(egui::Button::new(text).frame_when_inactive(false)).accessible_name(name).clicked() {
                self.expanded = !self.expanded;
            }
        }
    }
}
