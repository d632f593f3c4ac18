//! Derived moods beside classifiers of the same moods.

use std::collections::HashSet;
use std::sync::Arc;

use earmark_panel::ModelReading;

/// Removes the labels of derived readings that another model predicts, too: a classifier of a mood takes the place of the
/// derived one.
pub(crate) fn leave_out_replaced(readings: &mut Vec<ModelReading>) {
    let own = readings.iter().filter(|reading| reading.value.derived_from.is_none());
    let predicted: HashSet<Arc<str>> = own.flat_map(|reading| reading.value.labels.iter().cloned()).collect();
    for reading in readings.iter_mut().filter(|reading| reading.value.derived_from.is_some()) {
        let values = &mut reading.value;
        let stays: Vec<bool> = values.labels.iter().map(|label| !predicted.contains(label)).collect();
        values.labels = kept(&values.labels, &stays).into();
        values.values = kept(&values.values, &stays);
        values.active = kept(&values.active, &stays);
    }
    readings.retain(|reading| reading.value.derived_from.is_none() || !reading.value.labels.is_empty());
}

fn kept<T: Clone>(values: &[T], stays: &[bool]) -> Vec<T> {
    values.iter().zip(stays).filter(|(_, stays)| **stays).map(|(value, _)| value.clone()).collect()
}

#[cfg(test)]
mod tests {
    use earmark_panel::{ModelValues, Presentation, Reading};

    use super::*;

    fn reading(labels: &[&str], derived_from: Option<&str>) -> ModelReading {
        let value = ModelValues {
            name: "M".into(),
            presentation: Presentation::Bars,
            labels: labels.iter().map(|label| Arc::from(*label)).collect(),
            values: (0..labels.len()).map(|at| at as f32 / 10.0).collect(),
            active: vec![false; labels.len()],
            derived_from: derived_from.map(Into::into),
        };
        Reading { model: "m".into(), start_s: 0.0, end_s: 3.0, age_s: 0.0, silent: false, stale: false, value }
    }

    #[test]
    fn classifier_takes_the_place_of_a_derived_mood() {
        let mut readings = vec![reading(&["happy", "sad", "relaxed"], Some("T")), reading(&["sad", "non_sad"], None)];
        leave_out_replaced(&mut readings);
        let derived = &readings[0].value;
        assert_eq!(derived.labels.iter().map(|label| &**label).collect::<Vec<_>>(), ["happy", "relaxed"]);
        assert_eq!((&derived.values, derived.active.len()), (&vec![0.0, 0.2], 2));
        assert_eq!(readings[1].value.labels.len(), 2);
    }

    #[test]
    fn derived_reading_without_a_mood_is_not_shown() {
        let mut readings = vec![reading(&["sad"], Some("T")), reading(&["sad", "non_sad"], None)];
        leave_out_replaced(&mut readings);
        assert_eq!(readings.len(), 1);
        let mut alone = vec![reading(&["sad"], Some("T"))];
        leave_out_replaced(&mut alone);
        assert_eq!(alone.len(), 1, "without a classifier it stays");
    }
}
