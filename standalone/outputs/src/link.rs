//! Ableton Link: passes the estimated tempo to the programs of the network that share one.

use rusty_link::{AblLink, SessionState};

/// Number of equal estimates in a row after which a tempo is passed on: all programs follow it, so it must not flutter.
const STABLE_COUNT: u32 = 3;
/// Range of Link's tempo, in beats per minute.
const TEMPO_RANGE_BPM: std::ops::RangeInclusive<f32> = 20.0..=999.0;

/// Peer of a Link session until this is dropped.
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

    /// Takes an estimate of the tempo, in beats per minute; `None` in silence, which changes nothing.
    pub fn follow(&mut self, bpm: Option<f32>) {
        if let Some(bpm) = self.debouncer.take(bpm) {
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
    times: u32,
    given: Option<f32>,
}

impl TempoDebouncer {
    /// Returns the tempo when it has just become stable and differs from the one before.
    fn take(&mut self, bpm: Option<f32>) -> Option<f32> {
        let bpm = bpm.filter(|bpm| TEMPO_RANGE_BPM.contains(bpm));
        self.times = if bpm == self.last { self.times + 1 } else { 1 };
        self.last = bpm;
        let bpm = bpm.filter(|_| self.times >= STABLE_COUNT && self.given != bpm)?;
        self.given = Some(bpm);
        Some(bpm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tempo_is_passed_on_once_when_it_is_stable() {
        let mut debouncer = TempoDebouncer::default();
        let estimates = [120.0, 120.0, 61.0, 120.0, 120.0, 120.0, 120.0, 10.0, 10.0, 10.0, 90.0, 90.0, 90.0];
        let given: Vec<f32> = estimates.into_iter().filter_map(|bpm| debouncer.take(Some(bpm))).collect();
        assert_eq!(given, [120.0, 90.0]);
        assert_eq!(debouncer.take(None), None);
    }
}
