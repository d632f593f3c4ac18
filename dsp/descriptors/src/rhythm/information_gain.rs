//! Information gain: rise of each bin from the five frames before to the five frames after the middle of eleven
//! (Essentia's OnsetDetectionGlobal "infogain").

use std::ops::Range;

use crate::math::round_half_up;

/// Frequencies in Hz of the first and the last bin.
const RANGE_HZ: [f64; 2] = [40.0, 5000.0];
/// Number of frames on each side of the middle.
const SIDE: usize = 5;
/// Number of frames of which the middle is one.
const SPAN: usize = 2 * SIDE + 1;
/// Weights of the frames by their distance from the middle, from 1 on.
const WEIGHTS: [f32; SIDE] = [1.0, 0.82, 0.64, 0.46, 0.28];
/// Sum that replaces a sum of 0 after the middle. A sum of 0 before the middle is replaced by 1.
const NOTHING: f32 = f32::EPSILON;

/// Information gain of the frames of a stream. A frame's value lags by five frames; frames before the first are 0.
///
/// The ratio of two sums does not depend on the gain of the stream, except for sums of 0, which are kept apart.
pub(super) struct InformationGain {
    bins: Range<usize>,
    /// Weighted magnitudes of the last eleven frames, of which the newest is at `newest`.
    ring: Vec<f32>,
    newest: usize,
    before: Vec<f32>,
    after: Vec<f32>,
    gains: Vec<f32>,
    exceptions: Vec<Exception>,
}

/// Bin of a frame in which one of the sums is 0.
struct Exception {
    frame: usize,
    /// Ratio in octaves of an un-gained stream.
    octaves: f32,
    /// 1 if the ratio is proportional to the gain, -1 if it is to the inverse of the gain.
    sign: f32,
}

impl InformationGain {
    /// Creates the state before the first frame of spectra whose bins are `bin_hz` apart.
    pub(super) fn new(bin_hz: f64) -> Self {
        let [first, last] = RANGE_HZ.map(|hz| round_half_up(hz / bin_hz) as usize);
        let bins = first..last + 1;
        let len = bins.len();
        let (before, after) = (vec![0.0; len], vec![0.0; len]);
        Self { bins, ring: vec![0.0; SPAN * len], newest: 0, before, after, gains: Vec::new(), exceptions: Vec::new() }
    }

    /// Returns the number of frames.
    pub(super) fn frames(&self) -> usize {
        self.gains.len()
    }

    /// Discards all frames.
    pub(super) fn reset(&mut self) {
        self.ring.fill(0.0);
        self.gains.clear();
        self.exceptions.clear();
    }

    /// Adds a frame; missing bins are 0.
    pub(super) fn push(&mut self, magnitudes: &[f32]) {
        let len = self.bins.len();
        self.newest = (self.newest + 1) % SPAN;
        let row = &mut self.ring[self.newest * len..][..len];
        row.fill(0.0);
        row.iter_mut()
            .zip(magnitudes.iter().skip(self.bins.start))
            .for_each(|(slot, &value)| *slot = super::numeric::finite(value));
        for (side, sums) in [(SIDE, &mut self.after), (SPAN, &mut self.before)] {
            sums.fill(0.0);
            for (distance, weight) in (1..).zip(WEIGHTS) {
                // Number of frames between the frame and the newest.
                let age = if side == SIDE { SIDE - distance } else { SIDE + distance };
                let row = &self.ring[(self.newest + SPAN - age) % SPAN * len..][..len];
                sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * value);
            }
        }
        let frame = self.gains.len();
        let mut gain = 0.0;
        for (&before, &after) in self.before.iter().zip(&self.after) {
            if before > 0.0 && after > 0.0 {
                gain += (after / before).log2().max(0.0);
            } else if after > 0.0 {
                self.exceptions.push(Exception { frame, octaves: after.log2(), sign: 1.0 });
            } else if before > 0.0 {
                self.exceptions.push(Exception { frame, octaves: (NOTHING / before).log2(), sign: -1.0 });
            }
        }
        self.gains.push(super::numeric::finite(gain));
    }

    /// Returns the values of `frames`, of the stream multiplied by `gain`.
    pub(super) fn of(&self, frames: Range<usize>, gain: f64) -> Vec<f32> {
        let mut gains = self.gains[frames.clone()].to_vec();
        let octaves = gain.log2() as f32;
        let start = self.exceptions.partition_point(|exception| exception.frame < frames.start);
        for exception in self.exceptions[start..].iter().take_while(|exception| exception.frame < frames.end) {
            gains[exception.frame - frames.start] += (exception.octaves + exception.sign * octaves).max(0.0);
        }
        gains
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gain_follows_its_definition_at_any_gain() {
        let magnitude = |frame: usize| if frame < 14 { 0.3 + (frame * frame % 5) as f32 } else { 0.0 };
        let mut information = InformationGain::new(44_100.0 / 2048.0);
        assert_eq!(information.bins, 2..233);
        for frame in 0..25 {
            let mut spectrum = vec![9.0; 1025];
            spectrum[2..233].fill(0.0);
            spectrum[50] = magnitude(frame);
            information.push(&spectrum);
        }
        for gain in [0.25_f32, 1.0, 3.0] {
            let got = information.of(3..25, f64::from(gain));
            for (frame, got) in (3..25).zip(got) {
                let at = |age: usize| if frame >= age { gain * magnitude(frame - age) } else { 0.0 };
                let side = |age: fn(usize) -> usize| -> f32 { (0..5).map(|i| WEIGHTS[i] * at(age(i + 1))).sum() };
                let (after, before) = (side(|distance| 5 - distance), side(|distance| 5 + distance));
                let after = if after == 0.0 { NOTHING } else { after };
                let before = if before == 0.0 { 1.0 } else { before };
                let expected = (after / before).log2().max(0.0);
                assert!((got - expected).abs() < 1e-4, "frame {frame}, gain {gain}: {got}, expected {expected}");
            }
        }
    }
}
