//! When the next MIDI clock is due: 24 to a beat, at a tempo that may change at any time.

use std::time::{Duration, Instant};

/// Clocks in a beat, as MIDI has it.
const PER_BEAT: f64 = 24.0;
/// Tempi beyond these are no music, in beats per minute.
const TEMPI: std::ops::RangeInclusive<f32> = 20.0..=400.0;

/// What a clock says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tick {
    /// It begins to run: MIDI's start.
    Start,
    /// A 24th of a beat.
    Clock,
    /// It stops: there is no tempo.
    Stop,
}

impl Tick {
    /// The MIDI byte.
    pub(super) fn byte(self) -> u8 {
        match self {
            Self::Start => 0xfa,
            Self::Clock => 0xf8,
            Self::Stop => 0xfc,
        }
    }
}

/// Follows a tempo.
#[derive(Debug, Default)]
pub(super) struct Clock {
    /// Time between two clocks and when the next one is due, while it runs.
    running: Option<(Duration, Instant)>,
}

impl Clock {
    /// Takes the tempo, in beats per minute, or that there is none; says what is to be sent at once.
    pub(super) fn set_tempo(&mut self, bpm: Option<f32>, now: Instant) -> Option<Tick> {
        let bpm = bpm.filter(|bpm| TEMPI.contains(bpm));
        let interval = bpm.map(|bpm| Duration::from_secs_f64(60.0 / f64::from(bpm) / PER_BEAT));
        match (interval, &mut self.running) {
            (None, None) => None,
            (None, Some(_)) => {
                self.running = None;
                Some(Tick::Stop)
            }
            (Some(interval), Some((before, due))) => {
                if *before != interval {
                    // What remains until the next clock is stretched, so that the beat does not jump.
                    let remains = due.saturating_duration_since(now).as_secs_f64() / before.as_secs_f64();
                    *due = now + interval.mul_f64(remains.min(1.0));
                    *before = interval;
                }
                None
            }
            (Some(interval), none) => {
                *none = Some((interval, now));
                Some(Tick::Start)
            }
        }
    }

    /// When it is next to be asked.
    pub(super) fn due(&self) -> Option<Instant> {
        self.running.map(|(_, due)| due)
    }

    /// The clock that is due now, if one is. Those that were missed by more than a beat are left out.
    pub(super) fn tick(&mut self, now: Instant) -> Option<Tick> {
        let (interval, due) = self.running.as_mut()?;
        if now < *due {
            return None;
        }
        *due += *interval;
        if now > *due + interval.mul_f64(PER_BEAT) {
            *due = now + *interval;
        }
        Some(Tick::Clock)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_24_clocks_to_a_beat_whatever_happens_to_the_tempo() {
        let begin = Instant::now();
        let at = |seconds: f64| begin + Duration::from_secs_f64(seconds);
        let mut clock = Clock::default();
        assert_eq!(clock.set_tempo(Some(120.0), begin), Some(Tick::Start));
        let count = |clock: &mut Clock, from: f64, to: f64| {
            let steps = ((to - from) * 1000.0).round() as usize;
            (0..steps).filter(|step| clock.tick(at(from + *step as f64 / 1000.0)).is_some()).count()
        };
        assert_eq!(count(&mut clock, 0.0, 1.0), 48);
        assert_eq!(clock.set_tempo(Some(60.0), at(1.0)), None);
        let slower = count(&mut clock, 1.0, 2.0);
        assert!((23..=25).contains(&slower), "{slower} clocks in a second at 60 BPM");
        assert_eq!(clock.set_tempo(None, at(2.0)), Some(Tick::Stop));
        assert_eq!(clock.set_tempo(Some(1.0), at(2.0)), None, "no tempo at all");
        assert_eq!((count(&mut clock, 2.0, 3.0), clock.due()), (0, None));
    }

    #[test]
    fn after_a_long_sleep_it_goes_on_without_catching_up() {
        let begin = Instant::now();
        let mut clock = Clock::default();
        clock.set_tempo(Some(120.0), begin);
        let later = begin + Duration::from_secs(60);
        let caught_up = (0..100).filter(|_| clock.tick(later).is_some()).count();
        assert!(caught_up <= 2, "{caught_up} clocks at once");
    }
}
