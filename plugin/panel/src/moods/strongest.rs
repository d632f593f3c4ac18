//! The strongest of many classes, as the bars of the live section.

use egui::{RichText, Sense, Ui, vec2};

use super::card::value;
use crate::bars::{Bars, Plan, Shown};
use crate::frame_context::FrameContext;
use crate::labels::DisplayLabel;
use crate::order::Order;
use crate::{ModelReading, theme};

/// Rows, before more are asked for.
const MOST: usize = 8;
/// The height of a row in points, and of one with a small line below its name.
const ROW: f32 = 25.0;
const TALL: f32 = 32.0;

/// Order and bars, from frame to frame.
#[derive(Debug, Default)]
pub(super) struct Strongest {
    order: Order,
    bars: Bars,
    /// The answer that the order is of.
    end_s: Option<f64>,
    all: bool,
}

impl Strongest {
    pub(super) fn show(&mut self, ui: &mut Ui, context: &mut FrameContext<'_>, reading: &ModelReading) {
        let count = reading.value.labels.len();
        // With hundreds of classes the order is only worth its time when there is something new.
        if self.end_s != Some(reading.end_s) || self.order.tags().len() != count {
            self.end_s = Some(reading.end_s);
            let values: Vec<f32> = (0..count).map(|tag| value(reading, tag)).collect();
            self.order.update(&values, ui.input(|input| input.time));
        }
        let pinned = |tag: &usize| context.layout.is_pinned(&reading.value.labels[*tag]);
        let (mut tags, others): (Vec<usize>, Vec<usize>) = self.order.tags().iter().copied().partition(pinned);
        tags.extend(others);
        tags.truncate(if self.all { count } else { MOST });
        let names: Vec<DisplayLabel> = tags.iter().map(|&tag| DisplayLabel::of(&reading.value.labels[tag])).collect();
        let tall = reading.value.labels.iter().any(|label| label.contains("---"));
        let rows: Vec<Shown<'_>> = tags
            .iter()
            .zip(&names)
            .map(|(&tag, name)| Shown {
                tag,
                name: &reading.value.labels[tag],
                written: Some((&name.own, &name.parent)),
                value: value(reading, tag),
                raw: None,
                lit: reading.value.active.get(tag).copied().unwrap_or(false),
                threshold: None,
                // The card fades as a whole.
                fresh: true,
            })
            .collect();
        let row = if tall { TALL } else { ROW };
        let size = vec2(ui.available_width(), row * rows.len() as f32);
        let (place, _) = ui.allocate_exact_size(size, Sense::hover());
        let plan = Plan::new(size, None, rows.len());
        // Names of classes are longer than those of tags.
        let bar = plan.name + (size.x * 0.38).clamp(100.0, 160.0);
        let plan = Plan { rows: rows.len(), row, bar, ..plan };
        self.bars.show(ui, context, place, plan, &rows, count);
        if count > MOST {
            let (text, spoken) = if self.all {
                ("Fewer".to_owned(), format!("Fewer of {}", reading.value.name))
            } else {
                (format!("{} more", count - MOST), format!("{} more of {}", count - MOST, reading.value.name))
            };
            let text = RichText::new(text).size(theme::CAPTION).color(context.palette.weak);
            if ui.add(egui::Button::new(text).frame_when_inactive(false)).accessible_name(spoken).clicked() {
                self.all = !self.all;
            }
        }
    }
}
