//! What was said lately: as much as the drawings look back.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::{ModelReading, Presentation};

/// How far back anything is drawn, in seconds.
pub(super) const HISTORY_S: f64 = 30.0;
/// A model that says nothing for so long, in seconds, was interrupted: what it said before belongs to something else.
const MAX_GAP_S: f64 = 6.0;
/// Answers kept of a model, however often they come.
const MAX_POINTS: usize = 600;
/// From which value on a sound is worth keeping, and how many of them.
pub(super) const MIN_VALUE: f32 = 0.1;
const MAX_EVENTS: usize = 12;

/// What a label had at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TimedValue {
    pub(super) label: usize,
    pub(super) value: f32,
    pub(super) active: bool,
}

/// An answer, or as much of it as is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Point {
    pub(super) end_s: f64,
    /// Empty in silence.
    pub(super) values: Vec<TimedValue>,
}

impl Point {
    pub(super) fn of(&self, label: usize) -> Option<TimedValue> {
        self.values.iter().copied().find(|value| value.label == label)
    }
}

/// The answers of one model, oldest first, without a jump among them.
#[derive(Debug, Clone, Default)]
pub(super) struct RecentHistory {
    points: VecDeque<Point>,
}

impl RecentHistory {
    fn push(&mut self, reading: &ModelReading) {
        let end_s = reading.end_s;
        match self.points.back() {
            Some(last) if last.end_s == end_s => return,
            // A loop, a seek, or a pause.
            Some(last) if !(last.end_s..=last.end_s + MAX_GAP_S).contains(&end_s) => self.points.clear(),
            _ => {}
        }
        if !end_s.is_finite() {
            return;
        }
        self.points.push_back(Point { end_s, values: timed_values(reading) });
        while self.points.len() > MAX_POINTS || self.points[0].end_s < end_s - HISTORY_S {
            self.points.pop_front();
        }
    }

    /// Answers of the last seconds before an end, oldest first.
    pub(super) fn last(&self, end_s: f64, seconds: f64) -> impl DoubleEndedIterator<Item = &Point> + Clone {
        self.points.iter().filter(move |point| point.end_s <= end_s && point.end_s >= end_s - seconds)
    }
}

/// What is drawn of an answer later.
fn timed_values(reading: &ModelReading) -> Vec<TimedValue> {
    if reading.silent {
        return Vec::new();
    }
    let of = |label: usize| {
        let value = reading.value.values.get(label).copied().filter(|value| value.is_finite())?;
        Some(TimedValue { label, value, active: reading.value.active.get(label).copied().unwrap_or(false) })
    };
    let all = (0..reading.value.values.len()).filter_map(of);
    if reading.value.presentation == Presentation::Events {
        let mut loud: Vec<TimedValue> = all.filter(|value| value.active || value.value >= MIN_VALUE).collect();
        loud.sort_by(|a, b| b.active.cmp(&a.active).then(b.value.total_cmp(&a.value)));
        loud.truncate(MAX_EVENTS);
        loud
    } else {
        all.collect()
    }
}

/// The histories of all models that have one.
#[derive(Debug, Clone, Default)]
pub(super) struct RecentHistories {
    of: HashMap<Arc<str>, RecentHistory>,
}

impl RecentHistories {
    /// Takes what is new of these; models that are not among them are forgotten.
    pub(super) fn follow(&mut self, readings: &[ModelReading]) {
        self.of.retain(|model, _| readings.iter().any(|reading| reading.model == *model));
        for reading in readings {
            if matches!(
                reading.value.presentation,
                Presentation::Events | Presentation::XyPlot { .. } | Presentation::Pitch
            ) {
                self.of.entry(Arc::clone(&reading.model)).or_default().push(reading);
            }
        }
    }

    pub(super) fn of(&self, reading: &ModelReading) -> &RecentHistory {
        static NONE: RecentHistory = RecentHistory { points: VecDeque::new() };
        self.of.get(&reading.model).unwrap_or(&NONE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ModelValues;

    fn reading(end_s: f64) -> ModelReading {
        let value = ModelValues {
            name: "CREPE".into(),
            presentation: Presentation::Pitch,
            labels: Arc::default(),
            values: vec![440.0, 0.9],
            active: Vec::new(),
        };
        ModelReading { model: "crepe".into(), start_s: end_s - 0.1, end_s, age_s: 0.0, silent: false, value }
    }

    #[test]
    fn a_trail_keeps_every_answer_once_and_half_a_minute_of_them() {
        let mut histories = RecentHistories::default();
        for step in 0..2_000 {
            histories.follow(&[reading(f64::from(step / 2) / 10.0)]);
        }
        let ends: Vec<f64> = histories.of(&reading(0.0)).points.iter().map(|point| point.end_s).collect();
        assert!(ends.is_sorted_by(|a, b| a < b));
        assert!(
            (ends.len(), ends[0]) == (301, 69.9) || (ends.len(), ends[0]) == (300, 70.0),
            "{} {}",
            ends.len(),
            ends[0]
        );
        for step in 0..5_000 {
            histories.follow(&[reading(200.0 + f64::from(step) / 1_000.0)]);
        }
        assert_eq!(histories.of(&reading(0.0)).points.len(), MAX_POINTS);
    }

    #[test]
    fn a_trail_begins_anew_after_a_jump_and_is_forgotten_with_its_model() {
        for jump_s in [1.0, 60.0] {
            let mut histories = RecentHistories::default();
            for end_s in [10.0, 10.1, jump_s] {
                histories.follow(&[reading(end_s)]);
            }
            let points = &histories.of(&reading(0.0)).points;
            assert_eq!((points.len(), points[0].end_s), (1, jump_s));
            histories.follow(&[]);
            assert!(histories.of(&reading(0.0)).points.is_empty());
        }
    }

    #[test]
    fn of_sounds_only_what_stood_out_is_kept() {
        let mut events = reading(1.0);
        (events.value.presentation, events.value.values) =
            (Presentation::Events, (0..521).map(|label| label as f32 / 1_000.0).collect());
        events.value.active = (0..521).map(|label| label == 3).collect();
        let kept = timed_values(&events);
        assert_eq!((kept.len(), kept[0].label, kept[1].label), (MAX_EVENTS, 3, 520));
        events.silent = true;
        assert!(timed_values(&events).is_empty());
    }
}
