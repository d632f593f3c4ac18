//! Random numbers, the same for the same seed.

use earmark_tests::signal::{noise, random};

/// The seed that clap-validator begins every case with.
pub(crate) const SEED: u64 = 0x1337_6767;

pub(crate) struct TestRng(u64);

impl TestRng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Between 0 and 1, both ends included.
    pub(crate) fn unit(&mut self) -> f64 {
        f64::from(random(&mut self.0)) / f64::from(u32::MAX)
    }

    pub(crate) fn between(&mut self, least: f64, most: f64) -> f64 {
        least + self.unit() * (most - least)
    }

    /// One of 0 to `end` - 1.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        random(&mut self.0) as usize % end
    }

    pub(crate) fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// Uniform noise between -1 and 1, or less far.
    pub(crate) fn noise(&mut self, frames: usize, peak: f32) -> Vec<f32> {
        noise(frames, peak, u64::from(random(&mut self.0)))
    }

    /// The same for every channel of a port.
    pub(crate) fn noises(&mut self, channels: usize, frames: usize) -> Vec<Vec<f32>> {
        (0..channels).map(|_| self.noise(frames, 1.0)).collect()
    }
}
