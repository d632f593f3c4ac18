//! Headline: the strongest active genre, and active tags of other families.

use crate::family::Family;
use crate::frame_context::FrameContext;
use crate::held_content::HeldContent;
use crate::tag_groups::{GroupValue, TagGroups};
use crate::{ModelKind, Status};

/// Maximum number of tags below the headline.
const MAX_OTHERS: usize = 3;

/// Displayed headline, which changes at most every two seconds, and its fade.
#[derive(Debug, Default)]
pub(crate) struct Headline(HeldContent<HeadlineText>);

/// Text of a headline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HeadlineText {
    /// Large line.
    pub(crate) main: String,
    /// Family of the tag in the large line; none for another text.
    pub(crate) family: Option<Family>,
    /// Small line; may be empty.
    pub(crate) others: String,
}

impl HeadlineText {
    /// Returns both lines for the accessibility tree.
    pub(crate) fn spoken(&self) -> String {
        let spoken = format!("{}. {}", self.main, self.others);
        spoken.trim_end_matches(". ").to_owned()
    }
}

impl Headline {
    /// Sets the text of a frame. Returns the time in seconds until a waiting change.
    pub(crate) fn update(&mut self, wanted: HeadlineText, now_s: f64) -> Option<f64> {
        // The begin and the end of results, and other texts, do not wait.
        let urgent = wanted.family.is_none() || self.0.next().family.is_none();
        self.0.update(wanted, now_s, urgent)
    }

    /// Advances the fade by `seconds`; returns whether it goes on.
    pub(crate) fn animate(&mut self, seconds: f32) -> bool {
        self.0.animate(seconds)
    }

    /// Returns the displayed text and its visibility, 0 to 1.
    pub(crate) fn text(&self) -> (&HeadlineText, f32) {
        (self.0.shown(), self.0.visibility())
    }
}

/// Returns the text for the current state of the panel.
pub(crate) fn wanted(context: &FrameContext<'_>) -> HeadlineText {
    let plain = |main: &str| HeadlineText { main: main.into(), ..HeadlineText::default() };
    if matches!(context.state.status, Status::Error { .. }) {
        return plain("stopped");
    }
    if context.controls.model(ModelKind::Tags).is_none() {
        return plain("tags are off");
    }
    if context.values.is_empty() {
        return plain(match context.state.status {
            Status::Idle => "no audio",
            Status::Silence => "silence",
            _ => "no tags yet",
        });
    }
    let text = of_values(context.groups, context.values);
    let is_silent = text.family.is_none() && matches!(context.state.status, Status::Silence);
    if is_silent { plain("silence") } else { text }
}

/// Returns the headline of active tags.
fn of_values(groups: &TagGroups, values: &[GroupValue]) -> HeadlineText {
    let mut active: Vec<usize> = (0..values.len()).filter(|&group| values[group].active).collect();
    active.sort_by(|&a, &b| values[b].value.total_cmp(&values[a].value));
    let family = |group: usize| groups.all()[group].family;
    let genre = active.iter().copied().find(|&group| family(group) == Family::Genre);
    let Some(main) = genre.or(active.first().copied()) else {
        return HeadlineText { main: "nothing stands out".into(), ..HeadlineText::default() };
    };
    let mut seen = vec![family(main)];
    let mut others = Vec::new();
    for &group in &active {
        // Tags of unknown families do not exclude each other.
        let is_new = group != main && (family(group) == Family::Other || !seen.contains(&family(group)));
        if is_new && others.len() < MAX_OTHERS {
            seen.push(family(group));
            others.push(groups.name(group));
        }
    }
    HeadlineText { main: groups.name(main).into(), family: Some(family(main)), others: others.join(" · ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headline(tags: &[(&str, f32, bool)]) -> HeadlineText {
        let mut groups = TagGroups::default();
        groups.update(&tags.iter().map(|(tag, ..)| (*tag).into()).collect());
        let values: Vec<_> = tags.iter().map(|&(_, value, active)| GroupValue { value, active }).collect();
        of_values(&groups, &values)
    }

    #[test]
    fn strongest_active_genre_is_the_headline_with_one_tag_of_each_other_family() {
        let text = headline(&[
            ("guitar", 0.9, true),
            ("jazz", 0.4, true),
            ("rock", 0.5, true),
            ("piano", 0.6, true),
            ("sad", 0.3, true),
            ("80s", 0.8, false),
        ]);
        assert_eq!((text.main.as_str(), text.family), ("rock", Some(Family::Genre)));
        assert_eq!(text.others, "guitar · sad");
    }

    #[test]
    fn headline_without_a_genre_is_the_strongest_tag_and_none_without_active_tags() {
        let text = headline(&[("sad", 0.4, true), ("guitar", 0.9, true), ("rock", 0.5, false)]);
        assert_eq!((text.main.as_str(), text.others.as_str()), ("guitar", "sad"));
        let text = headline(&[("rock", 0.2, false)]);
        assert_eq!((text.main.as_str(), text.family, text.others.as_str()), ("nothing stands out", None, ""));
    }

    #[test]
    fn headline_changes_at_most_every_two_seconds() {
        let genre = |main: &str| HeadlineText { main: main.into(), family: Some(Family::Genre), ..Default::default() };
        let mut line = Headline::default();
        assert_eq!(line.update(genre("rock"), 1.0), None);
        while line.animate(1.0 / 30.0) {}
        assert_eq!(line.text(), (&genre("rock"), 1.0));
        assert!(line.update(genre("jazz"), 2.0).is_some());
        while line.animate(1.0 / 30.0) {}
        assert_eq!(line.text().0, &genre("rock"));
        assert_eq!(line.update(genre("jazz"), 3.1), None);
        while line.animate(1.0 / 30.0) {}
        assert_eq!(line.text().0, &genre("jazz"));
    }
}
