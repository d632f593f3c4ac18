//! Danceability: detrended fluctuation analysis of the loudness (Essentia's Danceability).

use crate::SAMPLE_RATE_HZ;

/// Length of a block in samples, 10 ms.
pub const BLOCK_LEN: usize = (SAMPLE_RATE_HZ * 0.01) as usize;

/// Shortest and longest window in milliseconds.
const WINDOW_MS: [f64; 2] = [310.0, 8800.0];
/// Ratio of the lengths of two windows.
const WINDOW_RATIO: f64 = 1.1;
/// Windows of one length are this part of a length apart.
const STEPS_PER_WINDOW: usize = 50;
/// Number of values after which sums start again, so that they stay exact in long streams.
const CHUNK_LEN: usize = 1024;

/// Standard deviation of each block of 441 samples of a stream, which is proportional to its gain.
#[derive(Debug, Clone, Default)]
pub struct BlockDeviations {
    block: Vec<f32>,
    deviations: Vec<f32>,
}

impl BlockDeviations {
    /// Adds samples at 44.1 kHz. Samples after the last whole block have no influence.
    pub fn push(&mut self, mut samples: &[f32]) {
        while !samples.is_empty() {
            let (head, tail) = samples.split_at(samples.len().min(BLOCK_LEN - self.block.len()));
            self.block.extend_from_slice(head);
            samples = tail;
            if self.block.len() == BLOCK_LEN {
                self.deviations.push(super::numeric::finite(standard_deviation(&self.block) as f32));
                self.block.clear();
            }
        }
    }

    /// Discards all blocks: the next sample is sample 0.
    pub fn reset(&mut self) {
        self.block.clear();
        self.deviations.clear();
    }

    /// Returns the standard deviation of each block.
    #[must_use]
    pub fn deviations(&self) -> &[f32] {
        &self.deviations
    }
}

/// Returns the unbiased standard deviation of a block.
fn standard_deviation(block: &[f32]) -> f64 {
    let mean = sum_lanes(block, |sample| sample) / block.len() as f64;
    (sum_lanes(block, |sample| (sample - mean) * (sample - mean)) / (block.len() - 1) as f64).sqrt()
}

/// Sums a function of the samples in four lanes, which the compiler makes vectors.
fn sum_lanes(block: &[f32], term: impl Fn(f64) -> f64) -> f64 {
    const LANES: usize = 4;
    let mut sums = [0.0; LANES];
    let (chunks, rest) = block.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            sums[lane] += term(f64::from(chunk[lane]));
        }
    }
    sums.iter().sum::<f64>() + rest.iter().map(|&sample| term(f64::from(sample))).sum::<f64>()
}

/// Returns the danceability of the standard deviations of blocks of 10 ms, usually from 0 to 3: the inverse of the mean
/// exponent of [`exponents`]. 0 if fewer than two windows fit (0.35 s).
#[must_use]
pub fn danceability(deviations: &[f32]) -> f64 {
    let exponents = exponents(deviations);
    let mean = exponents.iter().sum::<f64>() / exponents.len().max(1) as f64;
    let danceability = 1.0 / mean;
    if danceability.is_finite() { danceability } else { 0.0 }
}

/// Returns the exponents of detrended fluctuation analysis between successive window lengths from 0.31 to 8.8 s. Pairs
/// without fluctuation are skipped.
#[must_use]
pub fn exponents(deviations: &[f32]) -> Vec<f64> {
    let fluctuations = fluctuations(deviations);
    let pairs = fluctuations.windows(2).filter(|pair| pair[0].1 > 0.0 && pair[1].1 > 0.0);
    pairs
        .map(|pair| {
            let [(short, before), (long, after)] = [pair[0], pair[1]];
            (after / before).log10() / ((long as f64 + 3.0) / (short as f64 + 3.0)).log10()
        })
        .collect()
}

/// Returns each window length in blocks that fits, with the root mean residual of the linear fits to windows of the
/// cumulative sum.
fn fluctuations(deviations: &[f32]) -> Vec<(usize, f64)> {
    let count = deviations.len();
    let mean = deviations.iter().map(|&value| f64::from(value)).sum::<f64>() / count.max(1) as f64;
    let mut sum = 0.0;
    let profile: Vec<f64> = deviations
        .iter()
        .map(|&value| {
            sum += f64::from(value) - mean;
            sum
        })
        .collect();
    let lengths: Vec<usize> = std::iter::successors(Some(WINDOW_MS[0]), |ms| Some(ms * WINDOW_RATIO))
        .take_while(|&ms| ms <= WINDOW_MS[1])
        .map(|ms| (ms / 10.0) as usize)
        .take_while(|&length| length <= count)
        .collect();
    let mut residuals = vec![0.0; lengths.len()];
    let mut sums = Sums::default();
    let longest = lengths.last().copied().unwrap_or(0);
    for start in (0..count).step_by(CHUNK_LEN) {
        sums.compute(&profile[start..(start + CHUNK_LEN + longest).min(count)]);
        for (residual, &length) in residuals.iter_mut().zip(&lengths) {
            let step = step(length);
            let end = (count - length).min(start + CHUNK_LEN);
            let windows = (start.next_multiple_of(step)..end).step_by(step);
            *residual += windows.map(|window| sums.residual(window - start, length)).sum::<f64>();
        }
    }
    let fluctuation = |(&length, residual): (&usize, f64)| {
        // The number of windows, not rounded.
        let windows = (count - length) as f64 / step(length) as f64;
        (length, if windows > 0.0 { (residual / windows).sqrt() } else { 0.0 })
    };
    lengths.iter().zip(residuals).map(fluctuation).collect()
}

/// Returns the distance of two windows of one length.
fn step(length: usize) -> usize {
    (length / STEPS_PER_WINDOW).max(1)
}

/// Running sums of a part of the profile, relative to its first value.
#[derive(Default)]
struct Sums {
    /// Sums of value, of position times value and of the squared value, before each position.
    before: Vec<[f64; 3]>,
}

impl Sums {
    fn compute(&mut self, profile: &[f64]) {
        let base = profile.first().copied().unwrap_or(0.0);
        let mut sums = [0.0; 3];
        self.before.clear();
        self.before.push(sums);
        for (position, value) in profile.iter().enumerate() {
            let value = value - base;
            sums = [sums[0] + value, sums[1] + position as f64 * value, sums[2] + value * value];
            self.before.push(sums);
        }
    }

    /// Returns the mean squared distance of a window from its regression line.
    fn residual(&self, start: usize, length: usize) -> f64 {
        let (before, after) = (self.before[start], self.before[start + length]);
        let [sum, moment, squares] = [0, 1, 2].map(|i| after[i] - before[i]);
        let n = length as f64;
        let slope_product = moment - (start as f64 + (n - 1.0) / 2.0) * sum;
        let time_squares = n * (n * n - 1.0) / 12.0;
        ((squares - sum * sum / n - slope_product * slope_product / time_squares) / n).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Residual of the least squares line, from its definition.
    fn residual(window: &[f64]) -> f64 {
        let n = window.len() as f64;
        let mean = window.iter().sum::<f64>() / n;
        let time = |i: usize| i as f64 - (n - 1.0) / 2.0;
        let slope = window.iter().enumerate().map(|(i, y)| time(i) * y).sum::<f64>()
            / window.iter().enumerate().map(|(i, _)| time(i).powi(2)).sum::<f64>();
        window.iter().enumerate().map(|(i, y)| (y - mean - slope * time(i)).powi(2)).sum::<f64>() / n
    }

    #[test]
    fn fluctuations_are_the_residuals_of_lines_across_chunks() {
        let deviations: Vec<f32> =
            (0..2500_u64).map(|i| crate::rhythm::numeric::noise(i) as f32 + 0.001 * i as f32).collect();
        let mean = deviations.iter().map(|&v| f64::from(v)).sum::<f64>() / 2500.0;
        let mut sum = 0.0;
        let mut profile = Vec::new();
        for &value in &deviations {
            sum += f64::from(value) - mean;
            profile.push(sum);
        }
        let got = fluctuations(&deviations);
        assert_eq!((got.len(), got[0].0, got.last().unwrap().0), (36, 31, 871));
        for (length, fluctuation) in got {
            let step = (length / 50).max(1);
            let starts = (0..2500 - length).step_by(step);
            let sum: f64 = starts.map(|start| residual(&profile[start..start + length])).sum();
            let expected = (sum / ((2500 - length) as f64 / step as f64)).sqrt();
            assert!((fluctuation - expected).abs() < 1e-7 * expected, "{length}: {fluctuation}, expected {expected}");
        }
    }

    #[test]
    fn white_noise_has_an_exponent_of_about_one_half() {
        let deviations: Vec<f32> = (0..3000_u64).map(|i| crate::rhythm::numeric::noise(i) as f32).collect();
        let value = danceability(&deviations);
        assert!((1.6..2.4).contains(&value), "{value}");
    }

    #[test]
    fn short_and_silent_streams_have_no_danceability() {
        for len in [0, 1, 30, 31, 34, 3000] {
            assert_eq!(danceability(&vec![0.0; len]), 0.0, "{len}");
        }
    }

    #[test]
    fn blocks_do_not_depend_on_how_samples_arrive() {
        let samples: Vec<f32> = (0..2000_u64).map(|i| crate::rhythm::numeric::noise(i) as f32).collect();
        let run = |block: usize| {
            let mut blocks = BlockDeviations::default();
            samples.chunks(block).for_each(|part| blocks.push(part));
            blocks.deviations().to_vec()
        };
        assert_eq!(run(2000).len(), 4);
        assert!((run(2000)[0] - (1.0_f32 / 12.0).sqrt()).abs() < 0.02);
        assert_eq!(run(7), run(2000));
    }
}
