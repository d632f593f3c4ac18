//! Silence gate: predictions for silence have no meaning, so silent patches are not analyzed.

/// Silence gate: detects silent patches by the levels of their frames.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gate {
    /// Level below which a frame is silent, in dB relative to full scale (RMS 1.0; default -70).
    pub floor_dbfs: f32,
    /// Share of silent frames from which a patch is silent, 0 to 1 (default 0.95).
    pub share: f32,
}

impl Default for Gate {
    /// Returns the default gate: 95 % of frames below -70 dBFS, which is below the noise of recordings and far below
    /// soft music.
    fn default() -> Self {
        Self { floor_dbfs: -70.0, share: 0.95 }
    }
}

impl Gate {
    /// Whether a patch is silent, given the mean square of each of its frames.
    #[must_use]
    pub fn is_silent(&self, levels: &[f32]) -> bool {
        let floor = 10.0_f32.powf(self.floor_dbfs / 10.0);
        let silent = levels.iter().filter(|&&level| level < floor).count();
        silent as f32 >= self.share * levels.len() as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patch_is_silent_if_95_percent_of_its_frames_are() {
        let level = |dbfs: f32| 10.0_f32.powf(dbfs / 10.0);
        // 100 frames, `loud_frames` of them at the second level.
        for (rest, loud, loud_frames, silent) in [
            (-120.0, -120.0, 0, true),
            (-120.0, -20.0, 5, true),
            (-120.0, -20.0, 6, false),
            (-71.0, -71.0, 0, true),
            (-69.0, -69.0, 0, false),
            (-50.0, -50.0, 0, false),
            (f32::NEG_INFINITY, 0.0, 5, true),
        ] {
            let mut levels = vec![level(rest); 100];
            levels[..loud_frames].fill(level(loud));
            assert_eq!(Gate::default().is_silent(&levels), silent, "{loud_frames} of {loud} in {rest} dBFS");
        }
    }
}
