//! Pseudo-random numbers with a seed.

use earmark_tests::signal::{noise, random};

/// Seed of every case of clap-validator.
pub(crate) const SEED: u64 = 0x1337_6767;

pub(crate) struct TestRng(u64);

impl TestRng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns a number from 0 to 1, both included.
    pub(crate) fn unit(&mut self) -> f64 {
        f64::from(random(&mut self.0)) / f64::from(u32::MAX)
    }

    pub(crate) fn between(&mut self, least: f64, most: f64) -> f64 {
        least + self.unit() * (most - least)
    }

    /// Returns an integer from 0 to `end` - 1.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        random(&mut self.0) as usize % end
    }

    pub(crate) fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// Returns uniform noise between -`peak` and `peak`.
    pub(crate) fn noise(&mut self, frames: usize, peak: f32) -> Vec<f32> {
        noise(frames, peak, u64::from(random(&mut self.0)))
    }

    /// Returns noise for every channel of a port.
    pub(crate) fn noises(&mut self, channels: usize, frames: usize) -> Vec<Vec<f32>> {
        (0..channels).map(|_| self.noise(frames, 1.0)).collect()
    }
}
