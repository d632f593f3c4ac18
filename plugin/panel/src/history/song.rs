//! The average of this song so far.

/// The longest step between two rows that counts as listening, in seconds: more is a pause.
const MAX_STEP_S: f64 = 1.5;

/// The average of this song so far. Each prediction counts the same; silence does not count.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SongAverage {
    sums: Vec<f64>,
    rows: u64,
    silent_rows: u64,
    duration_s: f64,
    display_s: f64,
    /// For each whole tempo the sum of its probabilities.
    tempi: Vec<f32>,
}

impl SongAverage {
    /// The fastest tempo that is counted, in beats per minute.
    const TEMPO_BINS: usize = 512;

    /// Begins at a place on the tape.
    pub(super) fn new(tags: usize, display_s: f64) -> Self {
        Self { sums: vec![0.0; tags], display_s, ..Self::default() }
    }

    pub(super) fn forget_tags(&mut self, tags: usize) {
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

    /// The mean of a tag over all rows that were no silence, 0 to 1; none before the first, or of an unknown tag.
    #[must_use]
    pub fn mean(&self, tag: usize) -> Option<f32> {
        let sum = self.sums.get(tag)?;
        (self.rows > 0).then(|| (sum / self.rows as f64) as f32)
    }

    /// The tempo that most was heard at, weighed by probability, in whole beats per minute.
    #[must_use]
    pub fn bpm(&self) -> Option<f32> {
        let heard = self.tempi.iter().enumerate().filter(|(_, weight)| **weight > 0.0);
        heard.max_by(|a, b| a.1.total_cmp(b.1)).map(|(bpm, _)| bpm as f32)
    }

    /// Predictions that count.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Predictions that were silence.
    #[must_use]
    pub fn silent_rows(&self) -> u64 {
        self.silent_rows
    }

    /// Seconds of music behind the average; pauses do not count.
    #[must_use]
    pub fn duration_s(&self) -> f64 {
        self.duration_s
    }

    /// Where it began on the tape, in seconds.
    #[must_use]
    pub fn display_s(&self) -> f64 {
        self.display_s
    }
}
