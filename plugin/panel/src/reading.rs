//! Latest prediction of a model, as the panel shows it.

use std::sync::Arc;

/// Latest prediction of one model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading<T> {
    /// Id of the model.
    pub model: Arc<str>,
    /// Source time of the first analyzed sample, in seconds.
    pub start_s: f64,
    /// Source time behind the last analyzed sample, in seconds.
    pub end_s: f64,
    /// Age in seconds: now less [`Reading::end_s`].
    pub age_s: f64,
    /// Whether the patch was silence.
    pub silent: bool,
    /// Predicted values.
    pub value: T,
}

/// Values of the chosen tag model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TagValues {
    /// Labels; the vectors below have as many values, in the same order.
    pub labels: Arc<[Arc<str>]>,
    /// Probabilities as they were predicted, 0 to 1.
    pub raw: Vec<f32>,
    /// Probabilities averaged over time, 0 to 1: the lengths of the bars.
    pub smooth: Vec<f32>,
    /// Which tags are active: above the upper threshold and not yet below the lower one.
    pub active: Vec<bool>,
}

/// Values of the chosen tempo model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TempoValue {
    /// Beats per minute.
    pub bpm: f32,
    /// Probability of that tempo, 0 to 1.
    pub confidence: f32,
    /// Half and double the tempo as far as the model has classes for them, the likelier first.
    pub alternatives: Vec<AlternativeTempo>,
}

/// Another tempo that the music could be counted in.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct AlternativeTempo {
    /// Beats per minute.
    pub bpm: f32,
    /// Probability of that tempo, 0 to 1.
    pub confidence: f32,
}

/// Values of an added model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelValues {
    /// Name for display.
    pub name: Arc<str>,
    /// Widget that suits the model.
    pub presentation: Presentation,
    /// Labels; empty of a pitch or a tempo.
    pub labels: Arc<[Arc<str>]>,
    /// Values averaged over time, on the model's scale, in the order of the labels. Of a pitch, Hz and confidence; of a
    /// tempo, beats per minute and confidence.
    pub values: Vec<f32>,
    /// Which labels are active; empty of a pitch or a tempo.
    pub active: Vec<bool>,
}

/// Widget that suits an added model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Presentation {
    /// One class against its opposite, 0 to 1.
    Dial {
        /// Index of the class that the model is named after.
        class: usize,
    },
    /// Classes or tags with a probability each: the strongest, as bars.
    Bars,
    /// Sounds that come and go: a lane.
    Events,
    /// Two quantities: a point on a plane.
    XyPlot {
        /// Index of the quantity from left to right.
        across: usize,
        /// Index of the quantity from bottom to top.
        up: usize,
        /// Lowest value of the scale.
        low: f32,
        /// Highest value of the scale.
        high: f32,
    },
    /// Quantities on a scale.
    ValueBars {
        /// Lowest value of the scale.
        low: f32,
        /// Highest value of the scale.
        high: f32,
    },
    /// A pitch: a line.
    Pitch,
    /// A tempo: a number.
    Tempo,
}

/// Latest prediction of the chosen tag model.
pub type TagReading = Reading<TagValues>;

/// Latest prediction of the chosen tempo model.
pub type TempoReading = Reading<TempoValue>;

/// Latest prediction of an added model.
pub type ModelReading = Reading<ModelValues>;
