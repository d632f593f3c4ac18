//! Present tempo of a stream: the tempo of the predictions in a window of time.

use std::collections::VecDeque;

use crate::{Aggregation, GlobalTempo, LocalTempo, Prediction, PredictionValue, tempo};

/// Maximum number of predictions in a window. At one prediction per frame of TempoCNN, this is more than three minutes.
const MAX_PREDICTIONS: usize = 4096;

/// Present tempo of a stream, which follows it with bounded memory.
#[derive(Debug, Clone)]
pub struct LiveTempo {
    window_s: f64,
    aggregation: Aggregation,
    generation: u64,
    /// Tempi in the window, each with the end of its prediction.
    locals: VecDeque<(f64, LocalTempo)>,
}

impl LiveTempo {
    /// Default length of the window in seconds.
    pub const DEFAULT_WINDOW_S: f64 = 30.0;

    /// Creates a window of `window_s` seconds of source time, of at most 4096 predictions.
    #[must_use]
    pub fn new(window_s: f64, aggregation: Aggregation) -> Self {
        Self { window_s, aggregation, generation: 0, locals: VecDeque::new() }
    }

    /// Adds a prediction, and returns the present tempo; none before the first tempo. The cost is linear in the number of
    /// predictions in the window. Allocates.
    ///
    /// Silence and predictions of other kinds add nothing. A jump or a restart of the stream begins a new window.
    pub fn push(&mut self, prediction: &Prediction) -> Option<GlobalTempo> {
        if prediction.generation != self.generation {
            self.locals.clear();
            self.generation = prediction.generation;
        }
        if let PredictionValue::Tempo { local, .. } = prediction.outcome {
            self.locals.push_back((prediction.end_s, local));
        }
        let start_s = prediction.end_s - self.window_s;
        while self.locals.len() > MAX_PREDICTIONS || self.locals.front().is_some_and(|&(end_s, _)| end_s <= start_s) {
            self.locals.pop_front();
        }
        self.tempo()
    }

    /// Returns the tempo of the predictions in the window; none without predictions. Allocates.
    #[must_use]
    pub fn tempo(&self) -> Option<GlobalTempo> {
        let locals: Vec<LocalTempo> = self.locals.iter().map(|&(_, local)| local).collect();
        tempo::global(&locals, self.aggregation)
    }

    /// Returns the number of predictions in the window.
    #[must_use]
    pub fn len(&self) -> usize {
        self.locals.len()
    }

    /// Whether the window has no predictions.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.locals.is_empty()
    }
}

/// Creates a window of [`LiveTempo::DEFAULT_WINDOW_S`] with [`Aggregation::Majority`].
impl Default for LiveTempo {
    fn default() -> Self {
        Self::new(Self::DEFAULT_WINDOW_S, Aggregation::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(end_s: f64, bpm: f32, generation: u64) -> Prediction {
        let local = LocalTempo { bpm, confidence: 0.5 };
        let outcome = PredictionValue::Tempo { local, probabilities: Vec::new() };
        Prediction { model: "tempo".into(), generation, start_s: end_s - 12.0, end_s, outcome }
    }

    #[test]
    fn tempo_is_that_of_the_window_and_follows_a_change() {
        let mut live = LiveTempo::new(10.0, Aggregation::Majority);
        assert_eq!(live.tempo(), None);
        let bpm = |live: &mut LiveTempo, end_s, bpm| live.push(&at(end_s, bpm, 0)).unwrap().bpm;
        for second in 1..=20 {
            assert_eq!(bpm(&mut live, f64::from(second), 120.0), 120.0);
        }
        assert_eq!(live.len(), 10);
        let found: Vec<f32> = (21..=30).map(|second| bpm(&mut live, f64::from(second), 90.0)).collect();
        assert_eq!(found.iter().position(|&bpm| bpm == 90.0), Some(5), "{found:?}");
        let tempo = live.tempo().unwrap();
        assert_eq!((tempo.bpm, tempo.confidence), (90.0, 0.5));
        let silence = Prediction { outcome: PredictionValue::Silent, ..at(34.5, 0.0, 0) };
        assert_eq!(live.push(&silence).map(|tempo| tempo.bpm), Some(90.0));
        assert_eq!(live.len(), 6, "the window moves with silence");
        assert_eq!(live.push(&at(2.0, 140.0, 1)).unwrap().bpm, 140.0, "a jump begins a new window");
        assert_eq!(live.len(), 1);
    }

    #[test]
    fn memory_is_bounded_at_any_rate_of_predictions() {
        let mut live = LiveTempo::default();
        assert!(live.is_empty());
        for step in 0..3 * MAX_PREDICTIONS {
            live.locals.push_back((step as f64 * 1e-3, LocalTempo { bpm: 120.0, confidence: 1.0 }));
            if step % 1024 == 0 {
                live.push(&at(step as f64 * 1e-3, 120.0, 0));
                assert!(live.len() <= MAX_PREDICTIONS, "{}", live.len());
            }
        }
    }

    #[test]
    fn window_as_long_as_the_stream_has_the_tempo_of_the_piece() {
        let bpms = [120.0, 60.0, 60.0, 121.0, 120.0, 61.0, 120.0];
        let locals: Vec<_> = bpms.iter().map(|&bpm| LocalTempo { bpm, confidence: 0.5 }).collect();
        for aggregation in [Aggregation::Majority, Aggregation::Mean, Aggregation::Median] {
            let mut live = LiveTempo::new(f64::INFINITY, aggregation);
            let last = bpms.iter().enumerate().map(|(second, &bpm)| live.push(&at(second as f64, bpm, 0))).last();
            assert_eq!(last.unwrap(), tempo::global(&locals, aggregation));
        }
    }
}
