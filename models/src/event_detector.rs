//! Detection of events: ranges in which the averaged value of a label is above its threshold.
//!
//! Panel, MIDI, OSC, event log and report markers all use this detector, so that they agree on active labels.

use crate::smooth::Smoother;

/// Threshold of a label with hysteresis: an event starts at one value and ends below a lower one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    /// Value from which an inactive label becomes active, 0 to 1.
    pub on: f32,
    /// Value below which an active label becomes inactive; at most `on`.
    pub off: f32,
}

impl Threshold {
    /// Default value of `on`.
    pub const DEFAULT: f32 = 0.3;

    /// Returns the threshold that starts at `on`, 0 to 1, and ends a third below.
    #[must_use]
    pub fn at(on: f32) -> Self {
        Self { on, off: on * (2.0 / 3.0) }
    }
}

impl Default for Threshold {
    fn default() -> Self {
        Self::at(Self::DEFAULT)
    }
}

/// Range in which a label is active.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetectedEvent {
    /// Source time at which the patch that started it begins, in seconds.
    pub start_s: f64,
    /// Source time after the last patch in which the label was active, in seconds.
    pub end_s: f64,
    /// Highest averaged value, 0 to 1.
    pub peak: f32,
}

/// Start or end of an event.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum EventChange {
    /// An event started.
    Started {
        /// Index of the label.
        label: usize,
        /// Event so far: one patch.
        event: DetectedEvent,
    },
    /// An event ended.
    Ended {
        /// Index of the label.
        label: usize,
        /// Whole event.
        event: DetectedEvent,
        /// Source time at which the patch that ended it begins, in seconds.
        left_s: f64,
    },
}

/// Detector of the events of one model over one stream: averages values, compares them with thresholds, and joins
/// events with short pauses.
#[derive(Debug, Clone)]
pub struct EventDetector {
    smoother: Smoother,
    thresholds: Vec<Threshold>,
    active: Vec<bool>,
    /// Maximum pause within an event in seconds; none ends an event with the first inactive patch.
    join_s: Option<f64>,
    /// Open event of each label.
    open: Vec<Option<DetectedEvent>>,
    /// Changes of the last patch.
    changes: Vec<EventChange>,
}

impl EventDetector {
    /// Creates a detector for `labels` labels with [`Threshold::default`] and
    /// [`Smoother::DEFAULT_TIME_CONSTANT_S`]. Allocates: call while activating.
    #[must_use]
    pub fn new(labels: usize) -> Self {
        Self {
            smoother: Smoother::new(labels, Smoother::DEFAULT_TIME_CONSTANT_S),
            thresholds: vec![Threshold::default(); labels],
            active: vec![false; labels],
            join_s: None,
            open: vec![None; labels],
            changes: Vec::with_capacity(labels),
        }
    }

    /// Joins events between which a label is inactive for at most `join_s` seconds.
    #[must_use]
    pub fn joining(self, join_s: f64) -> Self {
        Self { join_s: Some(join_s), ..self }
    }

    /// Sets the time constant of the average in seconds from the next patch on; 0 disables averaging. Real-time safe.
    pub fn set_time_constant_s(&mut self, time_constant_s: f64) {
        self.smoother.set_time_constant_s(time_constant_s);
    }

    /// Sets the thresholds from the next patch on; labels without a new threshold keep theirs. Real-time safe if the
    /// iterator is.
    pub fn set_thresholds(&mut self, thresholds: impl IntoIterator<Item = Threshold>) {
        self.thresholds.iter_mut().zip(thresholds).for_each(|(threshold, new)| *threshold = new);
    }

    /// Adds the patch from `start_s` to `end_s` (source time in seconds): one value per label, 0 to 1, or none for
    /// silence. Returns the starts and ends of events, in the order of the labels. Real-time safe.
    pub fn push(&mut self, start_s: f64, end_s: f64, values: Option<&[f32]>) -> &[EventChange] {
        match values {
            Some(values) => self.smoother.push(values, end_s),
            None => self.smoother.push_silence(end_s),
        }
        self.changes.clear();
        let labels = self.smoother.values().iter().zip(&mut self.active).zip(&self.thresholds).zip(&mut self.open);
        for (label, (((&value, active), threshold), open)) in labels.enumerate() {
            // No event starts in silence.
            let from = if *active || values.is_none() { threshold.off } else { threshold.on };
            *active = value >= from && (*active || values.is_some());
            if let Some(event) = open.as_mut().filter(|_| *active) {
                (event.end_s, event.peak) = (end_s, event.peak.max(value));
            } else if *active {
                let event = *open.insert(DetectedEvent { start_s, end_s, peak: value });
                self.changes.push(EventChange::Started { label, event });
            } else if let Some(event) =
                open.take_if(|event| self.join_s.is_none_or(|join_s| end_s - event.end_s > join_s))
            {
                self.changes.push(EventChange::Ended { label, event, left_s: start_s });
            }
        }
        &self.changes
    }

    /// Returns the averaged values, 0 to 1, in the order of the labels.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        self.smoother.values()
    }

    /// Returns one flag per label: whether it is active.
    #[must_use]
    pub fn active(&self) -> &[bool] {
        &self.active
    }

    /// Iterates over the events that have not ended, with the index of their label.
    pub fn open(&self) -> impl Iterator<Item = (usize, DetectedEvent)> {
        self.open.iter().enumerate().filter_map(|(label, event)| Some((label, (*event)?)))
    }

    /// Discards all values and events, as for a new stream. Real-time safe.
    pub fn reset(&mut self) {
        self.smoother.reset();
        self.active.fill(false);
        self.open.fill(None);
        self.changes.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Detector without averaging.
    fn detector(labels: usize) -> EventDetector {
        let mut detector = EventDetector::new(labels);
        detector.set_time_constant_s(0.0);
        detector
    }

    /// Pushes the value of a label second by second, patches of 3 s, and describes the changes.
    fn changes(detector: &mut EventDetector, values: &[Option<f32>]) -> Vec<String> {
        let mut found = Vec::new();
        for (second, value) in values.iter().enumerate() {
            let start_s = second as f64;
            for change in detector.push(start_s, start_s + 3.0, value.as_ref().map(std::slice::from_ref)) {
                found.push(match change {
                    EventChange::Started { event, .. } => format!("from {} at {}", event.start_s, event.peak),
                    EventChange::Ended { event, left_s, .. } => {
                        format!("{}..{} left {left_s}, {}", event.start_s, event.end_s, event.peak)
                    }
                });
            }
        }
        found
    }

    #[test]
    fn value_between_the_thresholds_keeps_its_state() {
        let mut detector = detector(2);
        detector.set_thresholds([Threshold { on: 0.5, off: 0.3 }]);
        for (value, active) in [(0.4, false), (0.5, true), (0.4, true), (0.3, true), (0.29, false), (0.4, false)] {
            detector.push(0.0, 0.0, Some(&[value, 0.25]));
            assert_eq!(detector.active(), [active, false], "at {value}");
        }
        detector.set_thresholds([Threshold::at(0.9), Threshold::at(0.2)]);
        detector.push(0.0, 0.0, Some(&[0.6, 0.2]));
        assert_eq!(detector.active(), [false, true]);
        detector.push(0.0, 0.0, Some(&[0.9, 0.13]));
        assert_eq!(detector.active(), [true, false], "a third below");
    }

    #[test]
    fn silence_ends_events_and_starts_none() {
        let mut detector = EventDetector::new(2);
        detector.push(0.0, 1.0, Some(&[0.8, 0.1]));
        assert_eq!(detector.active(), [true, false]);
        detector.set_thresholds([Threshold::at(0.3), Threshold::at(0.01)]);
        detector.push(0.0, 1.0, None);
        assert_eq!(detector.active(), [true, false], "above the new threshold, but silent");
        detector.push(2.0, 30.0, None);
        assert_eq!(detector.active(), [false, false]);
    }

    #[test]
    fn event_ends_with_the_first_inactive_patch_unless_events_are_joined() {
        let values = [0.1, 0.5, 0.7, 0.1, 0.1, 0.4, 0.0, 0.0, 0.0, 0.9].map(Some);
        let apart = ["from 1 at 0.5", "1..5 left 3, 0.7", "from 5 at 0.4", "5..8 left 6, 0.4", "from 9 at 0.9"];
        let mut detector = self::detector(1);
        assert_eq!(changes(&mut detector, &values), apart);
        assert_eq!(detector.open().collect::<Vec<_>>(), [(0, DetectedEvent { start_s: 9.0, end_s: 12.0, peak: 0.9 })]);
        let joined = ["from 1 at 0.5", "1..8 left 8, 0.7", "from 9 at 0.9"];
        assert_eq!(changes(&mut self::detector(1).joining(2.0), &values), joined);
        detector.reset();
        assert_eq!((detector.active(), detector.open().count()), ([false].as_slice(), 0));
    }
}
