//! Reasons why a value is missing or not reliable.

/// Amount of music that a descriptor needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum RequiredMusic {
    /// Window of this length in seconds.
    Seconds(f32),
    /// Whole song. A shorter window has a value that changes from passage to passage.
    Song,
}

/// Length in seconds of a window that is shown for a descriptor of a whole song.
const FULL_WINDOW_S: f32 = 30.0;

impl RequiredMusic {
    /// Required length of the window in seconds.
    pub(super) fn seconds(self) -> f32 {
        match self {
            Self::Seconds(seconds) => seconds,
            Self::Song => FULL_WINDOW_S,
        }
    }

    /// Returns the reason why a value of a window is not reliable.
    pub(super) fn reason(self, window_s: f32) -> String {
        match self.too_short(window_s) {
            Some(reason) => reason,
            None if self == Self::Song => {
                format!("reliable over a whole song: the window has {:.0} s", whole_seconds(window_s))
            }
            None => "varies between passages of this music".into(),
        }
    }

    /// Returns the reason why a window has no value.
    pub(super) fn absence(self, window_s: f32) -> String {
        let unknown = || format!("not found in the last {:.0} s", whole_seconds(window_s));
        self.too_short(window_s).unwrap_or_else(unknown)
    }

    fn too_short(self, window_s: f32) -> Option<String> {
        let short = whole_seconds(window_s) < self.seconds();
        short.then(|| format!("needs {:.0} s of music: {:.0} s so far", self.seconds(), whole_seconds(window_s)))
    }
}

/// Returns complete seconds; 0 for a length that is negative or NaN.
pub(super) fn whole_seconds(seconds: f32) -> f32 {
    seconds.max(0.0).floor()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reason_states_the_missing_music() {
        let thirty = RequiredMusic::Seconds(30.0);
        assert_eq!(thirty.reason(12.9), "needs 30 s of music: 12 s so far");
        assert_eq!(thirty.absence(29.9), "needs 30 s of music: 29 s so far");
        assert_eq!(thirty.absence(f32::NAN), "needs 30 s of music: 0 s so far");
    }

    #[test]
    fn long_window_has_another_reason() {
        let thirty = RequiredMusic::Seconds(30.0);
        assert_eq!(thirty.reason(30.0), "varies between passages of this music");
        assert_eq!(thirty.absence(30.0), "not found in the last 30 s");
        assert_eq!(RequiredMusic::Song.reason(12.0), "needs 30 s of music: 12 s so far");
        assert_eq!(RequiredMusic::Song.reason(30.0), "reliable over a whole song: the window has 30 s");
    }
}
