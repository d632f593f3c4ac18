//! Average of tags and tempo over a song.

/// Longest distance between two rows that counts as music, in seconds. A longer distance is a pause.
const MAX_STEP_S: f64 = 1.5;

/// Average of the current song. Each prediction has the same weight; silence does not count.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SongAverage {
    sums: Vec<f64>,
    rows: u64,
    silent_rows: u64,
    duration_s: f64,
    display_s: f64,
    /// Sum of the probabilities of each whole tempo in beats per minute.
    tempi: Vec<f32>,
}

impl SongAverage {
    /// Number of whole tempi, from 0 beats per minute.
    const TEMPO_BINS: usize = 512;

    /// Returns an empty average that begins at a display time.
    pub(super) fn new(tags: usize, display_s: f64) -> Self {
        Self { sums: vec![0.0; tags], display_s, ..Self::default() }
    }

    pub(super) fn reset_tags(&mut self, tags: usize) {
        *self = Self { tempi: std::mem::take(&mut self.tempi), ..Self::new(tags, self.display_s) };
    }

    pub(super) fn add_tags(&mut self, values: Option<&[f32]>, step_s: f64) {
        let Some(values) = values else {
            self.silent_rows += 1;
            return;
        };
        self.rows += 1;
        self.duration_s += step_s.clamp(0.0, MAX_STEP_S);
        for (sum, &value) in self.sums.iter_mut().zip(values) {
            *sum += if value.is_finite() { f64::from(value.clamp(0.0, 1.0)) } else { 0.0 };
        }
    }

    pub(super) fn add_tempo(&mut self, bpm: f32, confidence: f32) {
        if bpm < 0.0 || bpm >= Self::TEMPO_BINS as f32 - 1.0 {
            return;
        }
        self.tempi.resize(Self::TEMPO_BINS, 0.0);
        self.tempi[bpm.round() as usize] += confidence.clamp(0.0, 1.0);
    }

    /// Returns the mean of a tag over all rows that are not silent, 0 to 1. None without rows, or for an unknown tag.
    #[must_use]
    pub fn mean(&self, tag: usize) -> Option<f32> {
        let sum = self.sums.get(tag)?;
        (self.rows > 0).then(|| (sum / self.rows as f64) as f32)
    }

    /// Returns the most frequent tempo, weighted by probability, in whole beats per minute.
    #[must_use]
    pub fn bpm(&self) -> Option<f32> {
        let detected = self.tempi.iter().enumerate().filter(|(_, weight)| **weight > 0.0);
        detected.max_by(|a, b| a.1.total_cmp(b.1)).map(|(bpm, _)| bpm as f32)
    }

    /// Returns the number of predictions in the average.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns the number of silent predictions.
    #[must_use]
    pub fn silent_rows(&self) -> u64 {
        self.silent_rows
    }

    /// Returns the duration of the averaged music in seconds, without pauses.
    #[must_use]
    pub fn duration_s(&self) -> f64 {
        self.duration_s
    }

    /// Returns the display time at the begin of the song, in seconds.
    #[must_use]
    pub fn display_s(&self) -> f64 {
        self.display_s
    }
}
