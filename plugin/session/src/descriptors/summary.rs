//! Conversion of an extractor's values to [`LiveDescriptors`].

use std::sync::Arc;

use earmark_descriptors::tonal::{PitchClass, Scale};
use earmark_descriptors::{LiveSummary, Pool, Reliability, Value, reliability};

use super::live::{ChordEstimate, DescriptorValue, KeyEstimate, LiveDescriptors, LiveLoudness, scalar};

/// Number of semitones from C up to A.
const C_TO_A: usize = 9;

/// Values of an extractor at one time.
pub(crate) struct Measurement {
    /// Source time at the end of the window, in seconds.
    pub(crate) end_s: f64,
    /// Length of the window in seconds.
    pub(crate) window_s: f64,
    /// Time since the start of the extractor's stream, in seconds.
    pub(crate) since_start_s: f64,
    /// Generation.
    pub(crate) generation: u64,
    /// Present values.
    pub(crate) summary: LiveSummary,
    /// Mean spectral centroid of the last seconds in Hz.
    pub(crate) centroid_hz: Arc<[f32]>,
    /// Descriptors of the window.
    pub(crate) window: Arc<Pool>,
    /// Descriptors since the start.
    pub(crate) since_start: Option<Arc<Pool>>,
}

/// Returns the published form of a measurement, without the values that its stretches are too short for.
pub(crate) fn live_descriptors(measurement: Measurement) -> LiveDescriptors {
    let Measurement { end_s, window_s, since_start_s, generation, summary, centroid_hz, window, since_start } =
        measurement;
    let of_window = |name: &str| rated(number(&window, name)?, name, window_s, false);
    let of_stream = |name: &str, value: Option<f64>| rated(value?, name, since_start_s, true);
    let tonal = summary.tonal.as_ref();
    let key_reliability = reliability("tonal.key_edma.key", window_s, false);
    let key = tonal.filter(|_| key_reliability != Reliability::Unsuitable).map(|tonal| KeyEstimate {
        tonic: above_c(tonal.key.tonic),
        minor: tonal.key.scale == Scale::Minor,
        strength: tonal.key.strength as f32,
        reliable: key_reliability == Reliability::Reliable,
    });
    // A chord is estimated from 2 s of music, whatever the length of the window.
    let chord_is_known = reliability("tonal.chords_key", window_s, false) != Reliability::Unsuitable;
    let chord = tonal.and_then(|tonal| tonal.chord).filter(|_| chord_is_known).map(|chord| ChordEstimate {
        root: above_c(chord.root),
        minor: chord.scale == Scale::Minor,
        strength: chord.strength,
    });
    LiveDescriptors {
        end_s,
        window_s,
        since_start_s,
        generation,
        silent: window.condition.silent,
        key,
        chord,
        chroma: tonal.map(|tonal| tonal.chroma).unwrap_or_default(),
        loudness: LiveLoudness {
            momentary: of_stream("lowlevel.loudness_ebu128.momentary", summary.momentary_lufs),
            short_term: of_stream("lowlevel.loudness_ebu128.short_term", summary.short_term_lufs),
            integrated: of_stream("lowlevel.loudness_ebu128.integrated", summary.integrated_lufs),
            range: of_stream("lowlevel.loudness_ebu128.loudness_range", summary.loudness_range_lu),
        },
        // Without two beats the reference gives 0.
        bpm: of_window("rhythm.bpm").filter(|bpm| bpm.value > 0.0),
        danceability: of_window("rhythm.danceability"),
        dissonance: of_window("lowlevel.dissonance"),
        onset_rate: of_window("rhythm.onset_rate"),
        dynamic_complexity: of_window("lowlevel.dynamic_complexity"),
        tuning_hz: of_window("tonal.tuning_frequency"),
        centroid_hz,
        window,
        since_start,
    }
}

fn number(pool: &Pool, name: &str) -> Option<f64> {
    match scalar(pool, name)? {
        Value::Number(number) => Some(number),
        _ => None,
    }
}

/// Returns a value with its reliability; none if it is unsuitable.
fn rated(value: f64, name: &str, seconds: f64, since_start: bool) -> Option<DescriptorValue> {
    let reliability = reliability(name, seconds, since_start);
    (reliability != Reliability::Unsuitable).then_some(DescriptorValue { value, reliability })
}

/// Returns the number of semitones above C, 0 to 11.
fn above_c(pitch_class: PitchClass) -> u8 {
    ((pitch_class.semitones() + C_TO_A) % 12) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measurement(window_s: f64) -> Measurement {
        let mut window = Pool::default();
        for (name, value) in [
            ("rhythm.bpm", 120.0),
            ("rhythm.danceability", 1.5),
            ("lowlevel.dissonance.mean", 0.4),
            ("tonal.tuning_frequency", 441.0),
        ] {
            window.insert(name, Value::Number(value));
        }
        window.insert("tonal.key_edma.key", Value::Text("Ab".into()));
        window.insert("lowlevel.mfcc.mean", Value::Vector(vec![0.0; 13]));
        window.insert("lowlevel.hfc.mean", Value::Null);
        Measurement {
            end_s: 100.0,
            window_s,
            since_start_s: window_s,
            generation: 3,
            summary: LiveSummary {
                momentary_lufs: Some(-20.0),
                loudness_range_lu: Some(5.0),
                ..LiveSummary::default()
            },
            centroid_hz: Arc::from([]),
            window: Arc::new(window),
            since_start: None,
        }
    }

    #[test]
    fn descriptor_of_a_short_window_is_marked_or_left_out() {
        let values = |seconds: f64| {
            let live = live_descriptors(measurement(seconds));
            let value = |value: Option<DescriptorValue>| value.map(|value| (value.value, value.is_reliable()));
            [live.bpm, live.danceability, live.dissonance, live.tuning_hz, live.loudness.range].map(value)
        };
        assert_eq!(values(5.0), [None, None, Some((0.4, false)), None, None]);
        assert_eq!(values(12.0), [Some((120.0, false)), None, Some((0.4, true)), None, None]);
        let whole = [(120.0, true), (1.5, false), (0.4, true), (441.0, true), (5.0, true)];
        assert_eq!(values(30.0), whole.map(Some));
        assert!(live_descriptors(measurement(1.0)).loudness.momentary.is_some());
    }

    #[test]
    fn scalar_descriptors_hold_numbers_texts_and_nulls_without_vectors() {
        let scalars = live_descriptors(measurement(12.0)).scalars();
        let found = |name: &str| {
            let scalar = scalars.iter().find(|scalar| scalar.name == name)?;
            Some((scalar.value.clone(), scalar.reliability))
        };
        assert_eq!(found("rhythm.bpm"), Some((Value::Number(120.0), Reliability::Marked)));
        assert_eq!(found("tonal.key_edma.key"), Some((Value::Text("Ab".into()), Reliability::Marked)));
        assert_eq!(found("lowlevel.hfc"), Some((Value::Null, Reliability::Reliable)));
        assert_eq!(found("tonal.tuning_frequency"), Some((Value::Null, Reliability::Unsuitable)));
        assert_eq!((found("lowlevel.mfcc"), found("lowlevel.spectral_rms")), (None, None));
    }

    #[test]
    fn pitch_classes_count_from_c() {
        let names = |semitones: usize| (PitchClass::above_a(semitones).name(), above_c(PitchClass::above_a(semitones)));
        assert_eq!([0, 2, 3, 11].map(names), [("A", 9), ("B", 11), ("C", 0), ("Ab", 8)]);
    }
}
