//! Harmonic pitch class profiles of spectral peaks: how the energy is spread over the octave, folded into one octave.

use std::f64::consts::PI;

use crate::peaks::Peak;

/// Number of bins of the key and the chord profile: three a semitone.
pub const PROFILE_BINS: usize = 36;
/// Number of bins of the high-resolution profile: ten a semitone.
pub const HIGH_RESOLUTION_BINS: usize = 120;

/// Lowest and highest frequency in Hz of peaks that count.
const BAND_HZ: [f32; 2] = [20.0, 3500.0];
/// Frequency in Hz below which peaks belong to the low band, which is normalized apart from the high band.
const SPLIT_HZ: f32 = 500.0;
/// Number of harmonics above the fundamental that a peak also counts for.
const HARMONICS: u32 = 8;
/// Value below which the non-linear mapping compresses further.
const KNEE: f64 = 0.6;

/// Places before bin 0 in an [`Octave`], which a vote below bin 0 may reach.
const PAD: usize = 2;

/// Pitch class that a peak counts for because it may be a harmonic of it.
#[derive(Debug, Clone, Copy)]
struct Harmonic {
    /// Distance in octaves, 0 to 1, by which the pitch class lies below the peak.
    octaves: f64,
    /// Factor for the peak's energy.
    weight: f64,
    /// Cosine and sine of the rotation that the distance causes in the weight function of the chord profile.
    rotation: [f64; 2],
}

/// Returns the pitch classes of the fundamental and [`HARMONICS`] harmonics; equal pitch classes are merged.
fn harmonics() -> Vec<Harmonic> {
    let mut classes: Vec<(f64, f64)> = Vec::new();
    for number in 1..=HARMONICS + 1 {
        let octaves = f64::from(number).log2();
        let weight = 1.0 / f64::max(1.0, 0.5 * octaves);
        let class = octaves.fract();
        match classes.iter_mut().find(|(other, _)| (other - class).abs() < 1e-6) {
            Some((_, sum)) => *sum += weight,
            None => classes.push((class, weight)),
        }
    }
    let harmonic = |(octaves, weight): (f64, f64)| {
        let (sine, cosine) = (24.0 * PI * octaves).sin_cos();
        Harmonic { octaves, weight: weight * weight, rotation: [cosine, sine] }
    };
    classes.into_iter().map(harmonic).collect()
}

/// Accumulator for one profile, with places before and after the octave that are folded back at the end.
///
/// A vote at position `b` adds `cos(pi (b - k) / width)` to the bins `k` within half a `width`. With the cosine and the
/// sine of `pi b / width` at hand, tables of those of `pi k / width` give every weight by two products.
#[derive(Debug, Clone)]
struct Octave {
    bins: usize,
    half_width: f64,
    cosines: Vec<f64>,
    sines: Vec<f64>,
    sums: Vec<f64>,
}

impl Octave {
    fn new(bins: usize, width: f64) -> Self {
        let places = bins + 2 * PAD + width.ceil() as usize;
        let angle = |place: usize| PI * (place as f64 - PAD as f64) / width;
        Self {
            bins,
            half_width: 0.5 * width,
            cosines: (0..places).map(|place| angle(place).cos()).collect(),
            sines: (0..places).map(|place| angle(place).sin()).collect(),
            sums: vec![0.0; places],
        }
    }

    /// Adds a vote of `energy` at `octave` (0 to 1), which touches `TOUCHED` bins; `angle` holds cosine and sine of
    /// `pi b / width`.
    fn vote<const TOUCHED: usize>(&mut self, octave: f64, angle: [f64; 2], energy: f64) {
        let end = self.bins as f64;
        // The first bin is ceil(position - half width), from a truncation of a positive number.
        let below_end = (end + self.half_width - octave * end) as usize;
        let first = (self.bins + PAD).saturating_sub(below_end);
        let places = first..first + TOUCHED;
        let (Some(sums), Some(cosines), Some(sines)) =
            (self.sums.get_mut(places.clone()), self.cosines.get(places.clone()), self.sines.get(places))
        else {
            return;
        };
        let [cosine, sine] = angle.map(|part| part * energy);
        for ((sum, table_cosine), table_sine) in sums.iter_mut().zip(cosines).zip(sines) {
            *sum += (cosine * table_cosine + sine * table_sine).max(0.0);
        }
    }

    /// Folds the sums into the octave, scaled so that the largest is 1, adds them to `profile` and clears them.
    fn drain(&mut self, profile: &mut [f64]) {
        let (head, octave) = self.sums.split_at_mut(PAD);
        let (octave, tail) = octave.split_at_mut(self.bins);
        for (sum, before) in octave[self.bins - PAD..].iter_mut().zip(head) {
            *sum += *before;
        }
        for (sum, after) in octave.iter_mut().zip(tail) {
            *sum += *after;
        }
        let scale = reciprocal(octave);
        for (value, sum) in profile.iter_mut().zip(octave) {
            *value += *sum * scale;
        }
        self.sums.fill(0.0);
    }
}

/// Returns the reciprocal of the largest value, 0 if there is none above 0.
fn reciprocal(values: &[f64]) -> f64 {
    let max = values.iter().copied().fold(0.0, f64::max);
    if max > 0.0 { 1.0 / max } else { 0.0 }
}

/// Profiles of a frame in single precision, each scaled so that its largest value is 1, or all 0 without peaks.
#[derive(Debug)]
pub(super) struct Profiles<'a> {
    /// Key profile: no harmonics, weight function one semitone wide.
    pub(super) key: Option<&'a mut [f32]>,
    /// Chord profile: [`HARMONICS`] harmonics, two bands, half a semitone wide, compressed.
    pub(super) chord: Option<&'a mut [f32]>,
    /// The chord profile in high resolution.
    pub(super) high_resolution: Option<&'a mut [f32]>,
}

/// Calculator of the three profiles (Essentia's HPCP with the settings of MusicExtractor).
///
/// Bin 0 is the pitch class of the tuning frequency, A.
#[derive(Debug, Clone)]
pub(super) struct Hpcp {
    harmonics: Vec<Harmonic>,
    key: Octave,
    /// Low and high band.
    chord: [Octave; 2],
    high_resolution: [Octave; 2],
    scratch: Vec<f64>,
}

impl Hpcp {
    pub(super) fn new() -> Self {
        let chord = Octave::new(PROFILE_BINS, 1.5);
        let high_resolution = Octave::new(HIGH_RESOLUTION_BINS, 5.0);
        Self {
            harmonics: harmonics(),
            key: Octave::new(PROFILE_BINS, 3.0),
            chord: [chord.clone(), chord],
            high_resolution: [high_resolution.clone(), high_resolution],
            scratch: Vec::with_capacity(HIGH_RESOLUTION_BINS),
        }
    }

    /// Writes the profiles of a frame's peaks for a tuning frequency in Hz.
    pub(super) fn write(&mut self, peaks: impl Iterator<Item = Peak>, tuning_hz: f64, out: Profiles<'_>) {
        let harmonics: &[Harmonic] =
            if out.chord.is_some() || out.high_resolution.is_some() { &self.harmonics } else { &[] };
        for peak in peaks.filter(|peak| (BAND_HZ[0]..=BAND_HZ[1]).contains(&peak.hz)) {
            let octaves = (f64::from(peak.hz) / tuning_hz).log2();
            let class = octaves - octaves.floor();
            let energy = f64::from(peak.magnitude) * f64::from(peak.magnitude);
            let (sine, cosine) = (12.0 * PI * class).sin_cos();
            self.key.vote::<3>(class, [cosine, sine], energy);
            // The weight functions of the other two are half as wide: their angle is twice that of the key profile.
            let double = [2.0 * cosine * cosine - 1.0, 2.0 * sine * cosine];
            let band = usize::from(peak.hz >= SPLIT_HZ);
            for harmonic in harmonics {
                let below = class - harmonic.octaves;
                let class = if below < 0.0 { below + 1.0 } else { below };
                let [cosine, sine] = harmonic.rotation;
                let angle = [double[0] * cosine + double[1] * sine, double[1] * cosine - double[0] * sine];
                let energy = energy * harmonic.weight;
                self.chord[band].vote::<2>(class, angle, energy);
                self.high_resolution[band].vote::<5>(class, angle, energy);
            }
        }
        drain(std::slice::from_mut(&mut self.key), false, &mut self.scratch, out.key);
        drain(&mut self.chord, true, &mut self.scratch, out.chord);
        drain(&mut self.high_resolution, true, &mut self.scratch, out.high_resolution);
    }
}

/// Writes the sum of the normalized `bands`, normalized, and clears the bands.
fn drain(bands: &mut [Octave], compress: bool, scratch: &mut Vec<f64>, out: Option<&mut [f32]>) {
    scratch.clear();
    scratch.resize(bands[0].bins, 0.0);
    for band in bands {
        band.drain(scratch);
    }
    let scale = reciprocal(scratch);
    for (slot, value) in out.into_iter().flatten().zip(scratch.iter()) {
        let value = value * scale;
        *slot = (if compress && value > 0.0 { compressed(value) } else { value }) as f32;
    }
}

/// Maps 0 to 1 onto 0 to 1: the square of a quarter of a sine wave, and below [`KNEE`] the cube of that.
fn compressed(value: f64) -> f64 {
    let mapped = 0.5 - 0.5 * (PI * value).cos();
    if mapped < KNEE { mapped * (mapped / KNEE) * (mapped / KNEE) } else { mapped }
}

/// Returns the ratio of the largest value to the mean, 0 for all zeros (Essentia's Crest).
pub(super) fn crest(profile: &[f32]) -> f32 {
    let sum: f64 = profile.iter().copied().map(f64::from).sum();
    let max = profile.iter().copied().fold(0.0, f32::max);
    if sum > 0.0 { (f64::from(max) * profile.len() as f64 / sum) as f32 } else { 0.0 }
}

/// Returns the entropy in bits of the values as shares of their sum, 0 for all zeros (Essentia's Entropy).
pub(super) fn entropy(profile: &[f32]) -> f32 {
    let sum: f64 = profile.iter().copied().map(f64::from).sum();
    if sum <= 0.0 {
        return 0.0;
    }
    // -sum(p log p) with p = v / sum: log(sum) - sum(v log v) / sum.
    let weighted: f64 = profile.iter().filter(|&&v| v > 0.0).map(|&v| f64::from(v) * f64::from(v).log2()).sum();
    (sum.log2() - weighted / sum).max(0.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profiles(peaks: &[(f32, f32)]) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
        let (mut key, mut chord, mut high) =
            (vec![9.0; PROFILE_BINS], vec![9.0; PROFILE_BINS], vec![9.0; HIGH_RESOLUTION_BINS]);
        let peaks = peaks.iter().map(|&(hz, magnitude)| Peak { hz, magnitude, height: magnitude });
        let out = Profiles { key: Some(&mut key), chord: Some(&mut chord), high_resolution: Some(&mut high) };
        Hpcp::new().write(peaks, 440.0, out);
        (key, chord, high)
    }

    /// Sum over peaks and pitch classes of the weight function, straight from the definition.
    fn direct(peaks: &[(f32, f32)], bins: usize, width: f64, harmonics: &[Harmonic]) -> Vec<f64> {
        let mut sums = vec![0.0; bins];
        for &(hz, magnitude) in peaks {
            for harmonic in harmonics {
                let position = ((f64::from(hz) / 440.0).log2() - harmonic.octaves) * bins as f64;
                let (first, last) = ((position - width / 2.0).ceil() as i64, (position + width / 2.0).floor() as i64);
                for bin in first..=last {
                    let weight = (PI * (position - bin as f64) / width).cos();
                    sums[bin.rem_euclid(bins as i64) as usize] +=
                        weight * f64::from(magnitude) * f64::from(magnitude) * harmonic.weight;
                }
            }
        }
        let scale = reciprocal(&sums);
        sums.iter().map(|sum| sum * scale).collect()
    }

    #[test]
    fn profiles_agree_with_the_definition() {
        // All below the split, so that there is one band.
        let peaks: Vec<(f32, f32)> = (0..60).map(|i| (21.0 + 7.97 * i as f32, ((i * 37) % 11 + 1) as f32)).collect();
        let (key, chord, high) = profiles(&peaks);
        let fundamental = [Harmonic { octaves: 0.0, weight: 1.0, rotation: [1.0, 0.0] }];
        for (got, expected) in [
            (&key, direct(&peaks, 36, 3.0, &fundamental)),
            (&chord, direct(&peaks, 36, 1.5, &harmonics()).into_iter().map(compressed).collect()),
            (&high, direct(&peaks, 120, 5.0, &harmonics()).into_iter().map(compressed).collect()),
        ] {
            for (bin, (got, expected)) in got.iter().zip(expected).enumerate() {
                assert!((f64::from(*got) - expected).abs() < 1e-6, "bin {bin}: {got}, expected {expected}");
            }
        }
    }

    #[test]
    fn tone_lies_in_its_bin_and_silence_is_zero() {
        let (key, chord, high) = profiles(&[(440.0 * 2f32.powf(3.0 / 12.0), 0.1), (19.0, 5.0), (3501.0, 5.0)]);
        assert_eq!((key[9], chord[9], high[30]), (1.0, 1.0, 1.0));
        assert!((key[8] - 0.5).abs() < 1e-5 && key[7] < 1e-5, "{key:?}");
        let (key, chord, high) = profiles(&[]);
        assert!(key.iter().chain(&chord).chain(&high).all(|&value| value == 0.0));
        assert_eq!((crest(&key), entropy(&key)), (0.0, 0.0));
    }

    #[test]
    fn bands_are_normalized_apart() {
        let (_, chord, _) = profiles(&[(220.0, 1.0), (440.0 * 2f32.powf(13.0 / 12.0), 0.01)]);
        assert!((chord[0] - 1.0).abs() < 0.05 && (chord[3] - 1.0).abs() < 0.05, "{chord:?}");
    }

    #[test]
    fn crest_and_entropy_of_equal_values() {
        assert_eq!(crest(&[0.5; 8]), 1.0);
        assert!((entropy(&[0.5; 8]) - 3.0).abs() < 1e-6);
        assert_eq!(entropy(&[0.0, 1.0]), 0.0);
    }
}
