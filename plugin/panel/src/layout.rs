//! Arrangement of the panel, which its owner saves.

use crate::section::Section;

/// Arrangement of the panel. The owner saves and restores it (with serde if the feature `serde` is on).
///
/// Saved values may be out of range: the panel uses [`PanelLayout::clamped`] values.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
pub struct PanelLayout {
    /// Section that is open.
    pub section: Section,
    /// Pinned tags, in the order of their rows. Tags that the selected model does not have stay in the list.
    pub pinned: Vec<String>,
    /// Colour theme.
    pub theme: Theme,
    /// Scale of the panel, 0.75 to 3 (default 1).
    pub zoom: f32,
    /// Width and height of the window in points, at least [`PanelLayout::MIN_SIZE`] (default 480 x 640).
    pub window: [f32; 2],
    /// Length of the lane in seconds, [`PanelLayout::MIN_LANE_S`] to [`PanelLayout::MAX_LANE_S`] (default 30).
    pub lane_s: f32,
    /// Name of the instance, at most [`PanelLayout::MAX_NAME_LEN`] characters (default empty).
    pub name: String,
    /// Whether the full-screen view with large type is shown (default false).
    pub stage: bool,
    /// Whether key and loudness are shown above all pages (default false).
    pub key_and_loudness: bool,
}

/// Colour theme.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Theme {
    /// Theme of the system; dark if the system reports none.
    #[default]
    System,
    /// Light text on a dark background.
    Dark,
    /// Dark text on a light background.
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
            name: String::new(),
            stage: false,
            key_and_loudness: false,
        }
    }
}

impl PanelLayout {
    /// Minimum width and height of the panel in points.
    pub const MIN_SIZE: [f32; 2] = [360.0, 300.0];
    /// Minimum length of the lane in seconds.
    pub const MIN_LANE_S: f32 = 10.0;
    /// Maximum length of the lane in seconds.
    pub const MAX_LANE_S: f32 = 600.0;
    /// Maximum number of characters of the name.
    pub const MAX_NAME_LEN: usize = 40;

    /// Offered scales, smallest first.
    pub(crate) const ZOOMS: [f32; 6] = [0.75, 1.0, 1.25, 1.5, 2.0, 3.0];
    const ZOOM: [f32; 2] = [Self::ZOOMS[0], Self::ZOOMS[5]];
    const MAX_PINNED: usize = 32;

    /// Returns the layout with every number in its range and no tag pinned twice. Non-finite numbers become the
    /// default.
    #[must_use]
    pub fn clamped(mut self) -> Self {
        let usual = Self::default();
        let within = |value: f32, [low, high]: [f32; 2], usual: f32| {
            if value.is_finite() { value.clamp(low, high) } else { usual }
        };
        self.zoom = within(self.zoom, Self::ZOOM, usual.zoom);
        self.lane_s = within(self.lane_s, [Self::MIN_LANE_S, Self::MAX_LANE_S], usual.lane_s);
        for side in 0..2 {
            self.window[side] = within(self.window[side], [Self::MIN_SIZE[side], 16_384.0], usual.window[side]);
        }
        let mut seen = std::collections::HashSet::new();
        self.pinned.retain(|tag| seen.insert(tag.clone()));
        self.pinned.truncate(Self::MAX_PINNED);
        if let Some((end, _)) = self.name.char_indices().nth(Self::MAX_NAME_LEN) {
            self.name.truncate(end);
        }
        self
    }

    /// Whether the panel shows descriptors, so that the owner has to provide them.
    #[must_use]
    pub fn needs_descriptors(&self) -> bool {
        self.key_and_loudness || self.section == Section::Descriptors
    }

    /// Returns the next larger or smaller scale; the last one stays.
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

    /// Pins a tag below all pinned tags, or unpins it.
    pub fn toggle_pin(&mut self, tag: &str) {
        if self.is_pinned(tag) {
            self.pinned.retain(|pinned| pinned != tag);
        } else if self.pinned.len() < Self::MAX_PINNED {
            self.pinned.push(tag.to_owned());
        }
    }

    /// Whether a row with these labels is pinned, by any of them.
    pub(crate) fn is_row_pinned<'a>(&self, mut labels: impl Iterator<Item = &'a str>) -> bool {
        labels.any(|label| self.is_pinned(label))
    }

    /// Unpins all labels of a row, or pins the first one if none is pinned.
    pub(crate) fn toggle_row_pin<'a>(&mut self, labels: impl Iterator<Item = &'a str> + Clone) {
        if self.is_row_pinned(labels.clone()) {
            labels.for_each(|label| self.pinned.retain(|pinned| pinned != label));
        } else if let Some(first) = { labels }.next() {
            self.toggle_pin(first);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_layout_is_clamped() {
        let damaged = PanelLayout {
            zoom: f32::NAN,
            window: [-3.0, f32::INFINITY],
            lane_s: 1e9,
            pinned: vec!["rock".into(), "jazz".into(), "rock".into()],
            name: "ä".repeat(50),
            ..PanelLayout::default()
        };
        let clamped = damaged.clamped();
        assert_eq!((clamped.zoom, clamped.window, clamped.lane_s), (1.0, [360.0, 640.0], 600.0));
        assert_eq!(clamped.pinned, ["rock", "jazz"]);
        assert_eq!(clamped.name, "ä".repeat(40));
        assert_eq!(PanelLayout::default().clamped(), PanelLayout::default());
    }

    #[test]
    fn toggle_pin_adds_and_removes_a_tag() {
        let mut layout = PanelLayout::default();
        layout.toggle_pin("jazz");
        layout.toggle_pin("rock");
        assert_eq!(layout.pinned, ["jazz", "rock"]);
        layout.toggle_pin("jazz");
        assert_eq!(layout.pinned, ["rock"]);
    }

    #[test]
    fn pin_of_a_row_stands_for_all_its_labels() {
        let row = || ["vocals", "singing"].into_iter();
        let mut layout = PanelLayout { pinned: vec!["singing".into(), "rock".into()], ..PanelLayout::default() };
        assert!(layout.is_row_pinned(row()));
        layout.toggle_row_pin(row());
        assert_eq!(layout.pinned, ["rock"]);
        layout.toggle_row_pin(row());
        assert_eq!(layout.pinned, ["rock", "vocals"]);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn saved_layout_is_restored_and_missing_fields_are_default() {
        let layout =
            PanelLayout { section: Section::Tags, pinned: vec!["jazz".into()], zoom: 1.5, ..PanelLayout::default() };
        let saved = serde_json::to_string(&layout).unwrap();
        assert_eq!(serde_json::from_str::<PanelLayout>(&saved).unwrap(), layout);
        let older = r#"{ "theme": "light", "of a later version": 3 }"#;
        let expected = PanelLayout { theme: Theme::Light, ..PanelLayout::default() };
        assert_eq!(serde_json::from_str::<PanelLayout>(older).unwrap(), expected);
        // Sections added later do not change the names of saved ones.
        for (section, saved) in [
            (Section::Live, "live"),
            (Section::Moods, "moods"),
            (Section::Tags, "tags"),
            (Section::Setup, "setup"),
            (Section::Descriptors, "descriptors"),
            (Section::Song, "song"),
            (Section::Features, "sound"),
        ] {
            let quoted = format!("\"{saved}\"");
            assert_eq!(serde_json::to_string(&section).unwrap(), quoted);
            assert_eq!(serde_json::from_str::<Section>(&quoted).unwrap(), section);
        }
    }
}
