//! MIDI clock: 24 ticks per beat on a line of beats, with Start and Stop on beats.
//!
//! Each tick is computed from the line, beat number times 24, so that no rounding adds up. The clock meets another line by a
//! bounded change of its tempo, never by a jump.

use std::time::{Duration, Instant};

/// Number of clock messages per beat (24 PPQN).
const CLOCKS_PER_BEAT: f64 = 24.0;
/// Range of the tempo in beats per minute. Outside of it the clock stops.
const TEMPO_RANGE_BPM: std::ops::RangeInclusive<f64> = 20.0..=400.0;
/// Relative change of the tempo by which the clock meets the phase of its target.
const MAX_SLEW: f64 = 0.03;
/// Number of beats for which the clock goes on after its target is lost.
const LOST_BEATS: f64 = 8.0;

/// MIDI real-time message of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tick {
    /// MIDI Start, immediately before the first clock message.
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

/// Line of beats that a clock follows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ClockTarget {
    /// A beat at an instant, and the tempo in BPM from there on.
    Beats {
        /// Tempo in BPM.
        bpm: f64,
        /// Instant of any beat.
        beat_at: Instant,
    },
    /// No tempo: the clock goes on for eight beats, then stops.
    Lost,
    /// The clock stops at once.
    Stopped,
}

/// Generator of MIDI clock messages.
#[derive(Debug, Default)]
pub(super) struct Clock {
    run: Option<Run>,
}

/// Running clock: beat `beat` is at `at`; the beats follow at `bpm` until `meets`, and at `target_bpm` from there on.
#[derive(Debug, Clone, Copy)]
struct Run {
    at: Instant,
    beat: f64,
    bpm: f64,
    target_bpm: f64,
    /// Beat at which the phase of the target is met.
    meets: f64,
    /// Number of the next tick: beats times 24.
    next: u64,
    started: bool,
    /// Beat at which the clock stops.
    ends: Option<f64>,
}

impl Run {
    /// Returns the position in beats at `at`.
    fn beats_at(&self, at: Instant) -> f64 {
        let seconds = if at >= self.at { (at - self.at).as_secs_f64() } else { -(self.at - at).as_secs_f64() };
        let beats = self.beat + seconds * self.bpm / 60.0;
        if beats <= self.meets {
            return beats;
        }
        self.meets + (beats - self.meets) * self.target_bpm / self.bpm
    }

    /// Returns the instant of a position in beats.
    fn time_of(&self, beats: f64) -> Instant {
        let first = (beats.min(self.meets) - self.beat) * 60.0 / self.bpm;
        let rest = (beats - self.meets).max(0.0) * 60.0 / self.target_bpm;
        let seconds = first + rest;
        let Some(before) = (seconds < 0.0).then(|| Duration::from_secs_f64(-seconds)) else {
            return self.at + Duration::from_secs_f64(seconds);
        };
        self.at.checked_sub(before).unwrap_or(self.at)
    }

    /// Moves to a line with a beat at `beat_at`, from `now` on.
    fn follow(&mut self, bpm: f64, beat_at: Instant, now: Instant) {
        let beats = self.beats_at(now);
        let since_s = if now >= beat_at { (now - beat_at).as_secs_f64() } else { -(beat_at - now).as_secs_f64() };
        // Beats that the clock is late, to the nearest beat of the line.
        let late = since_s * bpm / 60.0 - beats;
        let late = late - late.round();
        let slew = if late < 0.0 { -MAX_SLEW } else { MAX_SLEW };
        (self.at, self.beat, self.target_bpm, self.bpm) = (now, beats, bpm, bpm * (1.0 + slew));
        // The line advances by `late / slew` beats while the clock advances by that and `late`.
        self.meets = beats + late / slew * (1.0 + slew);
        self.ends = None;
    }
}

impl Clock {
    /// Sets the line of beats. Returns the message to send at once.
    pub(super) fn set_target(&mut self, target: ClockTarget, now: Instant) -> Option<Tick> {
        match (target, &mut self.run) {
            (ClockTarget::Beats { bpm, .. }, _) if !TEMPO_RANGE_BPM.contains(&bpm) => self.stop(),
            (ClockTarget::Beats { bpm, beat_at }, Some(run)) => {
                run.follow(bpm, beat_at, now);
                None
            }
            (ClockTarget::Beats { bpm, beat_at }, none) => {
                let mut run = Run {
                    at: beat_at,
                    beat: 0.0,
                    bpm,
                    target_bpm: bpm,
                    meets: f64::INFINITY,
                    next: 0,
                    started: false,
                    ends: None,
                };
                // The clock starts with the next beat.
                let next = run.beats_at(now).ceil();
                (run.at, run.meets) = (run.time_of(next), 0.0);
                *none = Some(run);
                None
            }
            (ClockTarget::Lost, Some(run)) => {
                let beats = run.beats_at(now);
                run.ends.get_or_insert((beats + LOST_BEATS).ceil());
                None
            }
            (ClockTarget::Stopped, _) => self.stop(),
            (ClockTarget::Lost, None) => None,
        }
    }

    fn stop(&mut self) -> Option<Tick> {
        self.run.take().filter(|run| run.started).map(|_| Tick::Stop)
    }

    /// Returns the due time of the next message.
    pub(super) fn due(&self) -> Option<Instant> {
        self.run.as_ref().map(|run| run.time_of(run.next as f64 / CLOCKS_PER_BEAT))
    }

    /// Returns the message that is due, if any, and the time since it was due. Messages more than a beat late are
    /// skipped.
    pub(super) fn tick(&mut self, now: Instant) -> Option<(Tick, Duration)> {
        let run = self.run.as_mut()?;
        let beat = run.next as f64 / CLOCKS_PER_BEAT;
        let due = run.time_of(beat);
        if now < due {
            return None;
        }
        let late = now - due;
        if run.ends.is_some_and(|ends| beat >= ends) {
            return self.stop().map(|tick| (tick, late));
        }
        if !std::mem::replace(&mut run.started, true) {
            return Some((Tick::Start, late));
        }
        run.next += 1;
        let present = run.beats_at(now);
        if present - run.next as f64 / CLOCKS_PER_BEAT > 1.0 {
            run.next = (present * CLOCKS_PER_BEAT).ceil() as u64;
        }
        Some((Tick::Clock, late))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Clock with its messages and their times in seconds, polled every 0.1 ms.
    struct Recorded {
        clock: Clock,
        begin: Instant,
        now_s: f64,
        sent: Vec<(Tick, f64)>,
    }

    impl Recorded {
        fn new() -> Self {
            Self {
                clock: Clock::default(),
                begin: Instant::now() + Duration::from_secs(60),
                now_s: 0.0,
                sent: Vec::new(),
            }
        }

        fn at(&self, seconds: f64) -> Instant {
            if seconds >= 0.0 {
                self.begin + Duration::from_secs_f64(seconds)
            } else {
                self.begin - Duration::from_secs_f64(-seconds)
            }
        }

        fn set(&mut self, target: ClockTarget) {
            let now = self.at(self.now_s);
            self.sent.extend(self.clock.set_target(target, now).map(|tick| (tick, self.now_s)));
        }

        /// Follows a line with a beat at `beat_s`.
        fn follow(&mut self, bpm: f64, beat_s: f64) {
            self.set(ClockTarget::Beats { bpm, beat_at: self.at(beat_s) });
        }

        fn run(&mut self, until_s: f64) {
            while self.now_s < until_s {
                let now = self.at(self.now_s);
                while let Some((tick, _)) = self.clock.tick(now) {
                    self.sent.push((tick, self.now_s));
                }
                self.now_s += 1e-4;
            }
        }

        fn clocks(&self) -> Vec<f64> {
            self.sent.iter().filter(|(tick, _)| *tick == Tick::Clock).map(|&(_, at_s)| at_s).collect()
        }
    }

    #[test]
    fn ticks_are_on_the_line_at_a_fractional_tempo_for_minutes() {
        let (bpm, beat_s) = (123.457, -0.2);
        let mut clock = Recorded::new();
        clock.follow(bpm, beat_s);
        for second in 1..=180 {
            clock.run(f64::from(second));
            // The same line, given by another of its beats.
            let beats = (clock.now_s * bpm / 60.0).floor();
            clock.follow(bpm, beat_s + beats * 60.0 / bpm);
        }
        let ticks = clock.clocks();
        assert_eq!(clock.sent[0].0, Tick::Start);
        for (index, at_s) in ticks.iter().enumerate() {
            let position = (at_s - beat_s) * bpm / 60.0 * 24.0;
            let off_s = (position - position.round()) / 24.0 * 60.0 / bpm;
            assert!(off_s.abs() < 3e-4, "tick {index} at {at_s} s: {off_s} s off");
        }
        let first = (ticks[0] - beat_s) * bpm / 60.0;
        assert!((first - first.round()).abs() < 1e-3, "the first tick is on a beat: {first}");
        let expected = (180.0 - ticks[0]) * bpm / 60.0 * 24.0;
        assert!((ticks.len() as f64 - expected).abs() <= 1.0, "{} ticks, {expected} expected", ticks.len());
    }

    #[test]
    fn another_phase_is_met_by_a_bounded_change_of_the_tempo() {
        for shift_s in [0.028, -0.028, 0.2, -0.2] {
            let mut clock = Recorded::new();
            clock.follow(120.0, 0.0);
            clock.run(4.0);
            clock.follow(120.0, shift_s);
            clock.run(16.0);
            let ticks = clock.clocks();
            let usual = 60.0 / 120.0 / 24.0;
            for pair in ticks.windows(2) {
                let ratio = (pair[1] - pair[0]) / usual;
                assert!((0.95..=1.05).contains(&ratio), "{shift_s}: {ratio} at {}", pair[0]);
            }
            let position = (ticks[ticks.len() - 1] - shift_s) * 2.0 * 24.0;
            let off_s = (position - position.round()) / 48.0;
            assert!(off_s.abs() < 3e-4, "{shift_s}: {off_s} s off at the end");
            // No beat is lost: the clock is at most half a beat from the line.
            let count = ticks.len() as f64;
            assert!((count - 16.0 * 48.0).abs() <= 12.0, "{shift_s}: {count} ticks");
        }
    }

    #[test]
    fn lost_clock_goes_on_for_eight_beats_and_a_stopped_one_ends_at_once() {
        let mut clock = Recorded::new();
        clock.follow(120.0, 0.0);
        clock.run(2.1);
        clock.set(ClockTarget::Lost);
        clock.run(20.0);
        let (last, at_s) = clock.sent[clock.sent.len() - 1];
        assert_eq!(last, Tick::Stop);
        assert!((6.0..=6.6).contains(&at_s), "{at_s}");
        assert_eq!(clock.clock.due(), None);
        clock.follow(90.0, 20.0);
        clock.run(23.0);
        assert_eq!(clock.sent.iter().filter(|(tick, _)| *tick == Tick::Start).count(), 2);
        clock.set(ClockTarget::Stopped);
        assert_eq!(clock.sent[clock.sent.len() - 1].0, Tick::Stop);
        clock.follow(1.0, 23.0);
        assert_eq!(clock.clock.due(), None, "outside of the range");
    }

    #[test]
    fn clock_skips_late_ticks_after_a_long_sleep() {
        let begin = Instant::now();
        let mut clock = Clock::default();
        clock.set_target(ClockTarget::Beats { bpm: 120.0, beat_at: begin }, begin);
        let later = begin + Duration::from_secs(60);
        let caught_up = (0..100).filter(|_| clock.tick(later).is_some()).count();
        assert!(caught_up <= 3, "{caught_up} messages at once");
    }
}
