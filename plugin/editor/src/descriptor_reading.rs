//! Conversion of live descriptors to the data that the panel shows.

use std::sync::Arc;

use earmark_panel::{ChordReading, DescriptorReading, KeyReading, LoudnessReading, MarkedValue};
use earmark_session::LiveDescriptors;
use earmark_session::descriptors::DescriptorValue;

/// Distance of two values of the spectral centroid, in seconds.
const CENTROID_STEP_S: f32 = 1.0;

/// Returns the panel's reading of descriptors at source time `now_s` (seconds).
pub(crate) fn descriptor_reading(live: &LiveDescriptors, now_s: f64) -> DescriptorReading {
    let loudness = &live.loudness;
    let plain = |value: Option<DescriptorValue>| value.map(|value| value.value as f32);
    DescriptorReading {
        window_s: live.window_s as f32,
        since_start_s: live.since_start_s as f32,
        age_s: (now_s - live.end_s).max(0.0) as f32,
        silent: live.silent,
        key: live.key.map(|key| KeyReading {
            tonic: key.tonic,
            minor: key.minor,
            strength: key.strength.clamp(0.0, 1.0),
            reliable: key.reliable,
        }),
        chord: live.chord.map(|chord| ChordReading {
            root: chord.root,
            minor: chord.minor,
            strength: chord.strength.clamp(0.0, 1.0),
        }),
        chroma: live.chroma,
        loudness: LoudnessReading {
            momentary: plain(loudness.momentary),
            short_term: plain(loudness.short_term),
            integrated: plain(loudness.integrated),
            range: plain(loudness.range),
        },
        bpm: live.bpm.map(marked),
        danceability: live.danceability.map(marked),
        dissonance: live.dissonance.map(marked),
        onset_rate: live.onset_rate.map(marked),
        dynamic_complexity: live.dynamic_complexity.map(marked),
        tuning_hz: live.tuning_hz.map(marked),
        centroid_hz: Arc::clone(&live.centroid_hz),
        centroid_step_s: CENTROID_STEP_S,
    }
}

fn marked(value: DescriptorValue) -> MarkedValue {
    MarkedValue { value: value.value as f32, reliable: value.is_reliable() }
}

#[cfg(test)]
mod tests {
    use earmark_session::descriptors::{ChordEstimate, KeyEstimate, LiveLoudness, Reliability};

    use super::*;

    #[test]
    fn descriptors_become_a_reading_with_their_marks_and_age() {
        let value = |value, reliability| Some(DescriptorValue { value, reliability });
        let live = LiveDescriptors {
            end_s: 40.0,
            window_s: 30.0,
            since_start_s: 35.0,
            generation: 0,
            silent: false,
            key: Some(KeyEstimate { tonic: 2, minor: true, strength: -0.5, reliable: true }),
            chord: Some(ChordEstimate { root: 7, minor: false, strength: 0.5 }),
            chroma: [1.0; 12],
            loudness: LiveLoudness { integrated: value(-14.0, Reliability::Reliable), ..LiveLoudness::default() },
            bpm: value(120.0, Reliability::Reliable),
            danceability: value(1.5, Reliability::Marked),
            dissonance: None,
            onset_rate: None,
            dynamic_complexity: None,
            tuning_hz: None,
            centroid_hz: Arc::from([1000.0]),
            window: Arc::default(),
            since_start: None,
        };
        let reading = descriptor_reading(&live, 40.25);
        assert_eq!((reading.age_s, reading.window_s, reading.since_start_s), (0.25, 30.0, 35.0));
        assert_eq!(reading.key, Some(KeyReading { tonic: 2, minor: true, strength: 0.0, reliable: true }));
        assert_eq!(reading.chord, Some(ChordReading { root: 7, minor: false, strength: 0.5 }));
        assert_eq!(reading.bpm, Some(MarkedValue { value: 120.0, reliable: true }));
        assert_eq!(reading.danceability, Some(MarkedValue { value: 1.5, reliable: false }));
        assert_eq!((reading.dissonance, reading.loudness.integrated), (None, Some(-14.0)));
        assert_eq!((reading.centroid_hz.len(), reading.centroid_step_s), (1, 1.0));
    }
}
