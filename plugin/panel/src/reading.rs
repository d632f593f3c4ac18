//! Latest prediction of a model, as the panel shows it.

use std::sync::Arc;

/// Latest prediction of one model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading<T> {
    /// Id of the model.
    pub model: Arc<str>,
    /// Source time of the first analyzed sample, in seconds.
    pub start_s: f64,
    /// Source time after the last analyzed sample, in seconds.
    pub end_s: f64,
    /// Age in seconds: current source time minus [`Reading::end_s`].
    pub age_s: f64,
    /// Whether the analyzed audio was silent.
    pub silent: bool,
    /// Whether the reading is from before a jump, or of an analysis that restarts. The panel shows it dimmed until a new
    /// one replaces it.
    pub stale: bool,
    /// Predicted values.
    pub value: T,
}

/// Values of the selected tag model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TagValues {
    /// Labels. The vectors below have one value per label, in the same order.
    pub labels: Arc<[Arc<str>]>,
    /// Smoothed probabilities, 0 to 1.
    pub smooth: Vec<f32>,
    /// Active tags: each rose above its threshold and has not fallen below the lower one.
    pub active: Vec<bool>,
}

/// Values of the selected tempo model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TempoValue {
    /// Tempo in beats per minute.
    pub bpm: f32,
    /// Probability of this tempo, 0 to 1.
    pub confidence: f32,
    /// Half and double tempo, if the model has classes for them, likelier first.
    pub alternatives: Vec<AlternativeTempo>,
    /// Certainty of the tempo.
    pub state: TempoState,
}

/// Certainty of a tempo.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TempoState {
    /// The tempo follows each prediction: outlined digits.
    #[default]
    Likely,
    /// The tempo is held until the music contradicts it: solid digits.
    Locked,
    /// The tempo was locked, and the present music neither confirms nor contradicts it: solid digits.
    Holding,
}

/// Position in a bar of four beats.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct BeatPhase {
    /// Beat in the bar, 1 to 4.
    pub beat: u8,
    /// Share of the beat that has passed, 0 to 1.
    pub phase: f32,
}

/// Half or double of the detected tempo.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct AlternativeTempo {
    /// Tempo in beats per minute.
    pub bpm: f32,
    /// Probability of this tempo, 0 to 1.
    pub confidence: f32,
}

/// Values of an added model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelValues {
    /// Name of the model for display.
    pub name: Arc<str>,
    /// Widget for the values.
    pub presentation: Presentation,
    /// Labels; empty for a pitch or a tempo.
    pub labels: Arc<[Arc<str>]>,
    /// Smoothed values on the scale of the model, in the order of the labels. A pitch has Hz and confidence; a tempo
    /// has beats per minute and confidence.
    pub values: Vec<f32>,
    /// Active labels; empty for a pitch or a tempo.
    pub active: Vec<bool>,
    /// Name of the tag model from whose tags the values are derived; none for a model of its own.
    pub derived_from: Option<Arc<str>>,
}

/// Widget that draws the values of an added model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Presentation {
    /// Dial of a binary classifier, 0 to 1.
    Dial {
        /// Index of the positive class.
        class: usize,
    },
    /// Bars of the classes or tags with the highest probabilities.
    Bars,
    /// Rows of sound events over time.
    Events,
    /// Point on an XY plot.
    XyPlot {
        /// Index of the value on the x axis.
        across: usize,
        /// Index of the value on the y axis.
        up: usize,
        /// Lower limit of the scale.
        low: f32,
        /// Upper limit of the scale.
        high: f32,
    },
    /// Bars on a numeric scale.
    ValueBars {
        /// Lower limit of the scale.
        low: f32,
        /// Upper limit of the scale.
        high: f32,
    },
    /// Note and curve of a pitch.
    Pitch,
    /// Number of a tempo.
    Tempo,
}

/// Latest prediction of the selected tag model.
pub type TagReading = Reading<TagValues>;

/// Latest prediction of the selected tempo model.
pub type TempoReading = Reading<TempoValue>;

/// Latest prediction of an added model.
pub type ModelReading = Reading<ModelValues>;
