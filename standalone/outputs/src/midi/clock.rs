//! MIDI clock: 24 ticks per beat, at a variable tempo.

use std::time::{Duration, Instant};

/// Number of clock messages per beat (24 PPQN).
const CLOCKS_PER_BEAT: f64 = 24.0;
/// Range of the tempo in beats per minute. Outside of it the clock stops.
const TEMPO_RANGE_BPM: std::ops::RangeInclusive<f32> = 20.0..=400.0;

/// MIDI real-time message of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tick {
    /// MIDI Start.
    Start,
    /// MIDI Clock, sent every 24th of a beat.
    Clock,
    /// MIDI Stop.
    Stop,
}

impl Tick {
    /// Returns the status byte.
    pub(super) fn byte(self) -> u8 {
        match self {
            Self::Start => 0xfa,
            Self::Clock => 0xf8,
            Self::Stop => 0xfc,
        }
    }
}

/// Generator of MIDI clock messages.
#[derive(Debug, Default)]
pub(super) struct Clock {
    /// Interval between two clock messages and due time of the next one; `None` while the clock is stopped.
    running: Option<(Duration, Instant)>,
}

impl Clock {
    /// Sets the tempo in beats per minute; `None` stops the clock. Returns the message to send at once.
    pub(super) fn set_tempo(&mut self, bpm: Option<f32>, now: Instant) -> Option<Tick> {
        let bpm = bpm.filter(|bpm| TEMPO_RANGE_BPM.contains(bpm));
        let interval = bpm.map(|bpm| Duration::from_secs_f64(60.0 / f64::from(bpm) / CLOCKS_PER_BEAT));
        match (interval, &mut self.running) {
            (None, None) => None,
            (None, Some(_)) => {
                self.running = None;
                Some(Tick::Stop)
            }
            (Some(interval), Some((before, due))) => {
                if *before != interval {
                    // The remaining time is scaled, so that the phase of the beat is kept.
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

    /// Returns the due time of the next clock message.
    pub(super) fn due(&self) -> Option<Instant> {
        self.running.map(|(_, due)| due)
    }

    /// Returns the clock message that is due, if any, and the time since it was due. Messages more than a beat late are
    /// skipped.
    pub(super) fn tick(&mut self, now: Instant) -> Option<(Tick, Duration)> {
        let (interval, due) = self.running.as_mut()?;
        if now < *due {
            return None;
        }
        let late = now - *due;
        *due += *interval;
        if now > *due + interval.mul_f64(CLOCKS_PER_BEAT) {
            *due = now + *interval;
        }
        Some((Tick::Clock, late))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_has_24_ticks_per_beat_at_a_changing_tempo() {
        let begin = Instant::now();
        let at = |seconds: f64| begin + Duration::from_secs_f64(seconds);
        let mut clock = Clock::default();
        assert_eq!(clock.set_tempo(Some(120.0), begin), Some(Tick::Start));
        let count = |clock: &mut Clock, from: f64, to: f64| {
            let steps = ((to - from) * 1000.0).round() as usize;
            (0..steps).filter(|step| clock.tick(at(from + *step as f64 / 1000.0)).is_some()).count()
        };
        assert_eq!(clock.tick(at(0.002)), Some((Tick::Clock, Duration::from_millis(2))));
        assert_eq!(count(&mut clock, 0.003, 1.0), 47);
        assert_eq!(clock.set_tempo(Some(60.0), at(1.0)), None);
        let slower = count(&mut clock, 1.0, 2.0);
        assert!((23..=25).contains(&slower), "{slower} clocks in a second at 60 BPM");
        assert_eq!(clock.set_tempo(None, at(2.0)), Some(Tick::Stop));
        assert_eq!(clock.set_tempo(Some(1.0), at(2.0)), None, "outside of the range");
        assert_eq!((count(&mut clock, 2.0, 3.0), clock.due()), (0, None));
    }

    #[test]
    fn clock_skips_late_ticks_after_a_long_sleep() {
        let begin = Instant::now();
        let mut clock = Clock::default();
        clock.set_tempo(Some(120.0), begin);
        let later = begin + Duration::from_secs(60);
        let caught_up = (0..100).filter(|_| clock.tick(later).is_some()).count();
        assert!(caught_up <= 2, "{caught_up} clocks at once");
    }
}
