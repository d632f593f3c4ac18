//! Overlapping frames of a stream of samples; the first frame is centred on sample 0, or starts with it.
//!
//! Centred, frame `k` covers samples `k * hop - len / 2 .. k * hop - len / 2 + len` (`len / 2` rounded up); samples before the
//! first and after the last are 0. A stream of `n` samples has `ceil(n / hop) + 1` frames, minus those without any of
//! its samples, which exist if the hop is longer than half a frame. These are the frames of Essentia's FrameCutter with
//! `startFromZero = false`, the setting of all its models.
//!
//! From zero, frame `k` starts at sample `k * hop`; the first frame that reaches the end of the stream is the last
//! (`startFromZero = true`).

use std::fmt;

use crate::DspError;

/// Frame cutter for a stream of samples in blocks of any size.
#[derive(Clone)]
pub struct Framer {
    len: usize,
    hop: usize,
    /// Number of zeros before sample 0 in the first frame.
    lead: usize,
    /// Samples from the start of the next frame on. The first frame starts with `lead` zeros.
    held: Vec<f32>,
    /// Number of leading samples of `held` before the next frame (only above 0 between calls if the hop exceeds a
    /// frame).
    skip: usize,
    samples: u64,
    frames: u64,
}

impl fmt::Debug for Framer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Framer")
            .field("len", &self.len)
            .field("hop", &self.hop)
            .field("lead", &self.lead)
            .field("samples", &self.samples)
            .field("frames", &self.frames)
            .finish_non_exhaustive()
    }
}

impl Framer {
    /// Creates a framer for frames of `len` samples, `hop` samples apart, the first centred on sample 0. Allocates:
    /// call while activating.
    ///
    /// # Errors
    /// [`DspError::Size`] if either is 0.
    pub fn new(len: usize, hop: usize) -> Result<Self, DspError> {
        Self::with_lead(len, hop, len.div_ceil(2))
    }

    /// Creates a framer whose first frame starts with sample 0. Allocates: call while activating.
    ///
    /// # Errors
    /// [`DspError::Size`] if either is 0.
    pub fn from_zero(len: usize, hop: usize) -> Result<Self, DspError> {
        Self::with_lead(len, hop, 0)
    }

    /// Creates a framer whose first frame starts with `lead` zeros before sample 0 (at most `len - 1`). Allocates: call
    /// while activating.
    ///
    /// # Errors
    /// [`DspError::Size`] if length or hop is 0, or if the first frame would contain no sample.
    pub fn with_lead(len: usize, hop: usize, lead: usize) -> Result<Self, DspError> {
        for (what, got) in [("frame length", len), ("frame hop", hop)] {
            if got == 0 {
                return Err(DspError::Size { what, expected: "at least 1 sample".into(), got });
            }
        }
        if lead >= len && len > 1 {
            let expected = format!("less than the {len} of a frame");
            return Err(DspError::Size { what: "zeros before the first sample", expected, got: lead });
        }
        let held = Vec::with_capacity(2 * len + hop);
        let mut framer = Self { len, hop, lead, held, skip: 0, samples: 0, frames: 0 };
        framer.reset();
        Ok(framer)
    }

    /// Adds samples and calls `frame` with each frame that they complete, in order.
    pub fn push(&mut self, samples: &[f32], mut frame: impl FnMut(&[f32])) {
        self.samples += samples.len() as u64;
        // A block of any size passes through a buffer of bounded size.
        for part in samples.chunks(self.len) {
            self.held.extend_from_slice(part);
            self.emit(&mut frame);
        }
    }

    /// Ends the stream: pads it with zeros, calls `frame` with the remaining frames, then resets.
    ///
    /// A stream without samples has no frames.
    pub fn flush(&mut self, mut frame: impl FnMut(&[f32])) {
        if self.samples > 0 {
            while self.frames < self.total() {
                let need = self.skip + self.len;
                self.held.resize(need.max(self.held.len()), 0.0);
                self.emit_frame(&mut frame);
                self.compact();
            }
        }
        self.reset();
    }

    /// Discards all state: the next sample is sample 0.
    pub fn reset(&mut self) {
        self.held.clear();
        self.held.resize(self.lead, 0.0);
        self.skip = 0;
        self.samples = 0;
        self.frames = 0;
    }

    /// Returns the number of frames of a stream that ends with the samples so far.
    fn total(&self) -> u64 {
        if self.lead == 0 {
            return self.samples.saturating_sub(self.len as u64).div_ceil(self.hop as u64) + 1;
        }
        // One frame more than there are started hops, unless that frame would start after the last sample.
        let reach = self.hop.min(self.lead);
        (self.samples + reach as u64).div_ceil(self.hop as u64)
    }

    fn emit(&mut self, frame: &mut impl FnMut(&[f32])) {
        while self.held.len() >= self.skip + self.len {
            self.emit_frame(frame);
        }
        self.compact();
    }

    fn emit_frame(&mut self, frame: &mut impl FnMut(&[f32])) {
        frame(&self.held[self.skip..self.skip + self.len]);
        self.skip += self.hop;
        self.frames += 1;
    }

    fn compact(&mut self) {
        let done = self.skip.min(self.held.len());
        self.held.drain(..done);
        self.skip -= done;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames of a whole signal, straight from the definition.
    fn all_at_once(samples: &[f32], len: usize, hop: usize) -> Vec<Vec<f32>> {
        let at = |i: i64| usize::try_from(i).ok().and_then(|i| samples.get(i)).copied().unwrap_or(0.0);
        let start = |k: usize| (k * hop) as i64 - len.div_ceil(2) as i64;
        let begun = (0..=samples.len().div_ceil(hop)).take_while(|&k| start(k) < samples.len() as i64);
        begun.map(|k| (0..len as i64).map(|i| at(start(k) + i)).collect()).collect()
    }

    /// Counts measured on the reference.
    #[test]
    fn frame_count_matches_the_reference() {
        for (len, hop, samples, expected) in
            [(400, 160, 512, 5), (512, 256, 513, 4), (1024, 1024, 512, 1), (1024, 1024, 513, 2)]
        {
            let mut framer = Framer::new(len, hop).unwrap();
            let mut count = 0;
            framer.push(&vec![1.0; samples], |_| count += 1);
            framer.flush(|_| count += 1);
            assert_eq!(count, expected, "frame {len}, hop {hop}, {samples} samples");
        }
    }

    #[test]
    fn any_block_size_gives_the_same_frames() {
        for (len, hop) in [(512, 256), (400, 160), (1024, 512), (5, 2), (4, 9), (1, 1)] {
            for n in [1, 2, hop - 1, hop, hop + 1, len, 3 * len + 7].into_iter().filter(|&n| n > 0) {
                let samples: Vec<f32> = (1..=n).map(|i| i as f32).collect();
                let expected = all_at_once(&samples, len, hop);
                for block in [1, 3, 64, 10_000] {
                    let mut framer = Framer::new(len, hop).unwrap();
                    for _ in 0..2 {
                        let mut frames = Vec::new();
                        samples.chunks(block).for_each(|part| framer.push(part, |f| frames.push(f.to_vec())));
                        framer.flush(|f| frames.push(f.to_vec()));
                        assert_eq!(frames, expected, "frame {len}, hop {hop}, {n} samples in blocks of {block}");
                    }
                }
            }
        }
    }

    /// Counts measured on the reference: windows of 0.4 s and 3 s at a hop of 0.1 s over 0.05 s, 0.5 s and 30 s.
    #[test]
    fn frames_from_zero_match_the_reference_in_any_block_size() {
        for (samples, momentary, short_term) in [(2205, 1, 1), (22_050, 2, 1), (132_300, 27, 1), (1_323_000, 297, 271)]
        {
            for (len, expected) in [(17_640, momentary), (132_300, short_term)] {
                for block in [999, 4410, samples] {
                    let mut framer = Framer::from_zero(len, 4410).unwrap();
                    let (mut count, mut last) = (0, 0.0);
                    let signal: Vec<f32> = (1..=samples).map(|i| i as f32).collect();
                    let mut take = |frame: &[f32]| {
                        assert_eq!(frame[0], (count * 4410 + 1) as f32);
                        count += 1;
                        last = frame.iter().fold(0.0, |a: f32, &b| a.max(b));
                    };
                    signal.chunks(block).for_each(|part| framer.push(part, &mut take));
                    framer.flush(&mut take);
                    assert_eq!((count, last), (expected, samples as f32), "{len} over {samples} in blocks of {block}");
                }
            }
        }
    }

    #[test]
    fn empty_stream_has_no_frames() {
        let mut framer = Framer::new(512, 256).unwrap();
        framer.push(&[], |_| panic!("a frame of nothing"));
        framer.flush(|_| panic!("a frame of nothing"));
        assert!(Framer::new(0, 1).is_err() && Framer::new(1, 0).is_err());
    }
}
