//! Layout of the panel, which its owner saves and restores.

/// Layout of the panel. Plain and small; the owner saves it (with the feature `serde` if it likes).
///
/// Anything may stand in what was saved: the panel works with [`PanelLayout::cleaned`] values.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
pub struct PanelLayout {
    /// The section that is open.
    pub section: Section,
    /// The tags on top of all others, in this order. A tag that the chosen model does not know waits for one that does.
    pub pinned: Vec<String>,
    /// The colours.
    pub theme: Theme,
    /// How many times its normal size the panel is drawn, 0.75 to 3.
    pub zoom: f32,
    /// Width and height of the window in points, for an owner that remembers it; at least [`PanelLayout::SMALLEST`].
    pub window: [f32; 2],
    /// Seconds that the lane shows, [`PanelLayout::SHORTEST_LANE_S`] to [`PanelLayout::LONGEST_LANE_S`].
    pub lane_s: f32,
}

/// A part of the panel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Section {
    /// The strongest tags and where they were heard.
    #[default]
    Live,
    /// What added models say.
    Moods,
    /// The average of this song so far.
    Song,
    /// All tags: search, meaning, pins, controllers.
    Tags,
    /// What the model is given, and how the analysis is doing.
    Sound,
    /// Models and settings.
    Setup,
}

impl Section {
    /// All of them, in the order of their tabs.
    pub const ALL: [Self; 6] = [Self::Live, Self::Moods, Self::Song, Self::Tags, Self::Sound, Self::Setup];

    /// What stands on its tab.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "Live",
            Self::Moods => "Moods",
            Self::Song => "This song",
            Self::Tags => "All tags",
            Self::Sound => "Sound",
            Self::Setup => "Setup",
        }
    }
}

/// The colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Theme {
    /// As the system has it; dark when it does not say.
    #[default]
    System,
    /// Light on dark.
    Dark,
    /// Dark on light.
    Light,
}

impl Default for PanelLayout {
    fn default() -> Self {
        Self {
            section: Section::Live,
            pinned: Vec::new(),
            theme: Theme::System,
            zoom: 1.0,
            window: [480.0, 640.0],
            lane_s: 30.0,
        }
    }
}

impl PanelLayout {
    /// Width and height in points below which the panel is not made.
    pub const SMALLEST: [f32; 2] = [360.0, 300.0];
    /// The least that the lane shows, in seconds.
    pub const SHORTEST_LANE_S: f32 = 10.0;
    /// The most that the lane shows, in seconds.
    pub const LONGEST_LANE_S: f32 = 600.0;

    /// The sizes that are offered, smallest first.
    pub(crate) const ZOOMS: [f32; 6] = [0.75, 1.0, 1.25, 1.5, 2.0, 3.0];
    const ZOOM: [f32; 2] = [Self::ZOOMS[0], Self::ZOOMS[5]];
    const MOST_PINNED: usize = 32;

    /// The same with every number in its range and no tag pinned twice; what is no number becomes its default.
    #[must_use]
    pub fn cleaned(mut self) -> Self {
        let usual = Self::default();
        let within = |value: f32, [low, high]: [f32; 2], usual: f32| {
            if value.is_finite() { value.clamp(low, high) } else { usual }
        };
        self.zoom = within(self.zoom, Self::ZOOM, usual.zoom);
        self.lane_s = within(self.lane_s, [Self::SHORTEST_LANE_S, Self::LONGEST_LANE_S], usual.lane_s);
        for side in 0..2 {
            self.window[side] = within(self.window[side], [Self::SMALLEST[side], 16_384.0], usual.window[side]);
        }
        let mut seen = std::collections::HashSet::new();
        self.pinned.retain(|tag| seen.insert(tag.clone()));
        self.pinned.truncate(Self::MOST_PINNED);
        self
    }

    /// The next size that is offered, larger or smaller; the last one stays.
    pub(crate) fn next_zoom(&self, larger: bool) -> f32 {
        let next = if larger {
            Self::ZOOMS.into_iter().find(|&zoom| zoom > self.zoom)
        } else {
            Self::ZOOMS.into_iter().rev().find(|&zoom| zoom < self.zoom)
        };
        next.unwrap_or(self.zoom)
    }

    /// Whether a tag is pinned.
    #[must_use]
    pub fn is_pinned(&self, tag: &str) -> bool {
        self.pinned.iter().any(|pinned| pinned == tag)
    }

    /// Pins a tag below those that are pinned already, or takes its pin away.
    pub fn toggle_pin(&mut self, tag: &str) {
        if self.is_pinned(tag) {
            self.pinned.retain(|pinned| pinned != tag);
        } else if self.pinned.len() < Self::MOST_PINNED {
            self.pinned.push(tag.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_was_saved_becomes_a_layout_that_can_be_shown() {
        let damaged = PanelLayout {
            zoom: f32::NAN,
            window: [-3.0, f32::INFINITY],
            lane_s: 1e9,
            pinned: vec!["rock".into(), "jazz".into(), "rock".into()],
            ..PanelLayout::default()
        };
        let cleaned = damaged.cleaned();
        assert_eq!((cleaned.zoom, cleaned.window, cleaned.lane_s), (1.0, [360.0, 640.0], 600.0));
        assert_eq!(cleaned.pinned, ["rock", "jazz"]);
        assert_eq!(PanelLayout::default().cleaned(), PanelLayout::default());
    }

    #[test]
    fn a_pin_comes_and_goes() {
        let mut layout = PanelLayout::default();
        layout.toggle_pin("jazz");
        layout.toggle_pin("rock");
        assert_eq!(layout.pinned, ["jazz", "rock"]);
        layout.toggle_pin("jazz");
        assert_eq!(layout.pinned, ["rock"]);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_layout_is_the_same_after_saving_and_what_is_missing_is_usual() {
        let layout =
            PanelLayout { section: Section::Tags, pinned: vec!["jazz".into()], zoom: 1.5, ..PanelLayout::default() };
        let saved = serde_json::to_string(&layout).unwrap();
        assert_eq!(serde_json::from_str::<PanelLayout>(&saved).unwrap(), layout);
        let older = r#"{ "theme": "light", "of a later version": 3 }"#;
        let expected = PanelLayout { theme: Theme::Light, ..PanelLayout::default() };
        assert_eq!(serde_json::from_str::<PanelLayout>(older).unwrap(), expected);
        // Sections that came later change nothing about those that were saved.
        for (section, saved) in [(Section::Moods, "moods"), (Section::Song, "song"), (Section::Sound, "sound")] {
            assert_eq!(serde_json::to_string(&section).unwrap(), format!("\"{saved}\""));
        }
    }
}
