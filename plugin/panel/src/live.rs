//! The section that is looked at: the strongest tags as bars, and beside each where it was heard.

use egui::{Rect, Sense, Ui, pos2};

use crate::bars::{Bars, Plan, Shown};
use crate::frame_context::FrameContext;
use crate::lane::{self, Lane};
use crate::order::Order;
use crate::{Status, status};

/// The section and what it remembers from frame to frame.
#[derive(Debug, Default)]
pub(crate) struct Live {
    order: Order,
    bars: Bars,
    lane: Lane,
    labels: std::sync::Arc<[std::sync::Arc<str>]>,
}

impl Live {
    pub(crate) fn show(&mut self, ui: &mut Ui, context: &mut FrameContext<'_>) {
        if status::page(ui, context) {
            return;
        }
        let Some(tags) = context.tags else { return };
        if self.labels != tags.value.labels {
            *self = Self { labels: tags.value.labels.clone(), ..Self::default() };
        }
        // A prediction whose parts do not fit its labels shows as 0 rather than not at all.
        let count = tags.value.labels.len();
        let value = |tag: usize| tags.value.smooth.get(tag).copied().filter(|value| value.is_finite()).unwrap_or(0.0);
        let values: Vec<f32> = (0..count).map(value).collect();
        if !context.controls.frozen() {
            self.order.update(&values, ui.input(|input| input.time));
            if self.order.is_waiting() {
                // The lead may mature without another prediction.
                ui.ctx().request_repaint_after_secs(0.25);
            }
        } else if self.order.tags().len() != count {
            self.order.update(&values, 0.0);
        }
        status::note(ui, context, " Drag the lane to look back.");
        let (place, _) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
        let plan = Plan::new(place.size(), Some(lane::AXIS), count);
        let fresh = matches!(context.state.status, Status::Listening) || context.controls.frozen();
        let pinned: Vec<usize> = context
            .layout
            .pinned
            .iter()
            .filter_map(|pin| tags.value.labels.iter().position(|label| **label == **pin))
            .collect();
        let others = self.order.tags().iter().copied().filter(|tag| !pinned.contains(tag));
        let rows: Vec<Shown<'_>> = pinned
            .iter()
            .copied()
            .chain(others)
            .take(plan.rows)
            .map(|tag| Shown {
                tag,
                name: &tags.value.labels[tag],
                written: None,
                value: values[tag],
                raw: tags.value.raw.get(tag).copied().filter(|raw| raw.is_finite()),
                lit: tags.value.active.get(tag).copied().unwrap_or(false),
                threshold: context.controls.threshold(Some(&*tags.value.labels[tag])),
                fresh,
            })
            .collect();
        let rects = self.bars.show(ui, context, place, plan, &rows, count);
        // Between one model and another, the history may still be of the other.
        if let Some(left) = plan.lane.filter(|_| *context.history.labels() == tags.value.labels) {
            let bottom = place.top() + rows.len() as f32 * plan.row;
            let lane = Rect::from_min_max(pos2(place.left() + left, place.top()), pos2(place.right(), bottom));
            self.lane.show(ui, context, lane, plan, &rows, &rects);
        }
    }
}
