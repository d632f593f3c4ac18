//! Frames to overlapping patches, and which of a patch's frames are new.
//!
//! Patch `p` holds frames `p * hop .. p * hop + len`. `n` frames hold `1 + (n - len) / hop` whole patches.

use std::collections::VecDeque;

use crate::{DspError, FrameIndex};

/// Treatment of the frames behind the last whole patch when a stream ends (Essentia's `lastPatchMode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LastPatchMode {
    /// They are dropped (Essentia's predictors).
    #[default]
    Discard,
    /// They are repeated cyclically until they fill a patch.
    Repeat,
}

/// The consecutive frames that a network takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Patch<'a> {
    /// Index of the first frame.
    pub first_frame: FrameIndex,
    /// The frames one after the other, each of `bands` values.
    pub data: &'a [f32],
    /// The level of each frame: the mean square of its samples, 1.0 being full scale.
    pub levels: &'a [f32],
    /// How many frames at the end were not in the patch before; all of them in the first.
    pub new_frames: usize,
    /// By how many frames the next one will move on.
    pub next_move: usize,
    /// How many different frames it holds: all of them, but for a repeated tail.
    pub heard_frames: usize,
}

/// Collects frames into patches of `len` frames, `hop` frames apart.
#[derive(Debug, Clone)]
pub struct PatchGenerator {
    bands: usize,
    len: usize,
    hop: usize,
    /// How many frames the last patch moved on by.
    moved: usize,
    last_patch_mode: LastPatchMode,
    /// The frames held, in one piece whenever a patch is given.
    data: VecDeque<f32>,
    levels: VecDeque<f32>,
    /// Index of the first frame held.
    first: u64,
    /// Frames still to be passed over before the next patch begins (only with a hop longer than a patch).
    skip: usize,
}

impl PatchGenerator {
    /// Patches of `len` frames of `bands` values, `hop` frames apart. Allocates: call while activating.
    ///
    /// # Errors
    /// [`DspError::Size`] when one of them is 0.
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
            moved: len,
            last_patch_mode,
            // Room for two patches: the ring then moves its content at most once a patch.
            data: VecDeque::with_capacity(2 * len * bands),
            levels: VecDeque::with_capacity(2 * len),
            first: 0,
            skip: 0,
        })
    }

    /// Frames in a patch.
    #[must_use]
    pub fn patch_frames(&self) -> usize {
        self.len
    }

    /// Frames from one patch to the next.
    #[must_use]
    pub fn hop(&self) -> usize {
        self.hop
    }

    /// Sets how far apart patches are, from the next one on: nothing heard is lost. Real-time safe.
    ///
    /// # Errors
    /// [`DspError::Size`] when `hop` is 0, and nothing changes.
    pub fn set_hop(&mut self, hop: usize) -> Result<(), DspError> {
        if hop == 0 {
            return Err(DspError::Size { what: "patch hop", expected: "at least 1".into(), got: hop });
        }
        self.hop = hop;
        Ok(())
    }

    /// Whether the next frame will be in a patch. Between patches that lie further apart than they are long, none is, and
    /// its features need not be made: any will do.
    #[must_use]
    pub fn wants_next(&self) -> bool {
        self.skip == 0
    }

    /// Takes one frame of features with its level, and gives the patch that it completes.
    ///
    /// The patch is to be used before the next call. Does not allocate.
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
        let given = patch(Patch {
            first_frame: FrameIndex(self.first),
            data: self.data.make_contiguous(),
            levels: self.levels.make_contiguous(),
            new_frames: if self.first == 0 { self.len } else { self.moved.min(self.len) },
            next_move: self.hop,
            heard_frames: self.len,
        });
        let kept = self.len.saturating_sub(self.hop);
        self.data.drain(..(self.len - kept) * self.bands);
        self.levels.drain(..self.len - kept);
        self.moved = self.hop;
        self.first += self.hop as u64;
        self.skip = self.hop.saturating_sub(self.len);
        Some(given)
    }

    /// Ends the stream: gives the repeated tail if that is asked for and there is one, then starts anew.
    pub fn flush<R>(&mut self, patch: impl FnOnce(Patch<'_>) -> R) -> Option<R> {
        let heard = self.levels.len();
        let given = (self.last_patch_mode == LastPatchMode::Repeat && heard > 0).then(|| {
            for i in 0..self.len - heard {
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
                next_move: self.hop,
                heard_frames: heard,
            })
        });
        self.reset();
        given
    }

    /// Forgets everything: the next frame is frame 0 again.
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

    type Seen = (u64, Vec<f32>, usize, usize);

    /// Frames `0, 1, 2 ...`, each with two bands `k` and `k + 0.5`, and level `k`.
    fn run(len: usize, hop: usize, last_patch_mode: LastPatchMode, frames: usize) -> Vec<Seen> {
        let mut generator = PatchGenerator::new(2, len, hop, last_patch_mode).unwrap();
        let mut seen = Vec::new();
        let mut note = |p: Patch<'_>| {
            assert!(p.data.chunks(2).zip(p.levels).all(|(f, l)| f[0] == *l && f[1] == *l + 0.5), "{p:?}");
            seen.push((p.first_frame.0, p.levels.to_vec(), p.new_frames, p.heard_frames));
        };
        for _ in 0..2 {
            for k in 0..frames {
                let frame = [k as f32, k as f32 + 0.5];
                generator.push(if generator.wants_next() { &frame } else { &[] }, k as f32, &mut note);
            }
            generator.flush(&mut note);
        }
        let again = seen.split_off(seen.len() / 2);
        assert_eq!(seen, again, "after a flush the same frames give the same patches");
        seen
    }

    #[test]
    fn whole_patches_are_counted_as_in_the_reference() {
        for len in [1, 5, 187] {
            for hop in [1, 2, 4, 5, 93, 187, 400] {
                for frames in [0, 1, len - 1, len, len + 1, len + hop, len + 3 * hop + 1, 700] {
                    let seen = run(len, hop, LastPatchMode::Discard, frames);
                    let expected = if frames < len { 0 } else { 1 + (frames - len) / hop };
                    assert_eq!(seen.len(), expected, "{frames} frames, patch {len}, hop {hop}");
                    for (p, (first, levels, new, heard)) in seen.iter().enumerate() {
                        assert_eq!(*first, (p * hop) as u64);
                        assert!(levels.iter().enumerate().all(|(i, &l)| l == (p * hop + i) as f32), "patch {p}");
                        assert_eq!((*new, *heard), (if p == 0 { len } else { hop.min(len) }, len));
                    }
                }
            }
        }
    }

    #[test]
    fn a_tail_is_repeated_cyclically() {
        let seen = run(5, 3, LastPatchMode::Repeat, 7);
        assert_eq!(seen.len(), 2);
        assert_eq!(seen[1], (3, vec![3.0, 4.0, 5.0, 6.0, 3.0], 5, 4));
        // Even a whole last patch leaves an overlap behind, which the reference repeats too.
        assert_eq!(run(187, 93, LastPatchMode::Repeat, 187).len(), 2);
        assert_eq!(run(187, 93, LastPatchMode::Repeat, 64).len(), 1);
        assert_eq!(run(187, 93, LastPatchMode::Repeat, 0).len(), 0);
        assert_eq!(run(5, 5, LastPatchMode::Repeat, 10).len(), 2, "nothing left, nothing repeated");
        assert_eq!(run(3, 5, LastPatchMode::Repeat, 4).len(), 1, "a frame between two patches belongs to none");
    }

    #[test]
    fn another_hop_counts_from_the_next_patch_on_and_loses_nothing() {
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
    fn empty_shapes_are_refused() {
        for (bands, len, hop) in [(0, 1, 1), (1, 0, 1), (1, 1, 0)] {
            assert!(PatchGenerator::new(bands, len, hop, LastPatchMode::Discard).is_err());
        }
    }
}
