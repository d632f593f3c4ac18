//! Loudness descriptors: EBU R128, average loudness, dynamic complexity, and the replay gain that scales the others.
//!
//! Every quantity is kept per block without the gain, so one record serves the whole piece and any window of it.

mod average;
mod dynamic_complexity;
mod ebu_r128;
mod meter;
mod replay_gain;
mod weighting;

pub use average::AverageLoudness;
pub use dynamic_complexity::DynamicComplexity;
pub use ebu_r128::{BlockLoudness, EbuR128};
pub use meter::{LoudnessMeter, LoudnessStep};
pub use replay_gain::ReplayGain;
pub use weighting::Weighting;

use std::ops::Range;

use crate::math::frames_in;

/// Returns the blocks whose centre lies in a window, of `count` blocks that start every `hop` samples and have `len`.
pub(crate) fn blocks_in(window: Option<&Range<u64>>, count: usize, len: usize, hop: usize) -> Range<usize> {
    frames_in(window, len / 2, hop, count)
}

/// Returns the number of blocks from sample 0 of a stream of `samples`: the first that reaches the end is the last.
pub(crate) fn blocks_from_zero(samples: u64, len: usize, hop: usize) -> usize {
    if samples == 0 {
        return 0;
    }
    let blocks = samples.saturating_sub(len as u64).div_ceil(hop as u64) + 1;
    usize::try_from(blocks).unwrap_or(usize::MAX)
}

/// Sums of a stream of non-negative numbers over consecutive spans of the same length; the last may be incomplete.
#[derive(Debug, Clone)]
pub(crate) struct SpanSums {
    len: usize,
    sums: Vec<f64>,
    /// Number of samples so far.
    samples: u64,
    /// Sum and number of samples of the span that is not complete.
    open: (f64, usize),
}

impl SpanSums {
    pub(crate) fn new(len: usize) -> Self {
        Self { len, sums: Vec::new(), samples: 0, open: (0.0, 0) }
    }

    pub(crate) fn push(&mut self, number: f64) {
        self.samples += 1;
        self.open.0 += number;
        self.open.1 += 1;
        if self.open.1 == self.len {
            self.sums.push(self.open.0);
            self.open = (0.0, 0);
        }
    }

    /// Returns the sum of the spans `range`; a span after the last sample counts 0.
    pub(crate) fn sum(&self, range: Range<usize>) -> f64 {
        let open = if range.contains(&self.sums.len()) { self.open.0 } else { 0.0 };
        let end = range.end.min(self.sums.len());
        self.sums.get(range.start.min(end)..end).map_or(0.0, |sums| sums.iter().sum::<f64>()) + open
    }

    pub(crate) fn samples(&self) -> u64 {
        self.samples
    }

    /// Returns the complete spans.
    pub(crate) fn complete(&self) -> &[f64] {
        &self.sums
    }

    /// Returns the sum of the incomplete span, if it has any sample.
    pub(crate) fn incomplete(&self) -> Option<f64> {
        (self.open.1 > 0).then_some(self.open.0)
    }

    pub(crate) fn reset(&mut self) {
        self.sums.clear();
        self.samples = 0;
        self.open = (0.0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn window_holds_the_blocks_whose_centre_lies_in_it() {
        // Centres 5, 15, 25, 35.
        assert_eq!(blocks_in(None, 4, 10, 10), 0..4);
        assert_eq!(blocks_in(Some(&(5..25)), 4, 10, 10), 0..2);
        assert_eq!(blocks_in(Some(&(6..1000)), 4, 10, 10), 1..4);
        assert_eq!(blocks_in(Some(&(500..600)), 4, 10, 10), 4..4);
    }

    #[test]
    fn sums_include_the_incomplete_span_at_the_end() {
        let mut sums = SpanSums::new(3);
        (1..=7).for_each(|i| sums.push(f64::from(i)));
        assert_eq!((sums.sum(0..2), sums.sum(1..3), sums.sum(2..9), sums.sum(3..9)), (21.0, 22.0, 7.0, 0.0));
        assert_eq!((sums.samples(), sums.incomplete()), (7, Some(7.0)));
    }
}
