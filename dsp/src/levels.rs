//! Levels and onsets of a stream, 50 times per second and with a delay of a few milliseconds.
//!
//! ```text
//! samples ─┬─ mean square, peak ────────────────┐
//!          ├─ low, mid, high ───────────────────┼─ every 20 ms ─► LevelFrame
//!          ├─ spectrum of the last samples ─────┘
//!          └─ kick, body, snare, hat ─ every 2.5 ms ─ detectors ─► Onset
//! ```

mod analyzer;
mod band_filters;
mod centroid;
mod onset_detector;
mod values;

pub use analyzer::LevelAnalyzer;
pub use values::{LEVEL_FRAMES_PER_S, LevelEvent, LevelFrame, Onset, OnsetBand};
