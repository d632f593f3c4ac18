//! Pending marks of a tap, coalesced so that any number of them fits.

use crate::MarkKind;

/// Marks that are not delivered to the reader yet.
///
/// The tap drops samples while marks are pending, so all pending marks belong to one position of the ring and can be
/// coalesced without changing their effect: gaps add up, and a jump replaces an earlier jump. The fields are in order
/// of delivery.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct PendingMarks {
    /// End of the segment before; it comes first, because after a gap or a jump nothing is left to flush.
    end_first: bool,
    lost_before: u64,
    reset: bool,
    seek_to_s: Option<f64>,
    lost_after: u64,
    /// End of the segment that the jump started, which has no samples.
    end_last: bool,
}

impl PendingMarks {
    /// Maximum number of coalesced marks.
    pub(super) const MAX_MARKS: usize = 6;

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn add(&mut self, kind: MarkKind) {
        let jumped = self.reset || self.seek_to_s.is_some();
        match kind {
            MarkKind::Gap { lost } if jumped => self.lost_after += lost,
            MarkKind::Gap { lost } => self.lost_before += lost,
            MarkKind::Reset => {
                self.jump();
                self.reset = true;
                self.seek_to_s = None;
            }
            MarkKind::Seek { to_s } => {
                self.jump();
                self.seek_to_s = Some(to_s);
            }
            MarkKind::End if jumped || self.lost_before > 0 => self.end_last = true,
            MarkKind::End => self.end_first = true,
        }
    }

    /// Prepares for a jump: lost samples still count but no longer advance source time, and an end before the jump is
    /// void.
    fn jump(&mut self) {
        self.lost_before += std::mem::take(&mut self.lost_after);
        self.end_last = false;
    }

    /// Iterates over the coalesced marks in order of delivery, at most [`Self::MAX_MARKS`].
    pub(super) fn kinds(self) -> impl Iterator<Item = MarkKind> {
        let gap = |lost| (lost > 0).then_some(MarkKind::Gap { lost });
        let marks: [Option<MarkKind>; Self::MAX_MARKS] = [
            self.end_first.then_some(MarkKind::End),
            gap(self.lost_before),
            self.reset.then_some(MarkKind::Reset),
            self.seek_to_s.map(|to_s| MarkKind::Seek { to_s }),
            gap(self.lost_after),
            self.end_last.then_some(MarkKind::End),
        ];
        marks.into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Effect of a sequence of marks at one position on an analyzer.
    #[derive(Debug, Clone, PartialEq, Default)]
    struct MarkEffect {
        flushed: bool,
        kept_context: bool,
        kept_state: bool,
        source_s: f64,
        lost: u64,
        finished: bool,
    }

    fn effect(kinds: impl IntoIterator<Item = MarkKind>) -> MarkEffect {
        let mut now = MarkEffect { kept_context: true, kept_state: true, source_s: 50.0, ..MarkEffect::default() };
        for kind in kinds {
            match kind {
                MarkKind::Gap { lost } => {
                    now.source_s += lost as f64;
                    now.lost += lost;
                    now.kept_context = false;
                }
                MarkKind::Reset => {
                    now.source_s = 0.0;
                    (now.kept_context, now.kept_state, now.finished) = (false, false, false);
                }
                MarkKind::Seek { to_s } => {
                    now.source_s = to_s;
                    (now.kept_context, now.finished) = (false, false);
                }
                MarkKind::End => {
                    now.flushed |= now.kept_context;
                    (now.kept_context, now.finished) = (false, true);
                }
            }
        }
        now
    }

    #[test]
    fn coalescing_does_not_change_the_effect_of_marks() {
        // Every sequence of up to six of these marks.
        let alphabet = [
            MarkKind::Gap { lost: 3 },
            MarkKind::Gap { lost: 8 },
            MarkKind::Reset,
            MarkKind::Seek { to_s: 7.0 },
            MarkKind::Seek { to_s: -1.0 },
            MarkKind::End,
        ];
        for length in 0..=6u32 {
            for code in 0..alphabet.len().pow(length) {
                let sequence: Vec<_> =
                    (0..length).map(|place| alphabet[code / alphabet.len().pow(place) % alphabet.len()]).collect();
                let mut pending = PendingMarks::default();
                sequence.iter().for_each(|&kind| pending.add(kind));
                let folded: Vec<_> = pending.kinds().collect();
                assert_eq!(effect(folded.clone()), effect(sequence.clone()), "{sequence:?} became {folded:?}");
                assert_eq!(pending.is_empty(), sequence.is_empty());
            }
        }
    }
}
