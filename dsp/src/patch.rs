//! Overlapping patches of frames, with the number of new frames in each.
//!
//! Patch `p` contains frames `p * hop .. p * hop + len`. `n` frames contain `1 + (n - len) / hop` whole patches. With a phase, the
//! second patch follows the first by less than a hop, so that streams that begin together do not complete patches together.

use std::collections::VecDeque;
use std::fmt;

use crate::{DspError, FrameIndex};

/// Treatment of the frames after the last whole patch when a stream ends (Essentia's `lastPatchMode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LastPatchMode {
    /// The frames are dropped, as in Essentia's predictors.
    #[default]
    Discard,
    /// The frames are repeated cyclically until they fill a patch (`repeat`).
    Repeat,
}

/// Consecutive frames that a network takes as its input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Patch<'a> {
    /// Index of the first frame.
    pub first_frame: FrameIndex,
    /// Frames in order, each of `bands` values.
    pub data: &'a [f32],
    /// Level of each frame: the mean square of its samples; full scale is 1.0.
    pub levels: &'a [f32],
    /// Number of frames at the end that were not in the previous patch; all frames of the first patch.
    pub new_frames: usize,
    /// Number of frames from this patch to the next.
    pub next_hop: usize,
    /// Number of frames of real signal: all frames, except in a last patch that was filled by repetition.
    pub valid_frames: usize,
}

/// Generator of patches of `len` frames, `hop` frames apart.
#[derive(Clone)]
pub struct PatchGenerator {
    bands: usize,
    len: usize,
    hop: usize,
    /// Frame modulo the hop at which patches after the first begin.
    phase: usize,
    /// Number of frames from the last patch to the next, as set when the last patch was complete.
    moved: usize,
    last_patch_mode: LastPatchMode,
    /// Stored frames, contiguous whenever a patch is emitted.
    data: VecDeque<f32>,
    levels: VecDeque<f32>,
    /// Index of the first stored frame.
    first: u64,
    /// Number of frames to skip before the next patch starts (only if the hop exceeds the patch length).
    skip: usize,
}

impl fmt::Debug for PatchGenerator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PatchGenerator")
            .field("bands", &self.bands)
            .field("len", &self.len)
            .field("hop", &self.hop)
            .field("last_patch_mode", &self.last_patch_mode)
            .field("first", &self.first)
            .finish_non_exhaustive()
    }
}

impl PatchGenerator {
    /// Creates a generator for patches of `len` frames of `bands` values, `hop` frames apart. Allocates: call while
    /// activating.
    ///
    /// # Errors
    /// [`DspError::Size`] if one of the sizes is 0.
    pub fn new(bands: usize, len: usize, hop: usize, last_patch_mode: LastPatchMode) -> Result<Self, DspError> {
        for (what, got) in [("bands", bands), ("patch length", len), ("patch hop", hop)] {
            if got == 0 {
                return Err(DspError::Size { what, expected: "at least 1".into(), got });
            }
        }
        Ok(Self {
            bands,
            len,
            hop,
            phase: 0,
            moved: len,
            last_patch_mode,
            // With room for two patches, the ring moves its content at most once per patch.
            data: VecDeque::with_capacity(2 * len * bands),
            levels: VecDeque::with_capacity(2 * len),
            first: 0,
            skip: 0,
        })
    }

    /// Returns the number of frames in a patch.
    #[must_use]
    pub fn patch_frames(&self) -> usize {
        self.len
    }

    /// Returns the number of frames from one patch to the next.
    #[must_use]
    pub fn hop(&self) -> usize {
        self.hop
    }

    /// Sets the hop in frames from the next patch on, without losing stored frames. Real-time safe.
    ///
    /// # Errors
    /// [`DspError::Size`] if `hop` is 0; the hop then does not change.
    pub fn set_hop(&mut self, hop: usize) -> Result<(), DspError> {
        if hop == 0 {
            return Err(DspError::Size { what: "patch hop", expected: "at least 1".into(), got: hop });
        }
        self.hop = hop;
        Ok(())
    }

    /// Sets the phase: patches after the first begin at frames that equal `phase` modulo the hop, at first 0. The first patch
    /// begins at frame 0. A change of the hop in a running stream ends the phase until the next reset. Real-time safe.
    pub fn set_phase(&mut self, phase: usize) {
        self.phase = phase;
    }

    /// Returns the number of frames from the current patch to the next.
    fn next_hop(&self) -> usize {
        match self.phase % self.hop {
            phase if phase > 0 && self.first == 0 => phase,
            _ => self.hop,
        }
    }

    /// Whether the next frame will be part of a patch. If not, which occurs only if the hop exceeds the patch length,
    /// [`push`](Self::push) ignores the features and they need not be computed.
    #[must_use]
    pub fn needs_frame(&self) -> bool {
        self.skip == 0
    }

    /// Adds one frame of features with its level, and calls `patch` with the patch that the frame completes. Real-time
    /// safe.
    pub fn push<R>(&mut self, bands: &[f32], level: f32, patch: impl FnOnce(Patch<'_>) -> R) -> Option<R> {
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        debug_assert_eq!(bands.len(), self.bands);
        self.data.extend(bands);
        self.levels.push_back(level);
        if self.levels.len() < self.len {
            return None;
        }
        let hop = self.next_hop();
        let given = patch(Patch {
            first_frame: FrameIndex(self.first),
            data: self.data.make_contiguous(),
            levels: self.levels.make_contiguous(),
            new_frames: if self.first == 0 { self.len } else { self.moved.min(self.len) },
            next_hop: hop,
            valid_frames: self.len,
        });
        let kept = self.len.saturating_sub(hop);
        self.data.drain(..(self.len - kept) * self.bands);
        self.levels.drain(..self.len - kept);
        self.moved = hop;
        self.first += hop as u64;
        self.skip = hop.saturating_sub(self.len);
        Some(given)
    }

    /// Ends the stream: calls `patch` with the repeated last patch if [`LastPatchMode::Repeat`] is set and frames
    /// remain, then resets.
    pub fn flush<R>(&mut self, patch: impl FnOnce(Patch<'_>) -> R) -> Option<R> {
        let valid = self.levels.len();
        let given = (self.last_patch_mode == LastPatchMode::Repeat && valid > 0).then(|| {
            for i in 0..self.len - valid {
                self.levels.push_back(self.levels[i]);
                for band in 0..self.bands {
                    self.data.push_back(self.data[i * self.bands + band]);
                }
            }
            patch(Patch {
                first_frame: FrameIndex(self.first),
                data: self.data.make_contiguous(),
                levels: self.levels.make_contiguous(),
                new_frames: self.len,
                next_hop: self.hop,
                valid_frames: valid,
            })
        });
        self.reset();
        given
    }

    /// Discards all frames: the next frame is frame 0.
    pub fn reset(&mut self) {
        self.data.clear();
        self.levels.clear();
        self.first = 0;
        self.skip = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type PatchSummary = (u64, Vec<f32>, usize, usize);

    /// Patches of frames `0, 1, 2 ...`, each with two bands `k` and `k + 0.5`, and level `k`.
    fn run(len: usize, hop: usize, last_patch_mode: LastPatchMode, frames: usize) -> Vec<PatchSummary> {
        let mut generator = PatchGenerator::new(2, len, hop, last_patch_mode).unwrap();
        let mut seen = Vec::new();
        let mut note = |p: Patch<'_>| {
            assert!(p.data.chunks(2).zip(p.levels).all(|(f, l)| f[0] == *l && f[1] == *l + 0.5), "{p:?}");
            seen.push((p.first_frame.0, p.levels.to_vec(), p.new_frames, p.valid_frames));
        };
        for _ in 0..2 {
            for k in 0..frames {
                let frame = [k as f32, k as f32 + 0.5];
                generator.push(if generator.needs_frame() { &frame } else { &[] }, k as f32, &mut note);
            }
            generator.flush(&mut note);
        }
        let again = seen.split_off(seen.len() / 2);
        assert_eq!(seen, again, "after a flush the same frames give the same patches");
        seen
    }

    #[test]
    fn patch_count_matches_the_reference() {
        for len in [1, 5, 187] {
            for hop in [1, 2, 4, 5, 93, 187, 400] {
                for frames in [0, 1, len - 1, len, len + 1, len + hop, len + 3 * hop + 1, 700] {
                    let seen = run(len, hop, LastPatchMode::Discard, frames);
                    let expected = if frames < len { 0 } else { 1 + (frames - len) / hop };
                    assert_eq!(seen.len(), expected, "{frames} frames, patch {len}, hop {hop}");
                    for (p, (first, levels, new, valid)) in seen.iter().enumerate() {
                        assert_eq!(*first, (p * hop) as u64);
                        assert!(levels.iter().enumerate().all(|(i, &l)| l == (p * hop + i) as f32), "patch {p}");
                        assert_eq!((*new, *valid), (if p == 0 { len } else { hop.min(len) }, len));
                    }
                }
            }
        }
    }

    #[test]
    fn last_patch_is_filled_by_cyclic_repetition() {
        let seen = run(5, 3, LastPatchMode::Repeat, 7);
        assert_eq!(seen.len(), 2);
        assert_eq!(seen[1], (3, vec![3.0, 4.0, 5.0, 6.0, 3.0], 5, 4));
        // Even a whole last patch leaves overlapping frames, which the reference repeats too.
        assert_eq!(run(187, 93, LastPatchMode::Repeat, 187).len(), 2);
        assert_eq!(run(187, 93, LastPatchMode::Repeat, 64).len(), 1);
        assert_eq!(run(187, 93, LastPatchMode::Repeat, 0).len(), 0);
        assert_eq!(run(5, 5, LastPatchMode::Repeat, 10).len(), 2, "no remaining frames, no repeated patch");
        assert_eq!(run(3, 5, LastPatchMode::Repeat, 4).len(), 1, "a frame between two patches is in no patch");
    }

    #[test]
    fn patches_after_the_first_have_the_phase() {
        for (hop, phase, expected) in [(6, 0, 6), (6, 4, 4), (6, 13, 1), (1, 5, 1), (9, 8, 8)] {
            let mut generator = PatchGenerator::new(1, 5, hop, LastPatchMode::Discard).unwrap();
            generator.set_phase(phase);
            for _ in 0..2 {
                let mut seen = Vec::new();
                for k in 0..60_u16 {
                    let frame = [f32::from(k)];
                    let frame: &[f32] = if generator.needs_frame() { &frame } else { &[] };
                    generator.push(frame, 0.0, |p| {
                        assert_eq!(p.data[0], p.first_frame.0 as f32);
                        seen.push((p.first_frame.0 as usize, p.new_frames, p.next_hop));
                    });
                }
                assert_eq!(seen[0], (0, 5, expected), "hop {hop}, phase {phase}");
                assert_eq!(seen[1], (expected, expected.min(5), hop), "hop {hop}, phase {phase}");
                assert!(seen.windows(2).skip(1).all(|pair| pair[1] == (pair[0].0 + hop, hop.min(5), hop)), "{seen:?}");
                generator.reset();
            }
        }
    }

    #[test]
    fn changed_hop_applies_from_the_next_patch_and_loses_no_frame() {
        let mut generator = PatchGenerator::new(1, 5, 2, LastPatchMode::Discard).unwrap();
        let mut seen = Vec::new();
        for k in 0..24 {
            match k {
                7 => generator.set_hop(3).unwrap(),
                14 => generator.set_hop(1).unwrap(),
                _ => {}
            }
            let frame = [k as f32];
            generator.push(&frame, 0.0, |p| seen.push((p.first_frame.0, p.data.to_vec(), p.new_frames)));
            if seen.len() == 9 {
                break;
            }
        }
        for (first, data, _) in &seen {
            assert_eq!(*data, (0..5).map(|i| (first + i) as f32).collect::<Vec<_>>(), "from {first}");
        }
        let found: Vec<_> = seen.iter().map(|&(first, _, new)| (first, new)).collect();
        assert_eq!(found, [(0, 5), (2, 2), (4, 2), (7, 3), (10, 3), (11, 1), (12, 1), (13, 1), (14, 1)]);
        assert!(generator.set_hop(0).is_err());
    }

    #[test]
    fn zero_sizes_are_rejected() {
        for (bands, len, hop) in [(0, 1, 1), (1, 0, 1), (1, 1, 0)] {
            assert!(PatchGenerator::new(bands, len, hop, LastPatchMode::Discard).is_err());
        }
    }
}
