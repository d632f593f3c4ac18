//! Certainty of the tempo: when it is likely, locked, held, taken back and lost.

use std::collections::VecDeque;

use super::update::TempoStatus;

/// Relative difference up to which two tempi agree.
const AGREEMENT: f64 = 0.04;
/// Mass from which a tempo is likely, and that of an answer from a whole patch.
const LIKELY_MASS: f32 = 0.5;
const LIKELY_MASS_OF_PATCH: f32 = 0.25;
/// Mass from which two answers lock a tempo.
const LOCK_MASS: f32 = 0.8;
/// Least time between two answers that lock a tempo, in seconds, and the length of their history.
const LOCK_DISTANCE_S: f64 = 0.9;
const HISTORY_S: f64 = 2.0;
/// Mass of the onsets from which another tempo of theirs prevents two answers from locking theirs.
const VETO_MASS: f32 = 0.8;
/// Least clarity of the pulse at a tempo that is locked. That of a choir is below.
const LOCK_CLARITY: f32 = 0.16;
/// Least mass of an answer that agrees with the onsets, and least mass with half and double.
const AGREEING_MASS: f32 = 0.25;
const AGREEING_OCTAVE_MASS: f32 = 0.6;
/// Number of answers in a row that agree with the onsets, from which they lock a tempo.
const AGREEING_ANSWERS: u32 = 3;
/// Seconds for which another tempo must hold before it replaces a locked one, and that for a related tempo.
const REPLACE_S: f64 = 2.0;
const REPLACE_RELATED_S: f64 = 6.0;
/// Seconds without an agreeing answer after which a locked tempo is only held, and after which it is lost.
const HOLD_AFTER_S: f64 = 3.0;
const LOSE_AFTER_S: f64 = 12.0;

/// Answer about the tempo of the last seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Answer {
    /// Source time of its end, in seconds.
    pub(super) end_s: f64,
    /// Tempo in BPM.
    pub(super) bpm: f64,
    /// Mass within 4 % of the tempo, 0 to 1, and that with half and double.
    pub(super) mass: f32,
    pub(super) octave_mass: f32,
    /// Whether the answer is from a whole patch.
    pub(super) is_whole: bool,
    /// Tempo of the onsets alone in BPM, and its mass.
    pub(super) onset_bpm: f64,
    pub(super) onset_mass: f32,
    /// Clarity of the pulse at the tempo.
    pub(super) clarity: f32,
    /// Whether the answer is that of the onsets alone.
    pub(super) is_of_onsets: bool,
}

/// Certainty of the tempo of a stream.
#[derive(Debug, Clone, Default)]
pub(super) struct TempoLock {
    /// Answers of the last seconds.
    answers: VecDeque<Answer>,
    held: Option<HeldTempo>,
    /// Number of the last answers in a row that agree with the onsets.
    agreeing: u32,
}

#[derive(Debug, Clone, Copy)]
struct HeldTempo {
    bpm: f64,
    /// Source time of the last answer that agreed, in seconds.
    agreed_s: f64,
    /// Tempo that contradicts it, and since when.
    other: Option<(f64, f64)>,
    /// Whether the next locked tempo replaces it at once.
    is_doubted: bool,
}

/// Whether two tempi agree.
pub(super) fn agree(a: f64, b: f64) -> bool {
    (a / b - 1.0).abs() <= AGREEMENT
}

/// Whether one tempo is half or double of the other.
fn is_octave(a: f64, b: f64) -> bool {
    agree(a, b * 0.5) || agree(a, b * 2.0)
}

/// Whether one tempo is another level of the same music: half, double, two thirds and so on.
fn is_related(a: f64, b: f64) -> bool {
    [0.5, 2.0, 2.0 / 3.0, 1.5, 3.0, 1.0 / 3.0, 0.75, 4.0 / 3.0].iter().any(|ratio| agree(a, b * ratio))
}

impl HeldTempo {
    fn of(answer: &Answer) -> Self {
        Self { bpm: answer.bpm, agreed_s: answer.end_s, other: None, is_doubted: false }
    }
}

impl TempoLock {
    /// Adds an answer. Returns the certainty, and the tempo in BPM if there is one.
    pub(super) fn push(&mut self, answer: Answer) -> (TempoStatus, Option<f64>) {
        self.answers.push_back(answer);
        while self.answers.front().is_some_and(|first| first.end_s < answer.end_s - HISTORY_S) {
            self.answers.pop_front();
        }
        let agrees = answer.mass >= AGREEING_MASS
            && answer.octave_mass >= AGREEING_OCTAVE_MASS
            && answer.clarity >= LOCK_CLARITY
            && agree(answer.bpm, answer.onset_bpm);
        self.agreeing = if agrees { self.agreeing + 1 } else { 0 };
        let locks = self.locks(&answer);
        let Some(held) = &mut self.held else {
            if locks {
                self.held = Some(HeldTempo::of(&answer));
                return (TempoStatus::Locked, Some(answer.bpm));
            }
            let needed = if answer.is_whole { LIKELY_MASS_OF_PATCH } else { LIKELY_MASS };
            let is_likely = answer.mass >= needed;
            return if is_likely { (TempoStatus::Likely, Some(answer.bpm)) } else { (TempoStatus::Listening, None) };
        };
        if agree(answer.bpm, held.bpm) {
            if locks || !held.is_doubted {
                // A tempo that changes slowly is followed.
                *held = HeldTempo::of(&answer);
                return (TempoStatus::Locked, Some(answer.bpm));
            }
            return (TempoStatus::Holding, Some(held.bpm));
        }
        if is_octave(answer.bpm, held.bpm) && answer.octave_mass >= AGREEING_OCTAVE_MASS && !held.is_doubted {
            // The same pulse, counted otherwise.
            held.agreed_s = answer.end_s;
        }
        match held.other {
            Some((bpm, _)) if agree(answer.bpm, bpm) => {}
            _ => held.other = Some((answer.bpm, answer.end_s)),
        }
        let since_s = held.other.map_or(answer.end_s, |(_, since_s)| since_s);
        let needed_s = match () {
            () if held.is_doubted => 0.0,
            () if is_related(answer.bpm, held.bpm) => REPLACE_RELATED_S,
            () => REPLACE_S,
        };
        if locks && answer.end_s - since_s >= needed_s {
            self.held = Some(HeldTempo::of(&answer));
            return (TempoStatus::Locked, Some(answer.bpm));
        }
        let bpm = held.bpm;
        let status = self.age(answer.end_s);
        (status, (status != TempoStatus::Lost).then_some(bpm))
    }

    /// Advances to source time `now_s` (seconds) without an answer that agrees. Returns the certainty.
    pub(super) fn age(&mut self, now_s: f64) -> TempoStatus {
        match &self.held {
            None => TempoStatus::Listening,
            Some(held) if now_s - held.agreed_s > LOSE_AFTER_S => {
                *self = Self::default();
                TempoStatus::Lost
            }
            Some(held) if held.is_doubted || now_s - held.agreed_s > HOLD_AFTER_S => TempoStatus::Holding,
            Some(_) => TempoStatus::Locked,
        }
    }

    /// Doubts the held tempo: the next tempo that is locked replaces it.
    pub(super) fn doubt(&mut self) {
        self.answers.clear();
        self.agreeing = 0;
        if let Some(held) = &mut self.held {
            held.is_doubted = true;
        }
    }

    /// Returns the held tempo in BPM.
    pub(super) fn bpm(&self) -> Option<f64> {
        self.held.as_ref().map(|held| held.bpm)
    }

    /// Whether an answer, the newest of the history, locks its tempo.
    fn locks(&self, answer: &Answer) -> bool {
        if answer.is_of_onsets {
            return false;
        }
        let before = self.answers.iter().rev().find(|before| before.end_s <= answer.end_s - LOCK_DISTANCE_S);
        let is_sure = |one: &Answer| one.mass >= LOCK_MASS;
        let is_twice = is_sure(answer)
            && before.is_some_and(|before| is_sure(before) && agree(before.bpm, answer.bpm))
            && answer.clarity >= LOCK_CLARITY;
        let is_vetoed = answer.onset_mass >= VETO_MASS && !agree(answer.bpm, answer.onset_bpm);
        (is_twice && !is_vetoed) || self.agreeing >= AGREEING_ANSWERS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(end_s: f64, bpm: f64, mass: f32, onset_bpm: f64) -> Answer {
        Answer {
            end_s,
            bpm,
            mass,
            octave_mass: mass,
            is_whole: false,
            onset_bpm,
            onset_mass: 0.5,
            clarity: 0.4,
            is_of_onsets: false,
        }
    }

    /// Pushes one answer every quarter of a second from `from_s` on, and returns the results.
    fn run(lock: &mut TempoLock, from_s: f64, count: usize, one: Answer) -> Vec<(TempoStatus, Option<f64>)> {
        (0..count).map(|step| lock.push(Answer { end_s: from_s + step as f64 * 0.25, ..one })).collect()
    }

    #[test]
    fn two_sure_answers_a_second_apart_lock_and_unsure_ones_do_not() {
        let found = run(&mut TempoLock::default(), 2.0, 5, answer(0.0, 120.0, 0.9, 80.0));
        let statuses: Vec<_> = found.iter().map(|(status, _)| *status).collect();
        assert_eq!(statuses[..4], [TempoStatus::Likely; 4]);
        assert_eq!(found[4], (TempoStatus::Locked, Some(120.0)));
        let unsure = run(&mut TempoLock::default(), 2.0, 40, answer(0.0, 120.0, 0.7, 80.0));
        assert!(unsure.iter().all(|(status, _)| *status == TempoStatus::Likely), "{unsure:?}");
        let vetoed = Answer { onset_mass: 0.9, ..answer(0.0, 120.0, 0.9, 80.0) };
        let vetoed = run(&mut TempoLock::default(), 2.0, 40, vetoed);
        assert!(vetoed.iter().all(|(status, _)| *status == TempoStatus::Likely), "{vetoed:?}");
        let weak = Answer { octave_mass: 0.5, ..answer(0.0, 120.0, 0.4, 120.0) };
        let weak = run(&mut TempoLock::default(), 2.0, 40, weak);
        assert!(weak.iter().all(|one| *one == (TempoStatus::Listening, None)), "{weak:?}");
    }

    #[test]
    fn network_and_onsets_that_agree_lock_unless_there_is_no_pulse() {
        let found = run(&mut TempoLock::default(), 2.0, 3, answer(0.0, 120.0, 0.6, 118.0));
        assert_eq!(found[1].0, TempoStatus::Likely);
        assert_eq!(found[2], (TempoStatus::Locked, Some(120.0)));
        let noise = Answer { clarity: 0.1, ..answer(0.0, 120.0, 0.9, 118.0) };
        let found = run(&mut TempoLock::default(), 2.0, 40, noise);
        assert!(found.iter().all(|(status, _)| *status == TempoStatus::Likely), "{found:?}");
        let onsets = Answer { is_of_onsets: true, ..answer(0.0, 120.0, 0.9, 120.0) };
        let found = run(&mut TempoLock::default(), 2.0, 40, onsets);
        assert!(found.iter().all(|(status, _)| *status == TempoStatus::Likely), "{found:?}");
    }

    #[test]
    fn locked_tempo_survives_flips_and_gives_way_to_another_one_that_stays() {
        let mut lock = TempoLock::default();
        run(&mut lock, 0.0, 5, answer(0.0, 85.0, 0.9, 85.0));
        let found = run(&mut lock, 1.25, 8, answer(0.0, 170.0, 0.9, 170.0));
        assert!(found.iter().all(|(_, bpm)| *bpm == Some(85.0)), "{found:?}");
        // Another tempo that is not a level of the first needs 2 s, a level of it 6 s.
        let found = run(&mut lock, 3.25, 20, answer(0.0, 97.0, 0.9, 97.0));
        assert_eq!(found.iter().position(|(_, bpm)| *bpm == Some(97.0)), Some(8));
        let found = run(&mut lock, 8.25, 40, answer(0.0, 194.0, 0.9, 194.0));
        assert_eq!(found.iter().position(|(_, bpm)| *bpm == Some(194.0)), Some(24));
    }

    #[test]
    fn locked_tempo_is_held_and_then_lost_without_answers_that_agree() {
        let mut lock = TempoLock::default();
        run(&mut lock, 0.0, 5, answer(0.0, 120.0, 0.9, 120.0));
        assert_eq!([2.0, 3.9].map(|now_s| lock.age(now_s)), [TempoStatus::Locked; 2]);
        assert_eq!([4.1, 12.9].map(|now_s| lock.age(now_s)), [TempoStatus::Holding; 2]);
        assert_eq!([13.1, 13.2].map(|now_s| lock.age(now_s)), [TempoStatus::Lost, TempoStatus::Listening]);
        assert_eq!(lock.bpm(), None);
    }

    #[test]
    fn doubted_tempo_gives_way_to_the_next_locked_one() {
        let mut lock = TempoLock::default();
        run(&mut lock, 0.0, 5, answer(0.0, 118.0, 0.9, 118.0));
        lock.doubt();
        assert_eq!(lock.age(1.1), TempoStatus::Holding);
        let found = run(&mut lock, 1.25, 3, answer(0.0, 142.0, 0.6, 142.0));
        assert_eq!(found[1], (TempoStatus::Holding, Some(118.0)));
        assert_eq!(found[2], (TempoStatus::Locked, Some(142.0)));
    }
}
