//! Ribbon of the song: the tags that dominated since the song began.

use egui::accesskit::Role;
use egui::{Align2, Rect, Sense, Ui, WidgetInfo, pos2};

use crate::frame_context::FrameContext;
use crate::history::SongPart;
use crate::theme;
use crate::widgets::{clock, focus_ring, line};

/// Height of the ribbon with its texts at a scale of 1, in points.
const HEIGHT: f32 = 56.0;
/// Minimum length of a song with a ribbon, in seconds.
const MIN_SONG_S: f64 = 6.0;
/// Minimum share of a stretch. A shorter one belongs to the stretch before it.
const MIN_SHARE: f64 = 0.05;

/// Range of the song in which one group of tags dominates; none in silence.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stretch {
    begin_s: f64,
    end_s: f64,
    group: Option<usize>,
}

/// Whether there is a song to show.
pub(crate) fn has_content(context: &FrameContext<'_>) -> bool {
    let parts = context.history.song_parts();
    let length_s = parts.first().zip(parts.last()).map_or(0.0, |(first, last)| last.end_s - first.begin_s);
    length_s >= MIN_SONG_S && context.has_history()
}

/// Returns the height of the ribbon with its texts, in points.
pub(crate) fn height(context: &FrameContext<'_>) -> f32 {
    HEIGHT * context.scale.max(0.8)
}

/// Draws the ribbon. Returns the range of display time of a stretch that is clicked. `chosen` is marked.
pub(crate) fn show(ui: &Ui, context: &FrameContext<'_>, place: Rect, chosen: Option<[f64; 2]>) -> Option<[f64; 2]> {
    let palette = context.palette;
    let caption = context.type_size(theme::CAPTION);
    let top = line(ui, place.min, Align2::LEFT_TOP, place.width(), "This song", caption, palette.weak).bottom();
    let bar = Rect::from_min_max(pos2(place.left(), top + 3.0), pos2(place.right(), place.bottom() - caption * 1.5));
    let stretches = stretches(context);
    let (begin_s, end_s) = (stretches.first()?.begin_s, stretches.last()?.end_s);
    let x = |display_s: f64| bar.left() + ((display_s - begin_s) / (end_s - begin_s)) as f32 * bar.width();
    let mut clicked = None;
    for (index, stretch) in stretches.iter().enumerate() {
        let rect = Rect::from_x_y_ranges(x(stretch.begin_s)..=(x(stretch.end_s) - 1.5), bar.y_range());
        let name = stretch.group.map_or("silence", |group| context.groups.name(group));
        let response = ui.interact(rect, ui.scope_id().with(("stretch", index)), Sense::click());
        let range = [stretch.begin_s, stretch.end_s];
        let family = stretch.group.map(|group| context.groups.all()[group].family);
        let ink = family.map_or(palette.track(), |family| palette.family(family));
        let strength = if chosen == Some(range) || response.hovered() { 1.0 } else { 0.72 };
        ui.painter().rect_filled(rect, 3.0, palette.ground.lerp_to_gamma(ink, strength));
        if stretch.group.is_some() && rect.width() > 26.0 {
            let at = pos2(rect.left() + 6.0, rect.center().y);
            let size = context.type_size(theme::CAPTION).min(bar.height() * 0.8);
            line(ui, at, Align2::LEFT_CENTER, rect.width() - 10.0, name, size, palette.on_family());
        }
        focus_ring(ui, &response, rect);
        let times = [stretch.begin_s, stretch.end_s].map(|display_s| clock(display_s - begin_s, false));
        let text = format!("{name} from {} to {}", times[0], times[1]);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), format!("Song: {text}")));
        if response.on_hover_text(format!("{text}. Click for the average of this part.")).clicked() {
            clicked = Some(range);
        }
    }
    self::axis(ui, context, bar, end_s - begin_s);
    clicked
}

/// Draws the time since the song began.
fn axis(ui: &Ui, context: &FrameContext<'_>, bar: Rect, length_s: f64) {
    let size = context.type_size(theme::CAPTION);
    let wanted_s = length_s * f64::from(size * 7.0 / bar.width().max(1.0));
    let steps = [5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0];
    let step_s = steps.into_iter().find(|&step_s| step_s >= wanted_s).unwrap_or(3_600.0);
    let mut at_s = 0.0;
    while at_s <= length_s {
        let x = bar.left() + (at_s / length_s) as f32 * bar.width();
        if x + size * 3.0 <= bar.right() + 4.0 {
            let at = pos2(x, bar.bottom() + 2.0);
            line(ui, at, Align2::LEFT_TOP, size * 6.0, &clock(at_s, false), size, context.palette.weak);
        }
        at_s += step_s;
    }
}

/// Returns the stretches of the song, oldest first.
fn stretches(context: &FrameContext<'_>) -> Vec<Stretch> {
    let dominant = |part: &SongPart| {
        let mean = |tags: &[usize]| tags.iter().filter_map(|&tag| part.mean(tag)).fold(f32::NAN, f32::max);
        let groups = context.groups.all().iter().enumerate();
        let means = groups.map(|(group, all)| (group, mean(&all.tags))).filter(|(_, mean)| *mean > 0.0);
        means.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(group, _)| group)
    };
    let parts = context.history.song_parts();
    joined(parts.iter().enumerate().map(|(index, part)| {
        // A part reaches to the next one.
        let end_s = parts.get(index + 1).map_or(part.end_s, |next| next.begin_s);
        Stretch { begin_s: part.begin_s, end_s, group: dominant(part) }
    }))
}

/// Joins neighbours of the same group, and short stretches with the one before.
fn joined(stretches: impl Iterator<Item = Stretch>) -> Vec<Stretch> {
    let join = |into: &mut Vec<Stretch>, next: Stretch| match into.last_mut() {
        Some(last) if last.group == next.group => last.end_s = next.end_s,
        _ => into.push(next),
    };
    let mut equal: Vec<Stretch> = Vec::new();
    stretches.for_each(|next| join(&mut equal, next));
    let length_s = equal.first().zip(equal.last()).map_or(0.0, |(first, last)| last.end_s - first.begin_s);
    let mut long: Vec<Stretch> = Vec::new();
    for next in equal {
        match long.last_mut() {
            Some(last) if next.end_s - next.begin_s < MIN_SHARE * length_s => last.end_s = next.end_s,
            _ => join(&mut long, next),
        }
    }
    long
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_neighbours_are_joined_and_short_stretches_absorbed() {
        let stretch = |begin_s, end_s, group| Stretch { begin_s, end_s, group };
        let of = [
            stretch(0.0, 2.0, Some(1)),
            stretch(2.0, 50.0, Some(1)),
            stretch(50.0, 52.0, Some(3)),
            stretch(52.0, 60.0, Some(1)),
            stretch(60.0, 90.0, None),
            stretch(90.0, 100.0, Some(2)),
        ];
        let expected = [stretch(0.0, 60.0, Some(1)), stretch(60.0, 90.0, None), stretch(90.0, 100.0, Some(2))];
        assert_eq!(joined(of.into_iter()), expected);
        assert_eq!(joined(std::iter::empty()), []);
    }
}
