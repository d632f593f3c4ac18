//! Synthetic signals as functions of time, so that the music is the same at every rate.

use std::f64::consts::TAU;

/// Notes over a beat at 100 BPM, in Hz.
const NOTES: [f64; 4] = [220.0, 261.63, 329.63, 392.0];

/// Returns a simple tune: notes with partials up to 6 kHz, a kick, and hiss up to 15 kHz; peaks near 0.8.
#[must_use]
pub fn tune(rate_hz: f64, seconds: f64) -> Vec<f32> {
    (0..(rate_hz * seconds) as usize).map(|i| tune_at(i as f64 / rate_hz) as f32).collect()
}

fn tune_at(t: f64) -> f64 {
    let beat = (t / 0.6).floor();
    let since = t - beat * 0.6;
    let note = NOTES[beat as usize % NOTES.len()];
    let voice: f64 = (1..=15).map(|k| (TAU * note * f64::from(k) * t).sin() / f64::from(k)).sum();
    let kick = (TAU * 60.0 * since).sin() * (-since * 20.0).exp();
    // Sines at unrelated frequencies approximate noise.
    let hiss: f64 = (0..24).map(|k| (TAU * (1_000.0 + 583.7 * f64::from(k)) * t + f64::from(k * k)).sin()).sum();
    0.25 * voice * (-since * 2.0).exp() + 0.3 * kick + 0.01 * hiss * (-since * 15.0).exp()
}

/// Returns white noise between -`peak` and `peak`, which depends on `seed` only.
#[must_use]
pub fn noise(samples: usize, peak: f32, seed: u64) -> Vec<f32> {
    let mut state = seed;
    (0..samples).map(|_| peak * (random(&mut state) as f32 / (u32::MAX as f32 / 2.0) - 1.0)).collect()
}

/// Returns the next of a sequence of pseudo-random numbers (a multiplicative congruential generator's upper half).
pub fn random(state: &mut u64) -> u32 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 32) as u32
}
