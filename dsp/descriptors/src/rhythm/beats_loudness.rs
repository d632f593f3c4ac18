//! Energy at the beats, whole and by band (Essentia's BeatsLoudness and SingleBeatLoudness).

use earmark_dsp::{Spectrum, Window};

use crate::{DescriptorError, SAMPLE_RATE_HZ};

/// Number of bands of the ratios.
pub const BANDS: usize = 6;

/// Edges of the bands in Hz.
const EDGES_HZ: [f64; BANDS + 1] = [0.0, 200.0, 400.0, 800.0, 1600.0, 3200.0, 22_000.0];
/// Time in seconds before the beat at which the search for the loudest sample starts.
const BEFORE_S: f64 = 0.05;
/// Time in seconds after the beat at which the segment ends.
const AFTER_S: f64 = 0.101;
/// Number of samples in which the loudest one is searched.
const SEARCH_LEN: usize = 4410;
/// Number of samples from the loudest one on whose spectrum is taken.
const FRAME_LEN: usize = 2206;

/// Part of a stream at 44.1 kHz.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AudioSpan<'a> {
    /// Position in the stream of the first sample.
    pub start: u64,
    /// Samples, not gained.
    pub samples: &'a [f32],
}

/// Loudness of a beat.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BeatLoudness {
    /// Energy of the spectrum of 50 ms from the loudest sample on.
    pub energy: f64,
    /// Share of the energy in the bands 0-200-400-800-1600-3200-22000 Hz, from 0 to 1; 0 without energy.
    pub ratios: [f64; BANDS],
}

/// Meter of the loudness of beats.
pub struct BeatMeter {
    spectrum: Spectrum<f32>,
    segment: Vec<f32>,
    power: Vec<f64>,
}

impl BeatMeter {
    /// Creates a meter. Allocates.
    ///
    /// # Errors
    /// [`DescriptorError::Dsp`] if the spectrum cannot be created.
    pub fn new() -> Result<Self, DescriptorError> {
        let spectrum = Spectrum::with_weights(&Window::BlackmanHarris62.normalized(FRAME_LEN), FRAME_LEN)?;
        Ok(Self { spectrum, segment: Vec::with_capacity(SEARCH_LEN + 2 * FRAME_LEN), power: Vec::new() })
    }

    /// Returns the loudness of the beat at `beat_s` seconds of the stream, whose samples are multiplied by `gain` and
    /// clipped to 1. `None` if the 0.15 s that are needed are not all in `audio`: it starts later, or ends more than 1 ms
    /// early.
    pub fn measure(&mut self, audio: AudioSpan<'_>, gain: f64, beat_s: f64) -> Option<BeatLoudness> {
        let (mut start_s, mut end_s) = (beat_s - BEFORE_S, beat_s + AFTER_S);
        if start_s < 0.0 {
            (start_s, end_s) = (0.0, end_s - start_s);
        }
        let position = |seconds: f64| ((seconds * SAMPLE_RATE_HZ) as u64).checked_sub(audio.start);
        let end = position(end_s)?.min(audio.samples.len() as u64);
        let segment = audio.samples.get(position(start_s)? as usize..end as usize)?;
        if segment.len() < SEARCH_LEN + FRAME_LEN {
            return None;
        }
        let gain = gain as f32;
        self.segment.clear();
        self.segment.extend(segment.iter().map(|sample| (gain * sample).clamp(-1.0, 1.0)));
        let louder = |best: usize, at: usize| if self.segment[at].abs() > self.segment[best].abs() { at } else { best };
        let loudest = (0..SEARCH_LEN).fold(0, louder);
        let bins = self.spectrum.complex(&self.segment[loudest..loudest + FRAME_LEN]);
        self.power.clear();
        self.power.extend(bins.iter().map(|bin| f64::from(bin.norm_sqr())));
        Some(loudness(&self.power))
    }
}

/// Returns energy and ratios of a power spectrum up to 22050 Hz.
fn loudness(power: &[f64]) -> BeatLoudness {
    let energy: f64 = power.iter().sum();
    let bin = |hz: f64| (hz / (SAMPLE_RATE_HZ / 2.0) * (power.len() - 1) as f64 + 0.5) as usize;
    let mut ratios = [0.0; BANDS];
    if energy > 0.0 {
        for (ratio, edges) in ratios.iter_mut().zip(EDGES_HZ.windows(2)) {
            *ratio = power[bin(edges[0])..=bin(edges[1])].iter().sum::<f64>() / energy;
        }
    }
    BeatLoudness { energy, ratios }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Silence with a tone of 300 Hz from one second on.
    fn tone() -> Vec<f32> {
        let wave =
            |i: usize| if i < 44_100 { 0.0 } else { (i as f32 * 300.0 * std::f32::consts::TAU / 44_100.0).sin() };
        (0..88_200).map(|i| 0.1 * wave(i)).collect()
    }

    #[test]
    fn energy_scales_with_the_gain_and_lies_in_the_band_of_the_tone() {
        let samples = tone();
        let audio = AudioSpan { start: 0, samples: &samples };
        let mut meter = BeatMeter::new().unwrap();
        let quiet = meter.measure(audio, 1.0, 1.0).unwrap();
        let loud = meter.measure(audio, 2.0, 1.0).unwrap();
        assert!(quiet.energy > 0.0 && (loud.energy / quiet.energy - 4.0).abs() < 1e-4, "{quiet:?}, {loud:?}");
        assert!(quiet.ratios[1] > 0.95, "{quiet:?}");
        let silent = meter.measure(audio, 1.0, 0.5).unwrap();
        assert_eq!(silent, BeatLoudness { energy: 0.0, ratios: [0.0; BANDS] });
    }

    #[test]
    fn beat_outside_of_the_audio_is_skipped() {
        let samples = tone();
        let mut meter = BeatMeter::new().unwrap();
        let mut measure = |start: usize, end: usize, beat_s: f64| {
            let audio = AudioSpan { start: start as u64, samples: &samples[start..end] };
            meter.measure(audio, 1.0, beat_s)
        };
        assert_eq!(measure(0, 88_200, 1.0), measure(44_100 - 2206, 88_200, 1.0));
        assert!(measure(44_100 - 2204, 88_200, 1.0).is_none());
        assert!(measure(0, 88_200, 1.9).is_none());
        // The first beat is shifted to the start of the stream.
        assert!(measure(0, 6660, 0.0).is_some());
        assert!(measure(0, 6615, 0.0).is_none());
        assert!(measure(44_100, 88_200, 0.5).is_none() && measure(0, 0, 0.0).is_none());
    }
}
