//! Values of a stream that goes on which the layout does not hold, for a live display.

use super::{Extractor, Stretch};
use crate::SAMPLE_RATE_HZ;
use crate::aggregate::{PoolWriter, Statistic, Statistics};
use crate::pool::Pool;
use crate::tonal::{KeyProfile, TonalSummary};

/// Descriptor of [`LiveSummary::centroid_hz`].
const CENTROID: &str = "lowlevel.spectral_centroid";
/// Length of the window of [`LiveSummary::centroid_hz`] in seconds.
const CENTROID_S: f64 = 1.0;
/// Duration in seconds from which a stream has an integrated loudness: one block.
const BLOCK_S: f64 = 0.4;

/// Present values of a stream that goes on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LiveSummary {
    /// Key, present chord, chroma and tuning of the window; `None` in silence, or if they are not computed.
    pub tonal: Option<TonalSummary>,
    /// Loudness of the last 0.4 s in LUFS; `None` before.
    pub momentary_lufs: Option<f64>,
    /// Loudness of the last 3 s in LUFS; `None` before.
    pub short_term_lufs: Option<f64>,
    /// Loudness since the start of the stream in LUFS, -70 in silence; `None` in the first 0.4 s.
    pub integrated_lufs: Option<f64>,
    /// Loudness range since the start of the stream in LU; `None` in the first 3 s.
    pub loudness_range_lu: Option<f64>,
    /// Mean spectral centroid of the last second in Hz; `None` in silence, or if it is not computed.
    pub centroid_hz: Option<f64>,
}

impl Extractor {
    /// Returns the present values of the stream; key, chroma and tuning are those of a stretch, the key with `profile`.
    ///
    /// Costs little after [`Extractor::describe`] of the same stretch, because profiles are kept.
    pub fn summarize(&mut self, stretch: Stretch, profile: KeyProfile) -> LiveSummary {
        let window = self.window(stretch);
        let level = self.level(window.as_ref());
        let tonal = self.stages.tonal.as_mut().filter(|_| !level.silent);
        let mut summary = LiveSummary {
            tonal: tonal.and_then(|tonal| tonal.summary(window, level.gain, profile)),
            centroid_hz: self.centroid_hz(),
            ..LiveSummary::default()
        };
        if let Some(ebu) = &self.ebu {
            let loudness = ebu.loudness(None);
            [summary.momentary_lufs, summary.short_term_lufs] = ebu.latest();
            summary.integrated_lufs = (self.analyzed_s() >= BLOCK_S).then_some(loudness.integrated);
            summary.loudness_range_lu = summary.short_term_lufs.map(|_| loudness.range);
        }
        summary
    }

    /// Returns the mean spectral centroid of the last second in Hz.
    fn centroid_hz(&self) -> Option<f64> {
        let start = self.samples.saturating_sub((CENTROID_S * SAMPLE_RATE_HZ) as u64);
        let window = start..self.samples;
        let lowlevel = self.stages.lowlevel.as_ref().filter(|_| self.selection.has(CENTROID))?;
        if self.level(Some(&window)).silent {
            return None;
        }
        let mut pool = Pool::default();
        let statistics = Statistics { lowlevel: vec![Statistic::Mean], ..Statistics::default() };
        let selected = |name: &str| name == CENTROID;
        lowlevel.describe(Some(window), 1.0, &mut PoolWriter::new(&mut pool, &statistics, &selected));
        pool.number(&format!("{CENTROID}.{}", Statistic::Mean.name()))
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use earmark_dsp::SampleRate;

    use super::*;
    use crate::tonal::Scale;
    use crate::{AudioRetention, DESCRIPTORS, VECTORS, Value};

    /// Returns seconds of a chord of sines at 44.1 kHz.
    fn chord(frequencies_hz: &[f64], seconds: usize) -> Vec<f32> {
        let sample = |i: usize| {
            let t = i as f64 / SAMPLE_RATE_HZ;
            frequencies_hz.iter().map(|hz| (TAU * hz * t).sin() * 0.1).sum::<f64>() as f32
        };
        (0..seconds * 44_100).map(sample).collect()
    }

    #[test]
    fn summary_has_chord_loudness_and_centroid_of_now() {
        let builder = Extractor::builder(SampleRate::HZ_44100, 1).audio(AudioRetention::Last(30));
        let mut extractor = builder.build().unwrap();
        let stretch = Stretch::Last(30.0);
        assert_eq!(extractor.summarize(stretch, KeyProfile::Edma), LiveSummary::default());
        // C major, then A minor an octave above.
        extractor.push(&chord(&[261.63, 329.63, 392.0], 4));
        let first = extractor.summarize(stretch, KeyProfile::Edma);
        let triad = first.tonal.unwrap().chord.unwrap();
        assert_eq!((triad.root.name(), triad.scale), ("C", Scale::Major));
        assert!(first.momentary_lufs.is_some() && first.short_term_lufs.is_some());
        extractor.push(&chord(&[880.0, 1046.5, 1318.5], 4));
        let second = extractor.summarize(stretch, KeyProfile::Edma);
        let triad = second.tonal.unwrap().chord.unwrap();
        assert_eq!((triad.root.name(), triad.scale), ("A", Scale::Minor));
        let (low, high) = (first.centroid_hz.unwrap(), second.centroid_hz.unwrap());
        assert!((200.0..500.0).contains(&low) && (800.0..1400.0).contains(&high), "{low} Hz, {high} Hz");
        // Silence has a loudness, and no chord.
        extractor.push(&[0.0; 44_100 * 31]);
        let silence = extractor.summarize(stretch, KeyProfile::Edma);
        assert_eq!((silence.tonal, silence.centroid_hz), (None, None));
        assert!(silence.momentary_lufs.unwrap() < -100.0 && silence.integrated_lufs.unwrap() > -60.0);
    }

    #[test]
    fn vectors_of_the_layout_are_those_of_a_pool() {
        let mut extractor = Extractor::builder(SampleRate::HZ_44100, 1).build().unwrap();
        extractor.push(&chord(&[261.63, 329.63, 392.0], 8));
        let pool = extractor.describe(Stretch::SinceStart);
        for name in DESCRIPTORS {
            let value = pool.get(name).or_else(|| pool.get(&format!("{name}.mean"))).unwrap();
            assert_eq!(matches!(value, Value::Vector(_)), VECTORS.contains(&name), "{name}: {value:?}");
        }
    }

    #[test]
    fn latest_blocks_are_whole() {
        let builder = Extractor::builder(SampleRate::HZ_44100, 1);
        let mut extractor = builder.build().unwrap();
        extractor.push(&chord(&[1000.0], 1));
        let summary = extractor.summarize(Stretch::SinceStart, KeyProfile::Edma);
        // A sine of amplitude 0.1 in one channel.
        assert!((summary.momentary_lufs.unwrap() + 23.0).abs() < 0.1, "{summary:?}");
        assert_eq!((summary.short_term_lufs, summary.loudness_range_lu), (None, None));
        assert!((summary.integrated_lufs.unwrap() + 23.0).abs() < 2.0, "{summary:?}");
    }
}
