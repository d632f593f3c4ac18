//! Page with the current tags and their history.

use egui::{Rect, Sense, Ui, UiBuilder, pos2, vec2};

use crate::frame_context::FrameContext;
use crate::history_lane::HistoryLane;
use crate::row_order::RowOrder;
use crate::stable_ranking::StableRanking;
use crate::tag_row::{RowLayout, TagRow};
use crate::{Status, song_ribbon, status, threshold_line};

/// Maximum number of rows of tags that are not active.
const MAX_CANDIDATES: usize = 3;
/// Minimum value of such a tag, 0 to 1.
const MIN_CANDIDATE: f32 = 0.03;
/// Minimum height of the page with a song ribbon, in points at a scale of 1.
const MIN_RIBBON_PAGE: f32 = 300.0;

/// Page and its state between frames.
#[derive(Debug, Default)]
pub(crate) struct LivePage {
    ranking: StableRanking,
    order: RowOrder,
    lane: HistoryLane,
    labels: std::sync::Arc<[std::sync::Arc<str>]>,
    pinned: Vec<usize>,
}

impl LivePage {
    /// Draws the page. Returns the part of the song that is clicked in the ribbon, as a range of display time.
    pub(crate) fn show(&mut self, ui: &mut Ui, context: &mut FrameContext<'_>) -> Option<[f64; 2]> {
        if status::page(ui, context) {
            return None;
        }
        let (mut place, _) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
        ui.multiply_opacity(context.tags_opacity());
        let mut clicked = None;
        let ribbon = song_ribbon::height(context);
        if place.height() > MIN_RIBBON_PAGE * context.scale && song_ribbon::has_content(context) {
            let at = pos2(place.left(), place.bottom() - ribbon);
            clicked = song_ribbon::show(ui, context, Rect::from_min_size(at, vec2(place.width(), ribbon)), None);
            place.max.y = at.y - 6.0;
        }
        if self.rows(ui, context, place) == 0 && matches!(context.state.status, Status::Silence) {
            let rows = ui.new_child(UiBuilder::new().max_rect(place));
            let [title, text] = status::SILENCE;
            status::message(&rows, context, title, text, None);
        }
        clicked
    }

    /// Draws the rows; returns their number.
    fn rows(&mut self, ui: &Ui, context: &mut FrameContext<'_>, place: Rect) -> usize {
        let layout = RowLayout::new(place.x_range(), context.scale);
        let most = ((place.height() / layout.height) as usize).max(1);
        self.order(ui, context, most);
        let groups = context.groups;
        let shown = self.order.rows().enumerate().filter_map(|(place_index, (group, opacity))| {
            let (all, value) = (groups.all().get(group)?, context.values.get(group)?);
            let at = pos2(place.left(), place.top() + place_index as f32 * layout.height);
            Some(TagRow {
                group,
                tags: &all.tags,
                name: groups.name(group),
                family: all.family,
                value: value.value,
                active: value.active,
                is_pinned: context.layout.is_row_pinned(groups.labels_of(group)),
                threshold: context.controls.threshold(Some(groups.name(group))),
                rect: Rect::from_min_size(at, vec2(place.width(), layout.height)),
                opacity,
            })
        });
        let rows: Vec<TagRow<'_>> = shown.take(most).collect();
        if context.has_history() && layout.lane.span() > 40.0 {
            let bottom = place.top() + rows.len() as f32 * layout.height;
            let lane = Rect::from_x_y_ranges(layout.lane, place.top()..=bottom);
            self.lane.show(ui, context, lane, &rows);
        }
        for row in &rows {
            row.show(ui, context, layout);
            threshold_line::show(ui, context, row, layout.lane);
        }
        rows.len()
    }

    /// Chooses the rows: pinned tags, active tags, and some candidates.
    fn order(&mut self, ui: &Ui, context: &FrameContext<'_>, most: usize) {
        if self.labels != *context.groups.labels() {
            *self = Self { labels: context.groups.labels().clone(), ..Self::default() };
        }
        let now_s = ui.input(|input| input.time);
        let count = context.values.len();
        if !context.controls.frozen() || self.ranking.tags().len() != count {
            let values: Vec<f32> = context.values.iter().map(|value| value.value).collect();
            self.ranking.update(&values, now_s);
            if self.ranking.is_waiting() {
                // The ranking may change after its hold time without another prediction.
                ui.ctx().request_repaint_after_secs(0.25);
            }
        }
        let find = |pin: &String| {
            let tag = self.labels.iter().position(|label| **label == **pin)?;
            context.groups.all().iter().position(|group| group.tags.contains(&tag))
        };
        let mut pinned: Vec<usize> = Vec::new();
        for group in context.layout.pinned.iter().filter_map(find) {
            // Two pinned tags may be synonyms.
            if !pinned.contains(&group) {
                pinned.push(group);
            }
        }
        let others = || self.ranking.tags().iter().copied().filter(|group| !pinned.contains(group));
        let active = others().filter(|&group| context.values[group].active);
        let is_candidate =
            |group: &usize| !context.values[*group].active && context.values[*group].value >= MIN_CANDIDATE;
        let candidates = others().filter(is_candidate).take(MAX_CANDIDATES);
        let mut wanted: Vec<usize> = pinned.iter().copied().chain(active).chain(candidates).collect();
        wanted.truncate(most);
        let urgent = pinned != self.pinned;
        self.pinned = pinned;
        if let Some(wait_s) = self.order.update(wanted, now_s, urgent) {
            ui.ctx().request_repaint_after_secs(wait_s as f32);
        }
        if self.order.animate(context.step_s) {
            FrameContext::request_repaint(ui);
        }
    }
}
