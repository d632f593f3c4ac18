//! Order of measures on a machine that is too slow: longer hops, one network, pause. A state machine without a clock.

use std::collections::VecDeque;

use crate::mode::OperatingMode;

/// Source time in seconds over which late runs are counted.
const WINDOW_S: f64 = 5.0;

/// Share of late runs in per cent above which the next measure is taken.
const MAX_LATE_PERCENT: usize = 5;

/// Source time in seconds without a late run after which a measure is taken back.
const RECOVERY_S: f64 = 30.0;

/// Source time in seconds after which a paused separation is tried again.
const RETRY_S: f64 = 10.0;

/// Source time in seconds at the start of a stream in which late runs lead to no measure until one is on time: samples wait
/// while the networks are loaded.
const START_S: f64 = 2.0;

/// Longest hop that a measure sets, in frames.
const MAX_HOP: usize = 16;

/// Shortest deadline that a longer hop may leave, in frames.
const MIN_DEADLINE: usize = 2;

/// Measure against late runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// None: the schedule of the mode.
    Full,
    /// A longer hop within the declared latency.
    LongerHop {
        /// Frames between two runs.
        hop: usize,
        /// Look-ahead in frames.
        look_ahead: usize,
    },
    /// One of the two networks, with the schedule of the mode.
    OneNetwork,
    /// No separation: all of the sound is accompaniment.
    Paused,
}

/// State machine of the measures of one stream.
#[derive(Debug)]
pub(crate) struct Overload {
    steps: Vec<Measure>,
    current: usize,
    /// Times of the runs in the window, and whether they were late.
    runs: VecDeque<(f64, bool)>,
    /// Time of the last change of the measure.
    changed_s: f64,
    last_late_s: f64,
    /// Whether a run was on time.
    caught_up: bool,
}

impl Overload {
    /// Creates the state machine of a mode. Without `has_eco` one network alone is no measure.
    pub(crate) fn new(mode: OperatingMode, has_eco: bool) -> Self {
        let mut steps = vec![Measure::Full];
        if let Some([hop, look_ahead, deadline]) = mode.frames() {
            steps.extend(longer_hops(hop, look_ahead, deadline));
            if has_eco {
                steps.push(Measure::OneNetwork);
            }
            steps.push(Measure::Paused);
        }
        Self {
            steps,
            current: 0,
            runs: VecDeque::with_capacity(256),
            changed_s: 0.0,
            last_late_s: 0.0,
            caught_up: false,
        }
    }

    /// Returns the current measure.
    pub(crate) fn measure(&self) -> Measure {
        self.steps[self.current]
    }

    /// Adds a run that ended at source time `now_s`. Returns the new measure if it changes.
    pub(crate) fn record(&mut self, now_s: f64, late: bool) -> Option<Measure> {
        self.caught_up |= !late || now_s >= START_S;
        let late = late && self.caught_up;
        self.runs.push_back((now_s, late));
        while self.runs.front().is_some_and(|&(at_s, _)| at_s <= now_s - WINDOW_S) {
            self.runs.pop_front();
        }
        if late {
            self.last_late_s = now_s;
        }
        let late = self.runs.iter().filter(|(_, late)| *late).count();
        let measured = now_s - self.changed_s >= WINDOW_S;
        let too_late = measured && late * 100 > self.runs.len() * MAX_LATE_PERCENT;
        if too_late && self.current + 1 < self.steps.len() {
            return Some(self.change(self.current + 1, now_s));
        }
        self.advance(now_s)
    }

    /// Takes a measure back if its time has come. Returns the new measure if it changes.
    pub(crate) fn advance(&mut self, now_s: f64) -> Option<Measure> {
        let clean_s = now_s - self.changed_s.max(self.last_late_s);
        let due = match self.measure() {
            Measure::Full => false,
            Measure::Paused => now_s - self.changed_s >= RETRY_S,
            Measure::LongerHop { .. } | Measure::OneNetwork => clean_s >= RECOVERY_S,
        };
        due.then(|| self.change(self.current - 1, now_s))
    }

    fn change(&mut self, to: usize, now_s: f64) -> Measure {
        self.current = to;
        self.changed_s = now_s;
        self.runs.clear();
        self.measure()
    }
}

/// Returns the schedules with doubled hops that fit into the same latency: look-ahead, then deadline, is shortened.
fn longer_hops(hop: usize, look_ahead: usize, deadline: usize) -> impl Iterator<Item = Measure> {
    let total = hop + look_ahead + deadline;
    let hops = std::iter::successors(Some(2 * hop), |hop| Some(2 * hop)).take_while(|hop| *hop <= MAX_HOP);
    hops.filter_map(move |hop| {
        let rest = total.checked_sub(hop)?;
        let deadline = deadline.min(rest);
        let look_ahead = (rest - deadline).min(look_ahead);
        (deadline >= MIN_DEADLINE).then_some(Measure::LongerHop { hop, look_ahead })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs `seconds` of runs every 0.2 s. Returns the measures that were taken, with their times.
    fn run(overload: &mut Overload, from_s: f64, seconds: f64, late: impl Fn(usize) -> bool) -> Vec<(f64, Measure)> {
        let count = (seconds * 5.0) as usize;
        let times = (1..=count).map(|i| (i, from_s + i as f64 / 5.0));
        times.filter_map(|(i, now_s)| Some((now_s, overload.record(now_s, late(i))?))).collect()
    }

    const HOP_16: Measure = Measure::LongerHop { hop: 16, look_ahead: 0 };

    #[test]
    fn measures_are_taken_in_their_order() {
        let mut overload = Overload::new(OperatingMode::Relaxed, true);
        let taken = run(&mut overload, 0.0, 28.0, |_| true);
        let measures: Vec<Measure> = taken.iter().map(|(_, measure)| *measure).collect();
        let expected = [HOP_16, Measure::OneNetwork, Measure::Paused];
        assert_eq!(measures[..3], expected);
        let times: Vec<f64> = taken.iter().map(|(now_s, _)| *now_s).collect();
        assert!((times[0] - 5.0).abs() < 0.3 && (times[1] - 10.0).abs() < 0.5 && (times[2] - 15.0).abs() < 0.7);
        // A pause is tried again after 10 s, and ends in a pause after another 5 s.
        assert_eq!(measures[3], Measure::OneNetwork);
        assert!((times[3] - times[2] - 10.0).abs() < 0.3, "{times:?}");
        assert_eq!(run(&mut overload, 28.0, 4.0, |_| true).first().map(|taken| taken.1), Some(Measure::Paused));
    }

    #[test]
    fn late_runs_while_the_networks_load_lead_to_no_measure() {
        let mut overload = Overload::new(OperatingMode::Normal, true);
        assert_eq!(run(&mut overload, 0.0, 20.0, |i| i <= 5), []);
        assert_eq!(overload.measure(), Measure::Full);
    }

    #[test]
    fn five_per_cent_late_runs_are_accepted() {
        let mut overload = Overload::new(OperatingMode::Normal, true);
        assert_eq!(run(&mut overload, 0.0, 60.0, |i| i % 25 == 0), []);
        assert_eq!(overload.measure(), Measure::Full);
        assert!(!run(&mut overload, 60.0, 10.0, |i| i % 8 == 0).is_empty());
    }

    #[test]
    fn measure_is_taken_back_after_30_s_without_a_late_run() {
        let mut overload = Overload::new(OperatingMode::Normal, true);
        run(&mut overload, 0.0, 5.0, |_| true);
        assert_eq!(overload.measure(), Measure::OneNetwork, "a hop of 16 frames does not fit into the latency");
        assert_eq!(run(&mut overload, 5.0, 29.0, |_| false), []);
        let taken = run(&mut overload, 34.0, 5.0, |_| false);
        assert_eq!(taken.len(), 1);
        assert_eq!(taken[0].1, Measure::Full);
    }

    #[test]
    fn pause_is_tried_again_without_runs() {
        let mut overload = Overload::new(OperatingMode::Normal, false);
        run(&mut overload, 0.0, 5.4, |_| true);
        assert_eq!(overload.measure(), Measure::Paused);
        assert_eq!(overload.advance(14.0), None);
        assert_eq!(overload.advance(15.5), Some(Measure::Full));
    }

    #[test]
    fn longer_hops_stay_within_the_latency_of_every_mode() {
        for mode in OperatingMode::ALL {
            let Some([hop, look_ahead, deadline]) = mode.frames() else {
                assert_eq!(Overload::new(mode, true).steps, [Measure::Full], "blocks have no measures");
                continue;
            };
            for measure in longer_hops(hop, look_ahead, deadline) {
                let Measure::LongerHop { hop: longer, look_ahead: shorter } = measure else { panic!("{measure:?}") };
                assert!(longer + shorter + MIN_DEADLINE <= hop + look_ahead + deadline, "{mode:?}: {measure:?}");
            }
        }
        assert_eq!(longer_hops(8, 8, 4).collect::<Vec<_>>(), [HOP_16]);
        assert_eq!(longer_hops(8, 4, 4).count() + longer_hops(4, 0, 2).count() + longer_hops(2, 0, 2).count(), 0);
    }
}
