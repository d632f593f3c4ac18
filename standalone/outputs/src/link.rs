//! Ableton Link: publishes the estimated tempo to the Link session of the local network.

use rusty_link::{AblLink, SessionState};

/// Number of equal estimates in a row after which a tempo is published: all peers follow it, so it must be stable.
const STABLE_COUNT: u32 = 3;
/// Range of Link's tempo, in beats per minute.
const TEMPO_RANGE_BPM: std::ops::RangeInclusive<f32> = 20.0..=999.0;

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

    /// Processes a tempo estimate in beats per minute; `None` (silence) does not change the tempo of the session.
    pub fn update(&mut self, bpm: Option<f32>) {
        if let Some(bpm) = self.debouncer.process(bpm) {
            let mut state = SessionState::new();
            self.link.capture_app_session_state(&mut state);
            state.set_tempo(bpm.into(), self.link.clock_micros());
            self.link.commit_app_session_state(&state);
        }
    }
}

/// Debouncer of tempo estimates.
#[derive(Debug, Default)]
struct TempoDebouncer {
    last: Option<f32>,
    count: u32,
    published: Option<f32>,
}

impl TempoDebouncer {
    /// Returns the tempo once it is stable, if it differs from the last one that was returned.
    fn process(&mut self, bpm: Option<f32>) -> Option<f32> {
        let bpm = bpm.filter(|bpm| TEMPO_RANGE_BPM.contains(bpm));
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
        let published: Vec<f32> = estimates.into_iter().filter_map(|bpm| debouncer.process(Some(bpm))).collect();
        assert_eq!(published, [120.0, 90.0]);
        assert_eq!(debouncer.process(None), None);
    }
}
