//! Section with the strongest tags as bars and their history.

use egui::{Rect, Sense, Ui, pos2};

use crate::bars::{BarLayout, BarRow, Bars};
use crate::frame_context::FrameContext;
use crate::heatmap::{self, TagHeatmap};
use crate::stable_ranking::StableRanking;
use crate::{Status, status};

/// Section and its state between frames.
#[derive(Debug, Default)]
pub(crate) struct LivePage {
    ranking: StableRanking,
    bars: Bars,
    heatmap: TagHeatmap,
    labels: std::sync::Arc<[std::sync::Arc<str>]>,
}

impl LivePage {
    pub(crate) fn show(&mut self, ui: &mut Ui, context: &mut FrameContext<'_>) {
        if status::page(ui, context) {
            return;
        }
        let Some(tags) = context.tags else { return };
        if self.labels != tags.value.labels {
            *self = Self { labels: tags.value.labels.clone(), ..Self::default() };
        }
        // Values that are missing for a label are shown as 0.
        let count = tags.value.labels.len();
        let value = |tag: usize| tags.value.smooth.get(tag).copied().filter(|value| value.is_finite()).unwrap_or(0.0);
        let values: Vec<f32> = (0..count).map(value).collect();
        if !context.controls.frozen() {
            self.ranking.update(&values, ui.input(|input| input.time));
            if self.ranking.is_waiting() {
                // The ranking may change after its hold time without another prediction.
                ui.ctx().request_repaint_after_secs(0.25);
            }
        } else if self.ranking.tags().len() != count {
            self.ranking.update(&values, 0.0);
        }
        status::note(ui, context, " Drag the history to scroll back.");
        let (place, _) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
        let plan = BarLayout::new(place.size(), Some(heatmap::AXIS), count);
        let fresh = matches!(context.state.status, Status::Listening) || context.controls.frozen();
        let pinned: Vec<usize> = context
            .layout
            .pinned
            .iter()
            .filter_map(|pin| tags.value.labels.iter().position(|label| **label == **pin))
            .collect();
        let others = self.ranking.tags().iter().copied().filter(|tag| !pinned.contains(tag));
        let rows: Vec<BarRow<'_>> = pinned
            .iter()
            .copied()
            .chain(others)
            .take(plan.rows)
            .map(|tag| BarRow {
                tag,
                name: &tags.value.labels[tag],
                written: None,
                value: values[tag],
                raw: tags.value.raw.get(tag).copied().filter(|raw| raw.is_finite()),
                active: tags.value.active.get(tag).copied().unwrap_or(false),
                threshold: context.controls.threshold(Some(&*tags.value.labels[tag])),
                fresh,
            })
            .collect();
        let rects = self.bars.show(ui, context, place, plan, &rows, count);
        // After a change of model, the history may still have the labels of the other one.
        if let Some(left) = plan.lane.filter(|_| *context.history.labels() == tags.value.labels) {
            let bottom = place.top() + rows.len() as f32 * plan.row;
            let lane = Rect::from_min_max(pos2(place.left() + left, place.top()), pos2(place.right(), bottom));
            self.heatmap.show(ui, context, lane, plan, &rows, &rects);
        }
    }
}
