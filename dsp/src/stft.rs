//! Short-time Fourier transform of a stream, and its inverse by overlap-add.
//!
//! Frame `k` contains the `frame_len` samples before sample `k * hop`: zeros precede the stream, so frame 0 is zero and
//! every sample is in the same number of frames. Positions are exact: the inverse starts with sample 0 of the stream.

use std::fmt;

use realfft::num_complex::Complex;

use crate::{DspError, InverseSpectrum, Spectrum, Window};

/// Transform of one channel from samples to frames of `frame_len / 2 + 1` complex bins, not scaled.
pub struct Stft {
    spectrum: Spectrum<f32>,
    /// The samples of the next frame, except for the last `hop`.
    history: Vec<f32>,
    /// The samples after the last frame, fewer than `hop`.
    held: Vec<f32>,
    hop: usize,
    started: bool,
}

impl fmt::Debug for Stft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stft")
            .field("frame_len", &self.history.len())
            .field("hop", &self.hop)
            .field("started", &self.started)
            .finish_non_exhaustive()
    }
}

impl Stft {
    /// Creates a transform with frames of `frame_len` samples every `hop` samples. Allocates: call while activating.
    ///
    /// # Errors
    /// [`DspError::Size`] if the frame is shorter than 2 samples, or no whole number of hops.
    pub fn new(window: Window, frame_len: usize, hop: usize) -> Result<Self, DspError> {
        check_hop(frame_len, hop)?;
        let spectrum = Spectrum::new(window, frame_len, frame_len)?;
        Ok(Self { spectrum, history: vec![0.0; frame_len], held: Vec::with_capacity(hop), hop, started: false })
    }

    /// Returns the number of bins of a frame.
    #[must_use]
    pub fn bins(&self) -> usize {
        self.spectrum.bins()
    }

    /// Transforms `samples`; calls `emit` with each finished frame. Real-time safe.
    pub fn push(&mut self, samples: &[f32], mut emit: impl FnMut(&[Complex<f32>])) {
        let mut rest = samples;
        while !rest.is_empty() {
            if !self.started {
                self.started = true;
                emit(self.spectrum.complex(&self.history));
            }
            let (part, after) = rest.split_at((self.hop - self.held.len()).min(rest.len()));
            rest = after;
            self.held.extend_from_slice(part);
            if self.held.len() == self.hop {
                self.complete(&mut emit);
            }
        }
    }

    /// Ends the stream: fills it with zeros until every sample is in as many frames as any other, then resets. A stream
    /// of `n` samples has `ceil((n + frame_len) / hop)` frames; an empty stream has none.
    pub fn flush(&mut self, mut emit: impl FnMut(&[Complex<f32>])) {
        let more = if !self.started {
            0
        } else if self.held.is_empty() {
            self.history.len() / self.hop - 1
        } else {
            self.history.len() / self.hop
        };
        for _ in 0..more {
            self.held.resize(self.hop, 0.0);
            self.complete(&mut emit);
        }
        self.reset();
    }

    /// Discards all state: the next sample is sample 0.
    pub fn reset(&mut self) {
        self.history.fill(0.0);
        self.held.clear();
        self.started = false;
    }

    fn complete(&mut self, emit: &mut impl FnMut(&[Complex<f32>])) {
        let kept = self.history.len() - self.hop;
        self.history.copy_within(self.hop.., 0);
        self.history[kept..].copy_from_slice(&self.held);
        self.held.clear();
        emit(self.spectrum.complex(&self.history));
    }
}

/// Inverse of [`Stft`]: weighted overlap-add with the same window, which reconstructs the stream from unchanged frames.
pub struct Istft {
    inverse: InverseSpectrum<f32>,
    window: Vec<f32>,
    /// Sums of the windowed frames at the positions that are not finished.
    sums: Vec<f32>,
    /// Reciprocals of the sums of the squared windows, one per sample of a hop.
    gains: Vec<f32>,
    hop: usize,
    /// Number of hops at the start of a frame that are left out.
    skipped: usize,
    /// Number of finished hops that precede sample 0 of the stream.
    lead: usize,
}

impl fmt::Debug for Istft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Istft")
            .field("frame_len", &self.window.len())
            .field("hop", &self.hop)
            .field("skipped", &self.skipped)
            .finish_non_exhaustive()
    }
}

impl Istft {
    /// Creates an inverse. `overlap` is the number of frames that add up to a sample: `frame_len / hop`, or fewer to leave
    /// out the newest ones, which shortens the delay by a hop each. Allocates: call while activating.
    ///
    /// # Errors
    /// [`DspError::Size`] if the frame is shorter than 2 samples or no whole number of hops, or `overlap` is out of range.
    pub fn new(window: Window, frame_len: usize, hop: usize, overlap: usize) -> Result<Self, DspError> {
        check_hop(frame_len, hop)?;
        let frames = frame_len / hop;
        if !(1..=frames).contains(&overlap) {
            return Err(DspError::Size { what: "overlap", expected: format!("1 to {frames} frames"), got: overlap });
        }
        let window: Vec<f32> = (0..frame_len).map(|i| window.weight(i, frame_len)).collect();
        let skipped = frames - overlap;
        let gains = (0..hop).map(|i| {
            let squares = window.iter().skip(skipped * hop + i).step_by(hop).map(|&weight| f64::from(weight).powi(2));
            (1.0 / squares.sum::<f64>()) as f32
        });
        let gains = gains.collect();
        let inverse = InverseSpectrum::new(frame_len)?;
        Ok(Self { inverse, window, sums: vec![0.0; frame_len], gains, hop, skipped, lead: frames - skipped })
    }

    /// Adds one frame and appends the finished samples to `out`: a hop, or nothing before sample 0 of the stream.
    pub fn push(&mut self, bins: impl IntoIterator<Item = Complex<f32>>, out: &mut Vec<f32>) {
        let skipped = self.skipped * self.hop;
        let frame = self.inverse.samples(bins);
        let weighted = frame.iter().zip(&self.window).skip(skipped);
        for (sum, (sample, weight)) in self.sums.iter_mut().zip(weighted) {
            *sum += sample * weight;
        }
        if self.lead > 0 {
            self.lead -= 1;
        } else {
            out.extend(self.sums.iter().zip(&self.gains).map(|(sum, gain)| sum * gain));
        }
        let kept = self.sums.len() - self.hop;
        self.sums.copy_within(self.hop.., 0);
        self.sums[kept..].fill(0.0);
    }

    /// Discards all state: the next frame is frame 0.
    pub fn reset(&mut self) {
        self.sums.fill(0.0);
        self.lead = self.window.len() / self.hop - self.skipped;
    }
}

fn check_hop(frame_len: usize, hop: usize) -> Result<(), DspError> {
    if hop > 0 && frame_len >= 2 && frame_len.is_multiple_of(hop) {
        return Ok(());
    }
    Err(DspError::Size { what: "hop", expected: format!("a divisor of the frame length {frame_len}"), got: hop })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(n: usize) -> Vec<f32> {
        (0..n as u32).map(|i| i.wrapping_mul(2_654_435_761) as i32 as f32 / 2_147_483_648.0).collect()
    }

    fn restore(samples: &[f32], block: usize, overlap: usize) -> (Vec<f32>, usize) {
        let mut stft = Stft::new(Window::HannPeriodic, 64, 16).unwrap();
        let mut istft = Istft::new(Window::HannPeriodic, 64, 16, overlap).unwrap();
        let (mut out, mut frames) = (Vec::new(), 0);
        let mut emit = |bins: &[Complex<f32>]| {
            frames += 1;
            istft.push(bins.iter().copied(), &mut out);
        };
        samples.chunks(block).for_each(|part| stft.push(part, &mut emit));
        stft.flush(&mut emit);
        (out, frames)
    }

    #[test]
    fn inverse_of_unchanged_frames_is_the_stream() {
        for n in [1, 15, 16, 17, 63, 64, 65, 1_000] {
            let samples = noise(n);
            for overlap in [2, 3, 4] {
                let (out, frames) = restore(&samples, 7, overlap);
                assert_eq!(frames, (n + 64).div_ceil(16), "{n}");
                assert!(out.len() >= n, "{n}: {}", out.len());
                for (i, (got, expected)) in out.iter().zip(&samples).enumerate() {
                    assert!(
                        (got - expected).abs() < 2e-6,
                        "{overlap} frames, sample {i} of {n}: {got}, not {expected}"
                    );
                }
                assert!(out[n..].iter().all(|sample| sample.abs() < 2e-6), "{n}");
            }
        }
    }

    #[test]
    fn any_block_size_gives_the_same_bytes() {
        let samples = noise(500);
        let whole = restore(&samples, 500, 4);
        for block in [1, 16, 33] {
            assert_eq!(restore(&samples, block, 4), whole, "{block}");
        }
    }

    #[test]
    fn first_frame_precedes_the_stream_and_an_empty_stream_has_no_frame() {
        let mut stft = Stft::new(Window::HannPeriodic, 64, 16).unwrap();
        let mut energies = Vec::new();
        let mut emit = |bins: &[Complex<f32>]| energies.push(bins.iter().map(Complex::norm_sqr).sum::<f32>());
        stft.flush(&mut emit);
        stft.push(&noise(16), &mut emit);
        assert_eq!(energies.len(), 2);
        assert_eq!(energies[0], 0.0);
        assert!(energies[1] > 0.0);
    }

    #[test]
    fn hop_that_does_not_divide_the_frame_is_rejected() {
        for hop in [0, 3, 128] {
            assert!(Stft::new(Window::HannPeriodic, 64, hop).is_err(), "{hop}");
            assert!(Istft::new(Window::HannPeriodic, 64, hop, 1).is_err(), "{hop}");
        }
        for overlap in [0, 5] {
            assert!(Istft::new(Window::HannPeriodic, 64, 16, overlap).is_err(), "{overlap}");
        }
    }
}
