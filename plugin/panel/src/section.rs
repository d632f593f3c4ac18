//! Sections of the panel: pages, and the groups of the setup page.

/// Section of the panel. The groups of the setup page are sections, so that each of them can be opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Section {
    /// Current tags with their history.
    #[default]
    Live,
    /// Moods and results of added models.
    Moods,
    /// Course and average of the current song.
    Song,
    /// Descriptors of the last seconds and of the song: key, loudness, rhythm.
    Descriptors,
    /// Setup: models and analysis.
    Setup,
    /// Setup: all tags with descriptions, pins, thresholds and controllers.
    Tags,
    /// Setup: appearance.
    Display,
    /// Setup: MIDI, OSC and reports.
    Outputs,
    /// Setup: counters and input features of the tag model. Saved as `sound`.
    #[cfg_attr(feature = "serde", serde(rename = "sound"))]
    Features,
}

impl Section {
    /// All sections: the pages in the order of their tabs, then the other groups of the setup page.
    pub const ALL: [Self; 9] = [
        Self::Live,
        Self::Moods,
        Self::Song,
        Self::Descriptors,
        Self::Setup,
        Self::Tags,
        Self::Display,
        Self::Outputs,
        Self::Features,
    ];
    /// Pages, in the order of their tabs.
    pub const PAGES: [Self; 5] = [Self::Live, Self::Moods, Self::Song, Self::Descriptors, Self::Setup];
    /// Groups of the setup page, in order.
    pub const GROUPS: [Self; 5] = [Self::Setup, Self::Tags, Self::Display, Self::Outputs, Self::Features];

    /// Returns the page to which the section belongs.
    #[must_use]
    pub fn page(self) -> Self {
        if Self::GROUPS.contains(&self) { Self::Setup } else { self }
    }

    /// Returns the label of the tab of the page to which the section belongs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.page() {
            Self::Live => "Now",
            Self::Moods => "Mood",
            Self::Song => "Song",
            Self::Descriptors => "Descriptors",
            _ => "Setup",
        }
    }

    /// Returns the label of the group of the setup page; empty for other sections.
    pub(crate) fn group_name(self) -> &'static str {
        match self {
            Self::Setup => "Model",
            Self::Tags => "Tags",
            Self::Display => "Display",
            Self::Outputs => "Outputs",
            Self::Features => "Diagnostics",
            _ => "",
        }
    }
}
