//! Difference between two versions of a file, from which the earlier one is made of the later one.
//!
//! Tags lie at the begin or the end of a file, and a change of their length moves the audio without changing it. In Ogg, the
//! numbers and checksums of all later pages change, too: a few bytes each, at equal distances from the end.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// Number of equal bytes within a patch that are not worth a new one.
const MAX_EQUAL: usize = 24;

/// Difference between two versions of a file. The earlier one is the first `prefix` bytes of the later one, `middle`, and the
/// last `tail` bytes of the later one with `patches` in them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ByteDifference {
    prefix: usize,
    tail: usize,
    /// Bytes as base64.
    middle: String,
    /// Bytes as base64, by their place in the tail.
    patches: Vec<(usize, String)>,
}

impl ByteDifference {
    /// Returns the difference from which `before` is made of `after`.
    pub(super) fn between(before: &[u8], after: &[u8]) -> Self {
        let prefix = before.iter().zip(after).take_while(|(a, b)| a == b).count();
        let tail = before.len().min(after.len()) - prefix;
        let middle = STANDARD.encode(&before[prefix..before.len() - tail]);
        let (before, after) = (&before[before.len() - tail..], &after[after.len() - tail..]);
        let differing = (0..tail).filter(|&place| before[place] != after[place]);
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for place in differing {
            match runs.last_mut() {
                Some((_, end)) if place <= *end + MAX_EQUAL => *end = place + 1,
                _ => runs.push((place, place + 1)),
            }
        }
        let patches = runs.into_iter().map(|(start, end)| (start, STANDARD.encode(&before[start..end]))).collect();
        Self { prefix, tail, middle, patches }
    }

    /// Returns the earlier version of the file; `None` if the difference does not fit `after`.
    pub(super) fn undo(&self, after: &[u8]) -> Option<Vec<u8>> {
        let mut before = after.get(..self.prefix)?.to_vec();
        before.extend(STANDARD.decode(&self.middle).ok()?);
        let start = before.len();
        before.extend_from_slice(after.get(after.len().checked_sub(self.tail)?..)?);
        for (place, patch) in &self.patches {
            let patch = STANDARD.decode(patch).ok()?;
            let at = start.checked_add(*place)?;
            before.get_mut(at..at.checked_add(patch.len())?)?.copy_from_slice(&patch);
        }
        Some(before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn earlier_version_is_made_of_the_later_one_and_moved_audio_is_not_stored() {
        let audio: Vec<u8> = (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let mut renumbered = audio.clone();
        for page in renumbered.chunks_mut(4096) {
            page[7] ^= 1;
        }
        let with = |front: &[u8], audio: &[u8], back: &[u8]| [front, audio, back].concat();
        let versions = [
            with(b"", &audio, b""),
            with(b"ID3 short", &audio, b""),
            with(b"ID3 a longer tag", &audio, b""),
            with(b"ID3", &renumbered, b""),
            with(b"", &audio, b"moov"),
            with(b"other", b"", b""),
            Vec::new(),
        ];
        for before in &versions {
            for after in &versions {
                let difference = ByteDifference::between(before, after);
                assert_eq!(difference.undo(after).as_ref(), Some(before));
            }
        }
        let size = |a: usize, b: usize| {
            serde_json::to_string(&ByteDifference::between(&versions[a], &versions[b])).unwrap().len()
        };
        assert!(size(1, 2) < 120 && size(2, 1) < 120, "{} and {} bytes", size(1, 2), size(2, 1));
        assert!(size(1, 3) < 2000, "{} bytes", size(1, 3));
    }

    #[test]
    fn difference_of_another_file_is_refused() {
        let difference =
            ByteDifference { prefix: 3, tail: 2, middle: String::new(), patches: vec![(0, "AAAA".into())] };
        assert_eq!(difference.undo(b"ab"), None);
        assert_eq!(difference.undo(b"abcd"), None);
    }
}
