//! Bank of band filters that run side by side: fourth-order edges of two Butterworth sections each.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use crate::SampleRate;

/// Number of bands; the last is not used, so that bands fill vector registers.
pub(super) const BANDS: usize = 8;
/// Number of second-order sections of a band.
const SECTIONS: usize = 4;
/// Magnitude of a filter state below which it becomes 0: a decaying state would become a denormal number, which is slow.
const MIN_STATE: f64 = 1e-30;
/// Highest edge as a share of the sample rate.
const MAX_EDGE: f64 = 0.45;

/// Value of each band.
pub(super) type PerBand = [f64; BANDS];

/// Bands of the bank, by index.
pub(super) mod band {
    pub(in super::super) const LOW: usize = 0;
    pub(in super::super) const MID: usize = 1;
    pub(in super::super) const HIGH: usize = 2;
    pub(in super::super) const KICK: usize = 3;
    /// Range above the kick, in which toms, bass and the shells of snares are.
    pub(in super::super) const BODY: usize = 4;
    pub(in super::super) const SNARE: usize = 5;
    pub(in super::super) const HAT: usize = 6;
}

/// Edges of a band in Hz.
struct Edges {
    above: Option<f64>,
    below: Option<f64>,
    /// Number of sections of the lower edge, 1 or 2.
    sections_above: usize,
}

/// Edges of the bands in the order of [`band`].
const EDGES: [Edges; BANDS - 1] = [
    Edges { above: None, below: Some(250.0), sections_above: 2 },
    Edges { above: Some(250.0), below: Some(4000.0), sections_above: 2 },
    Edges { above: Some(4000.0), below: None, sections_above: 2 },
    Edges { above: Some(35.0), below: Some(110.0), sections_above: 1 },
    Edges { above: Some(170.0), below: Some(500.0), sections_above: 2 },
    Edges { above: Some(1200.0), below: Some(5000.0), sections_above: 2 },
    Edges { above: Some(7500.0), below: None, sections_above: 2 },
];

/// Coefficients of one section of all bands.
#[derive(Debug, Clone, Copy)]
struct Section {
    b: [PerBand; 3],
    a: [PerBand; 2],
}

/// Band filters of one stream (direct form II, transposed).
#[derive(Debug, Clone)]
pub(super) struct BandFilters {
    sections: [Section; SECTIONS],
    states: [[PerBand; 2]; SECTIONS],
}

impl BandFilters {
    pub(super) fn new(rate: SampleRate) -> Self {
        let pass = Section { b: [[1.0; BANDS], [0.0; BANDS], [0.0; BANDS]], a: [[0.0; BANDS]; 2] };
        let mut sections = [pass; SECTIONS];
        // The unused band is silent.
        sections[0].b[0][BANDS - 1] = 0.0;
        for (band, edges) in EDGES.iter().enumerate() {
            let high_pass = edges.above.map(|hz| (hz, true));
            let low_pass = edges.below.map(|hz| (hz, false));
            let above = high_pass.into_iter().flat_map(|edge| std::iter::repeat_n(edge, edges.sections_above));
            let below = low_pass.into_iter().flat_map(|edge| std::iter::repeat_n(edge, 2));
            for (section, (hz, high)) in sections.iter_mut().zip(above.chain(below)) {
                section.set(band, hz / rate.hz(), high);
            }
        }
        Self { sections, states: [[[0.0; BANDS]; 2]; SECTIONS] }
    }

    /// Filters samples and adds the square of each output to `energies`. Real-time safe.
    pub(super) fn add_energies(&mut self, samples: &[f32], energies: &mut PerBand) {
        let mut sums = *energies;
        for &sample in samples {
            let mut signal = [f64::from(sample); BANDS];
            for (Section { b, a }, [first, second]) in self.sections.iter().zip(&mut self.states) {
                for i in 0..BANDS {
                    let x = signal[i];
                    let y = b[0][i] * x + first[i];
                    first[i] = b[1][i] * x - a[0][i] * y + second[i];
                    second[i] = b[2][i] * x - a[1][i] * y;
                    signal[i] = y;
                }
            }
            for i in 0..BANDS {
                sums[i] += signal[i] * signal[i];
            }
        }
        *energies = sums;
    }

    /// Sets states to 0 that would become denormal numbers. Called at fixed positions of the stream. Real-time safe.
    pub(super) fn flush_denormals(&mut self) {
        for state in self.states.iter_mut().flatten().flatten() {
            if state.abs() < MIN_STATE {
                *state = 0.0;
            }
        }
    }

    pub(super) fn reset(&mut self) {
        self.states = [[[0.0; BANDS]; 2]; SECTIONS];
    }
}

impl Section {
    /// Makes the section of a band a Butterworth filter with an edge at `edge` times the sample rate. A low-pass at an edge
    /// that the rate does not reach passes everything, a high-pass nothing.
    fn set(&mut self, band: usize, edge: f64, high: bool) {
        if edge >= MAX_EDGE {
            self.b[0][band] = if high { 0.0 } else { 1.0 };
            return;
        }
        let k = (PI * edge).tan();
        let scale = 1.0 + k / FRAC_1_SQRT_2 + k * k;
        let (outer, middle) = if high { (1.0, -2.0) } else { (k * k, 2.0 * k * k) };
        let b = [outer, middle, outer].map(|value| value / scale);
        let a = [2.0 * (k * k - 1.0) / scale, (1.0 - k / FRAC_1_SQRT_2 + k * k) / scale];
        for (of, value) in self.b.iter_mut().zip(b).chain(self.a.iter_mut().zip(a)) {
            of[band] = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    /// Returns the gain of each band for a tone, in dB.
    fn gains(rate_hz: f64, hz: f64) -> PerBand {
        let rate = SampleRate::new(rate_hz).unwrap();
        let mut filters = BandFilters::new(rate);
        let tone: Vec<f32> = (0..rate_hz as usize).map(|i| (TAU * hz * i as f64 / rate_hz).sin() as f32).collect();
        let half = tone.len() / 2;
        filters.add_energies(&tone[..half], &mut [0.0; BANDS]);
        let mut energies = [0.0; BANDS];
        filters.add_energies(&tone[half..], &mut energies);
        energies.map(|energy| 10.0 * (2.0 * energy / (tone.len() - half) as f64).max(1e-20).log10())
    }

    #[test]
    fn bands_pass_their_range_and_stop_others_at_any_rate() {
        for rate_hz in [44_100.0, 48_000.0, 96_000.0, 192_000.0, 768_000.0] {
            for (hz, passes, stops) in [
                (60.0, &[band::LOW, band::KICK][..], &[band::MID, band::HIGH, band::BODY, band::SNARE][..]),
                (1000.0, &[band::MID], &[band::LOW, band::HIGH, band::KICK, band::HAT]),
                (2500.0, &[band::MID, band::SNARE], &[band::LOW, band::KICK, band::BODY, band::HAT]),
                (15_000.0, &[band::HIGH, band::HAT], &[band::LOW, band::MID, band::KICK, band::BODY]),
            ] {
                let gains = gains(rate_hz, hz);
                for &band in passes {
                    assert!(
                        (-2.0..0.1).contains(&gains[band]),
                        "{hz} Hz at {rate_hz}: band {band}, {} dB",
                        gains[band]
                    );
                }
                for &band in stops {
                    assert!(gains[band] < -20.0, "{hz} Hz at {rate_hz}: band {band}, {} dB", gains[band]);
                }
            }
        }
    }

    #[test]
    fn neighbouring_bands_meet_at_half_the_amplitude() {
        for (hz, bands) in [(250.0, [band::LOW, band::MID]), (4000.0, [band::MID, band::HIGH])] {
            for band in bands {
                let gain = gains(48_000.0, hz)[band];
                assert!((gain + 6.02).abs() < 0.1, "{hz} Hz: band {band}, {gain} dB");
            }
        }
    }

    #[test]
    fn band_that_the_rate_does_not_reach_is_silent() {
        let gains = gains(8000.0, 1000.0);
        assert_eq!((gains[band::HIGH], gains[band::HAT], gains[BANDS - 1]), (-200.0, -200.0, -200.0));
        assert!(gains[band::MID].abs() < 0.3, "{gains:?}");
    }
}
