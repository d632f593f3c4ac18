//! Ableton Link: publishes the estimated tempo to the Link session of the local network.

use std::time::{Duration, Instant};

use rusty_link::{AblLink, SessionState};

/// Number of equal estimates in a row after which a tempo is published: all peers follow it, so it must be stable.
const STABLE_COUNT: u32 = 3;
/// Quantum of the requested phase, in beats: one beat, because the bar is not known.
const QUANTUM: f64 = 1.0;
/// Range of Link's tempo, in beats per minute.
const TEMPO_RANGE_BPM: std::ops::RangeInclusive<f64> = 20.0..=999.0;

/// Peer of a Link session, which it leaves when it is dropped.
pub struct LinkPeer {
    link: AblLink,
    debouncer: TempoDebouncer,
}

impl LinkPeer {
    /// Joins the Link session.
    #[must_use]
    pub fn start() -> Self {
        let link = AblLink::new(120.0);
        link.enable(true);
        Self { link, debouncer: TempoDebouncer::default() }
    }

    /// Processes a locked tempo in beats per minute with the instant of a beat, if it is known. `None` does not change the
    /// tempo of the session. The phase is requested with the tempo: alone in a session it is set, with peers Link keeps
    /// theirs.
    pub fn update(&mut self, bpm: Option<f64>, beat_at: Option<Instant>) {
        let Some(bpm) = self.debouncer.process(bpm) else { return };
        let mut state = SessionState::new();
        self.link.capture_app_session_state(&mut state);
        let now = self.link.clock_micros();
        state.set_tempo(bpm, now);
        if let Some(beat_at) = beat_at {
            let micros = |duration: Duration| i64::try_from(duration.as_micros()).unwrap_or(0);
            let present = Instant::now();
            let at = now + micros(beat_at.saturating_duration_since(present))
                - micros(present.saturating_duration_since(beat_at));
            let beat = state.beat_at_time(at, QUANTUM).round();
            state.request_beat_at_time(beat, at, QUANTUM);
        }
        self.link.commit_app_session_state(&state);
    }
}

/// Debouncer of tempo estimates.
#[derive(Debug, Default)]
struct TempoDebouncer {
    last: Option<f64>,
    count: u32,
    published: Option<f64>,
}

impl TempoDebouncer {
    /// Returns the tempo once it is stable, if it differs from the last one that was returned.
    fn process(&mut self, bpm: Option<f64>) -> Option<f64> {
        // A tenth of a BPM is the accuracy of a locked tempo.
        let bpm = bpm.filter(|bpm| TEMPO_RANGE_BPM.contains(bpm)).map(|bpm| (bpm * 10.0).round() / 10.0);
        self.count = if bpm == self.last { self.count + 1 } else { 1 };
        self.last = bpm;
        let bpm = bpm.filter(|_| self.count >= STABLE_COUNT && self.published != bpm)?;
        self.published = Some(bpm);
        Some(bpm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tempo_is_published_once_when_stable() {
        let mut debouncer = TempoDebouncer::default();
        let estimates = [120.0, 120.0, 61.0, 120.0, 120.0, 120.0, 120.0, 10.0, 10.0, 10.0, 90.0, 90.0, 90.0];
        let published: Vec<f64> = estimates.into_iter().filter_map(|bpm| debouncer.process(Some(bpm))).collect();
        assert_eq!(published, [120.0, 90.0]);
        assert_eq!(debouncer.process(None), None);
    }
}
