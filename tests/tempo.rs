//! R46: the live tempo of pieces with known beats, and of streams without a tempo.

mod changes;
mod pieces;

use earmark_dsp::SampleRate;
use earmark_models::{BeatEvent, Gate, Registry, TempoEvent, TempoTracker, TempoUpdate};

/// Tempo model of the tests.
const MODEL: &str = "tempocnn-deepsquare-k8";
/// Relative difference up to which a tempo is right.
const TOLERANCE: f64 = 0.04;

/// Live tempi and beats of a stream.
struct Tracked {
    updates: Vec<TempoUpdate>,
    beats: Vec<BeatEvent>,
}

impl Tracked {
    /// Returns the last update that ends until `at_s` (seconds).
    fn at(&self, at_s: f64) -> &TempoUpdate {
        self.updates.iter().rfind(|update| update.end_s <= at_s).unwrap()
    }
}

/// Tracks mono samples in blocks of 512.
fn track(samples: &[f32], rate_hz: f64) -> Tracked {
    let model = Registry::global().load(MODEL).unwrap();
    let mut tracker =
        TempoTracker::new(SampleRate::new(rate_hz).unwrap(), Some(&model), Some(Gate::default())).unwrap();
    let (mut updates, mut beats) = (Vec::new(), Vec::new());
    for block in samples.chunks(512) {
        let mut sort = |event| match event {
            TempoEvent::Tempo(update) => updates.push(update),
            TempoEvent::Beat(beat) => beats.push(beat),
        };
        tracker.push(block, &mut sort).unwrap();
    }
    Tracked { updates, beats }
}

/// Whether a tempo is near another one.
fn is_near(bpm: f64, expected: f64) -> bool {
    (bpm / expected - 1.0).abs() <= TOLERANCE
}
