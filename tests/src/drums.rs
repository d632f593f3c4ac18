//! Synthetic drums at known times.

use std::f64::consts::TAU;

use crate::signal::random;

/// Drum sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drum {
    /// Sine that falls from 150 to 50 Hz and decays in 0.2 s.
    Kick,
    /// Two tones of a shell, and noise between 0.8 and 8 kHz.
    Snare,
    /// Noise above 8 kHz that decays in 70 ms.
    Hat,
}

impl Drum {
    /// All drums.
    pub const ALL: [Self; 3] = [Self::Kick, Self::Snare, Self::Hat];

    /// Returns the name: `kick`, `snare` or `hat`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Kick => "kick",
            Self::Snare => "snare",
            Self::Hat => "hat",
        }
    }
}

/// Length of a sound in seconds.
const LENGTH_S: f64 = 0.5;

/// Hit of a drum at a time in seconds, with a gain.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Drum sound.
    pub drum: Drum,
    /// Time in seconds.
    pub at_s: f64,
    /// Gain, 0 to 1.
    pub gain: f64,
}

/// Returns `count` hits of the drums in turn, from half a second on, with random gains from 0.35 to 0.9 and random distances
/// from `distances_s.0` to `distances_s.1` seconds.
#[must_use]
pub fn hits(drums: &[Drum], count: usize, distances_s: (f64, f64), seed: u64) -> Vec<Hit> {
    let mut state = seed;
    let mut share = || f64::from(random(&mut state)) / f64::from(u32::MAX);
    let mut at_s = 0.5;
    (0..count)
        .map(|i| {
            let hit = Hit { drum: drums[i % drums.len()], at_s, gain: 0.35 + 0.55 * share() };
            at_s += distances_s.0 + (distances_s.1 - distances_s.0) * share();
            hit
        })
        .collect()
}

/// Returns the sound of the hits at a rate, up to a second after the last.
#[must_use]
pub fn render(hits: &[Hit], rate_hz: f64, seed: u64) -> Vec<f32> {
    let end_s = hits.iter().fold(0.0, |end: f64, hit| end.max(hit.at_s)) + 1.0;
    let mut samples = vec![0.0_f32; (end_s * rate_hz) as usize];
    let mut state = seed;
    for hit in hits {
        let start = (hit.at_s * rate_hz).round() as usize;
        let mut filters = [Pass::new(800.0, rate_hz), Pass::new(8_000.0, rate_hz), Pass::new(8_000.0, rate_hz)];
        for (i, sample) in samples[start..].iter_mut().take((LENGTH_S * rate_hz) as usize).enumerate() {
            let noise = f64::from(random(&mut state)) / f64::from(u32::MAX / 2) - 1.0;
            let value = sound(hit.drum, i as f64 / rate_hz, noise, &mut filters);
            *sample += (hit.gain * value) as f32;
        }
    }
    samples
}

/// Returns the sound of a drum `t` seconds after its hit, with white noise and filters of this hit.
fn sound(drum: Drum, t: f64, noise: f64, filters: &mut [Pass; 3]) -> f64 {
    match drum {
        Drum::Kick => {
            let cycles = 50.0 * t + 100.0 * 0.02 * (1.0 - (-t / 0.02).exp());
            (TAU * cycles).sin() * (-t / 0.07).exp() * (t / 0.002).min(1.0)
        }
        Drum::Snare => {
            let shell =
                0.5 * (TAU * 185.0 * t).sin() * (-t / 0.05).exp() + 0.3 * (TAU * 330.0 * t).sin() * (-t / 0.04).exp();
            let [above, below, second] = filters;
            let wires = second.low(below.low(above.high(noise)));
            shell + 0.6 * wires * (-t / 0.07).exp()
        }
        Drum::Hat => {
            let [_, first, second] = filters;
            0.4 * second.high(first.high(noise)) * (-t / 0.03).exp()
        }
    }
}

/// Filter of the second order (trapezoidal state variables) at one frequency.
struct Pass {
    g: f64,
    state: [f64; 2],
}

impl Pass {
    fn new(hz: f64, rate_hz: f64) -> Self {
        Self { g: (TAU / 2.0 * (hz / rate_hz).min(0.45)).tan(), state: [0.0; 2] }
    }

    /// Returns the high-pass and low-pass outputs of the next sample.
    fn next(&mut self, input: f64) -> (f64, f64) {
        let damping = std::f64::consts::SQRT_2;
        let high =
            (input - (damping + self.g) * self.state[0] - self.state[1]) / (1.0 + damping * self.g + self.g * self.g);
        let band = self.g * high + self.state[0];
        let low = self.g * band + self.state[1];
        self.state = [self.g * high + band, self.g * band + low];
        (high, low)
    }

    fn high(&mut self, input: f64) -> f64 {
        self.next(input).0
    }

    fn low(&mut self, input: f64) -> f64 {
        self.next(input).1
    }
}
