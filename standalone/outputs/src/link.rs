//! Ableton Link: programs of the network that share a tempo get the one that is heard.

use rusty_link::{AblLink, SessionState};

/// A tempo is passed on when it was heard so many times, one after the other: everybody follows it, so it must not
/// flutter.
const TIMES: u32 = 3;
/// Tempi that Link has, in beats per minute.
const TEMPI: std::ops::RangeInclusive<f32> = 20.0..=999.0;

/// Takes part in Link until it is dropped.
pub(crate) struct Link {
    link: AblLink,
    steady: Steady,
}

impl Link {
    /// Takes part from now on.
    pub(crate) fn start() -> Self {
        let link = AblLink::new(120.0);
        link.enable(true);
        Self { link, steady: Steady::default() }
    }

    /// Takes the tempo that is heard, in beats per minute; none in silence, which changes nothing.
    pub(crate) fn follow(&mut self, bpm: Option<f32>) {
        if let Some(bpm) = self.steady.take(bpm) {
            let mut state = SessionState::new();
            self.link.capture_app_session_state(&mut state);
            state.set_tempo(bpm.into(), self.link.clock_micros());
            self.link.commit_app_session_state(&state);
        }
    }
}

/// Waits until a tempo is steady.
#[derive(Debug, Default)]
struct Steady {
    heard: Option<f32>,
    times: u32,
    given: Option<f32>,
}

impl Steady {
    /// The tempo, when it has just become steady and is another than before.
    fn take(&mut self, bpm: Option<f32>) -> Option<f32> {
        let bpm = bpm.filter(|bpm| TEMPI.contains(bpm));
        self.times = if bpm == self.heard { self.times + 1 } else { 1 };
        self.heard = bpm;
        let bpm = bpm.filter(|_| self.times >= TIMES && self.given != bpm)?;
        self.given = Some(bpm);
        Some(bpm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tempo_is_passed_on_once_when_it_is_steady() {
        let mut steady = Steady::default();
        let heard = [120.0, 120.0, 61.0, 120.0, 120.0, 120.0, 120.0, 10.0, 10.0, 10.0, 90.0, 90.0, 90.0];
        let given: Vec<f32> = heard.into_iter().filter_map(|bpm| steady.take(Some(bpm))).collect();
        assert_eq!(given, [120.0, 90.0]);
        assert_eq!(steady.take(None), None);
    }
}
