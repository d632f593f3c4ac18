//! What was said lately: as much as the drawings look back.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::{Look, ModelReading};

/// How far back anything is drawn, in seconds.
pub(super) const LONGEST_S: f64 = 30.0;
/// A model that says nothing for so long, in seconds, was interrupted: what it said before belongs to something else.
const BREAK_S: f64 = 6.0;
/// Answers kept of a model, however often they come.
const MOST: usize = 600;
/// From which value on a sound is worth keeping, and how many of them.
pub(super) const FAINTEST: f32 = 0.1;
const LOUDEST: usize = 12;

/// Value of a label at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct LabelPoint {
    pub(super) label: usize,
    pub(super) value: f32,
    pub(super) lit: bool,
}

/// An answer, or as much of it as is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Point {
    pub(super) end_s: f64,
    /// Empty in silence.
    pub(super) heard: Vec<LabelPoint>,
}

impl Point {
    pub(super) fn of(&self, label: usize) -> Option<LabelPoint> {
        self.heard.iter().copied().find(|heard| heard.label == label)
    }
}

/// The answers of one model, oldest first, without a jump among them.
#[derive(Debug, Clone, Default)]
pub(super) struct Trail {
    points: VecDeque<Point>,
}

impl Trail {
    fn take(&mut self, reading: &ModelReading) {
        let end_s = reading.end_s;
        match self.points.back() {
            Some(last) if last.end_s == end_s => return,
            // A loop, a seek, or a pause.
            Some(last) if !(last.end_s..=last.end_s + BREAK_S).contains(&end_s) => self.points.clear(),
            _ => {}
        }
        if !end_s.is_finite() {
            return;
        }
        self.points.push_back(Point { end_s, heard: heard(reading) });
        while self.points.len() > MOST || self.points[0].end_s < end_s - LONGEST_S {
            self.points.pop_front();
        }
    }

    /// Answers of the last seconds before an end, oldest first.
    pub(super) fn last(&self, end_s: f64, seconds: f64) -> impl DoubleEndedIterator<Item = &Point> + Clone {
        self.points.iter().filter(move |point| point.end_s <= end_s && point.end_s >= end_s - seconds)
    }
}

/// What is drawn of an answer later.
fn heard(reading: &ModelReading) -> Vec<LabelPoint> {
    if reading.silent {
        return Vec::new();
    }
    let of = |label: usize| {
        let value = reading.value.values.get(label).copied().filter(|value| value.is_finite())?;
        Some(LabelPoint { label, value, lit: reading.value.active.get(label).copied().unwrap_or(false) })
    };
    let all = (0..reading.value.values.len()).filter_map(of);
    if reading.value.look == Look::Events {
        let mut loud: Vec<LabelPoint> = all.filter(|heard| heard.lit || heard.value >= FAINTEST).collect();
        loud.sort_by(|a, b| b.lit.cmp(&a.lit).then(b.value.total_cmp(&a.value)));
        loud.truncate(LOUDEST);
        loud
    } else {
        all.collect()
    }
}

/// The trails of all models that have one.
#[derive(Debug, Clone, Default)]
pub(super) struct Trails {
    of: HashMap<Arc<str>, Trail>,
}

impl Trails {
    /// Takes what is new of these; models that are not among them are forgotten.
    pub(super) fn follow(&mut self, readings: &[ModelReading]) {
        self.of.retain(|model, _| readings.iter().any(|reading| reading.model == *model));
        for reading in readings {
            if matches!(reading.value.look, Look::Events | Look::Plane { .. } | Look::Pitch) {
                self.of.entry(Arc::clone(&reading.model)).or_default().take(reading);
            }
        }
    }

    pub(super) fn of(&self, reading: &ModelReading) -> &Trail {
        static NONE: Trail = Trail { points: VecDeque::new() };
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
            look: Look::Pitch,
            labels: Arc::default(),
            values: vec![440.0, 0.9],
            active: Vec::new(),
        };
        ModelReading { model: "crepe".into(), start_s: end_s - 0.1, end_s, age_s: 0.0, silent: false, value }
    }

    #[test]
    fn a_trail_keeps_every_answer_once_and_half_a_minute_of_them() {
        let mut trails = Trails::default();
        for step in 0..2_000 {
            trails.follow(&[reading(f64::from(step / 2) / 10.0)]);
        }
        let ends: Vec<f64> = trails.of(&reading(0.0)).points.iter().map(|point| point.end_s).collect();
        assert!(ends.is_sorted_by(|a, b| a < b));
        assert!(
            (ends.len(), ends[0]) == (301, 69.9) || (ends.len(), ends[0]) == (300, 70.0),
            "{} {}",
            ends.len(),
            ends[0]
        );
        for step in 0..5_000 {
            trails.follow(&[reading(200.0 + f64::from(step) / 1_000.0)]);
        }
        assert_eq!(trails.of(&reading(0.0)).points.len(), MOST);
    }

    #[test]
    fn a_trail_begins_anew_after_a_jump_and_is_forgotten_with_its_model() {
        for jump_s in [1.0, 60.0] {
            let mut trails = Trails::default();
            for end_s in [10.0, 10.1, jump_s] {
                trails.follow(&[reading(end_s)]);
            }
            let points = &trails.of(&reading(0.0)).points;
            assert_eq!((points.len(), points[0].end_s), (1, jump_s));
            trails.follow(&[]);
            assert!(trails.of(&reading(0.0)).points.is_empty());
        }
    }

    #[test]
    fn of_sounds_only_what_stood_out_is_kept() {
        let mut events = reading(1.0);
        (events.value.look, events.value.values) =
            (Look::Events, (0..521).map(|label| label as f32 / 1_000.0).collect());
        events.value.active = (0..521).map(|label| label == 3).collect();
        let kept = heard(&events);
        assert_eq!((kept.len(), kept[0].label, kept[1].label), (LOUDEST, 3, 520));
        events.silent = true;
        assert!(heard(&events).is_empty());
    }
}
