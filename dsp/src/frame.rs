//! Samples to overlapping frames, the first of them centred on sample 0.
//!
//! Frame `k` covers samples `k * hop - len / 2 .. k * hop - len / 2 + len` (`len / 2` rounded up); what lies before
//! the first and behind the last sample is zero. A stream of `n` samples has `ceil(n / hop) + 1` frames, less those that
//! would hold none of its samples, of which there are some where a hop is longer than half a frame (Essentia's
//! FrameCutter with `startFromZero = false`, the setting of all its models).

use crate::DspError;

/// Cuts a stream of samples into frames, whatever the size of the blocks it comes in.
#[derive(Debug, Clone)]
pub struct Framer {
    len: usize,
    hop: usize,
    /// Samples from the start of the next frame on; the first frame starts with half a frame of zeros.
    held: Vec<f32>,
    /// Leading part of `held` that belongs to frames already given (only with a hop longer than a frame).
    skip: usize,
    samples: u64,
    frames: u64,
}

impl Framer {
    /// A framer of `len` samples a frame, `hop` samples apart. Allocates: call while activating.
    ///
    /// # Errors
    /// [`DspError::Size`] when either is 0.
    pub fn new(len: usize, hop: usize) -> Result<Self, DspError> {
        for (what, got) in [("frame length", len), ("frame hop", hop)] {
            if got == 0 {
                return Err(DspError::Size { what, expected: "at least 1 sample".into(), got });
            }
        }
        let mut framer = Self { len, hop, held: Vec::with_capacity(2 * len + hop), skip: 0, samples: 0, frames: 0 };
        framer.reset();
        Ok(framer)
    }

    /// Takes samples and gives each frame that they complete, in order.
    pub fn push(&mut self, samples: &[f32], mut frame: impl FnMut(&[f32])) {
        self.samples += samples.len() as u64;
        // Blocks of any size pass through a buffer of bounded size.
        for part in samples.chunks(self.len) {
            self.held.extend_from_slice(part);
            self.give(&mut frame);
        }
    }

    /// Ends the stream: pads with zeros and gives the frames that are still owed, then starts anew.
    ///
    /// A stream without a sample has no frames.
    pub fn flush(&mut self, mut frame: impl FnMut(&[f32])) {
        if self.samples > 0 {
            // A frame more than hops begin, unless that one would begin behind the last sample.
            let reach = self.hop.min(self.len.div_ceil(2));
            let total = (self.samples + reach as u64).div_ceil(self.hop as u64);
            while self.frames < total {
                let need = self.skip + self.len;
                self.held.resize(need.max(self.held.len()), 0.0);
                self.give_one(&mut frame);
                self.compact();
            }
        }
        self.reset();
    }

    /// Forgets everything: the next sample is sample 0 again.
    pub fn reset(&mut self) {
        self.held.clear();
        self.held.resize(self.len.div_ceil(2), 0.0);
        self.skip = 0;
        self.samples = 0;
        self.frames = 0;
    }

    fn give(&mut self, frame: &mut impl FnMut(&[f32])) {
        while self.held.len() >= self.skip + self.len {
            self.give_one(frame);
        }
        self.compact();
    }

    fn give_one(&mut self, frame: &mut impl FnMut(&[f32])) {
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

    /// The rule in one line, over the whole signal at once.
    fn all_at_once(samples: &[f32], len: usize, hop: usize) -> Vec<Vec<f32>> {
        let at = |i: i64| usize::try_from(i).ok().and_then(|i| samples.get(i)).copied().unwrap_or(0.0);
        let start = |k: usize| (k * hop) as i64 - len.div_ceil(2) as i64;
        let begun = (0..=samples.len().div_ceil(hop)).take_while(|&k| start(k) < samples.len() as i64);
        begun.map(|k| (0..len as i64).map(|i| at(start(k) + i)).collect()).collect()
    }

    /// Counted with the reference.
    #[test]
    fn there_are_as_many_frames_as_the_reference_gives() {
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
    fn any_block_size_gives_the_frames_of_the_whole() {
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

    #[test]
    fn nothing_in_nothing_out() {
        let mut framer = Framer::new(512, 256).unwrap();
        framer.push(&[], |_| panic!("a frame of nothing"));
        framer.flush(|_| panic!("a frame of nothing"));
        assert!(Framer::new(0, 1).is_err() && Framer::new(1, 0).is_err());
    }
}
