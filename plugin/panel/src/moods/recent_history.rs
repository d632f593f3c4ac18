//! Recent results of added models, as far as the widgets draw them.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::{ModelReading, Presentation};

/// Length of the history in seconds.
pub(super) const HISTORY_S: f64 = 30.0;
/// Longest distance of two results in seconds. After a longer one the history restarts.
const MAX_GAP_S: f64 = 6.0;
/// Maximum number of results per model.
const MAX_POINTS: usize = 600;
/// Minimum value of a stored sound event, 0 to 1.
pub(super) const MIN_VALUE: f32 = 0.1;
/// Maximum number of stored sound events per result.
const MAX_EVENTS: usize = 12;

/// Value of a label in one result.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TimedValue {
    pub(super) label: usize,
    pub(super) value: f32,
    pub(super) active: bool,
}

/// Stored part of one result.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Point {
    pub(super) end_s: f64,
    /// Values; empty in silence.
    pub(super) values: Vec<TimedValue>,
}

impl Point {
    pub(super) fn of(&self, label: usize) -> Option<TimedValue> {
        self.values.iter().copied().find(|value| value.label == label)
    }
}

/// Results of one model without a jump, oldest first.
#[derive(Debug, Clone, Default)]
pub(super) struct RecentHistory {
    points: VecDeque<Point>,
}

impl RecentHistory {
    fn push(&mut self, reading: &ModelReading) {
        let end_s = reading.end_s;
        match self.points.back() {
            Some(last) if last.end_s == end_s => return,
            // A loop, a seek or a pause.
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

    /// Returns the results of the last `seconds` before `end_s`, oldest first.
    pub(super) fn last(&self, end_s: f64, seconds: f64) -> impl DoubleEndedIterator<Item = &Point> + Clone {
        self.points.iter().filter(move |point| point.end_s <= end_s && point.end_s >= end_s - seconds)
    }
}

/// Returns the values of a reading that are drawn later.
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
        let mut events: Vec<TimedValue> = all.filter(|value| value.active || value.value >= MIN_VALUE).collect();
        events.sort_by(|a, b| b.active.cmp(&a.active).then(b.value.total_cmp(&a.value)));
        events.truncate(MAX_EVENTS);
        events
    } else {
        all.collect()
    }
}

/// Histories of all models that draw one.
#[derive(Debug, Clone, Default)]
pub(super) struct RecentHistories {
    of: HashMap<Arc<str>, RecentHistory>,
}

impl RecentHistories {
    /// Adds new readings; removes the histories of models without a reading.
    pub(super) fn update(&mut self, readings: &[ModelReading]) {
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
            derived_from: None,
        };
        ModelReading {
            model: "crepe".into(),
            start_s: end_s - 0.1,
            end_s,
            age_s: 0.0,
            silent: false,
            stale: false,
            value,
        }
    }

    #[test]
    fn history_stores_each_result_once_for_30_s() {
        let mut histories = RecentHistories::default();
        for step in 0..2_000 {
            histories.update(&[reading(f64::from(step / 2) / 10.0)]);
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
            histories.update(&[reading(200.0 + f64::from(step) / 1_000.0)]);
        }
        assert_eq!(histories.of(&reading(0.0)).points.len(), MAX_POINTS);
    }

    #[test]
    fn history_restarts_after_a_jump_and_is_removed_with_its_model() {
        for jump_s in [1.0, 60.0] {
            let mut histories = RecentHistories::default();
            for end_s in [10.0, 10.1, jump_s] {
                histories.update(&[reading(end_s)]);
            }
            let points = &histories.of(&reading(0.0)).points;
            assert_eq!((points.len(), points[0].end_s), (1, jump_s));
            histories.update(&[]);
            assert!(histories.of(&reading(0.0)).points.is_empty());
        }
    }

    #[test]
    fn events_are_stored_if_active_or_strong() {
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
