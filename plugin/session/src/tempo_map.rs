//! Host positions in the course of a stream.

use std::collections::VecDeque;

use crate::transport::{BarBeat, TransportSnapshot};

/// Host positions by source time: one entry for each change of tempo or meter and each jump. The oldest entries are
/// dropped at [`TempoMap::MAX_CHANGES`], so that hours of a gliding tempo take at most 7 MB.
#[derive(Debug, Clone, Default)]
pub(crate) struct TempoMap(VecDeque<TransportSnapshot>);

impl TempoMap {
    /// Maximum number of entries.
    const MAX_CHANGES: usize = 1 << 16;

    /// Adds a snapshot, unless it continues the last entry. Calls must be in the order of source time.
    pub(crate) fn add(&mut self, snapshot: TransportSnapshot) {
        if !self.0.back().is_some_and(|last| last.continues_as(&snapshot)) {
            if self.0.len() == Self::MAX_CHANGES {
                self.0.pop_front();
            }
            self.0.push_back(snapshot);
        }
    }

    /// Returns bar and beat at source time `source_s` (seconds); none if the host gave no position.
    #[must_use]
    pub(crate) fn at(&self, source_s: f64) -> Option<BarBeat> {
        let before = self.0.iter().rev().find(|snapshot| snapshot.source_s <= source_s);
        before.or(self.0.front())?.at(source_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn continuing_snapshots_add_no_entry() {
        let mut song = TempoMap::default();
        assert!(song.at(3.0).is_none());
        for (source_s, beats, tempo) in [(0.0, 0.0, 120.0), (1.0, 2.0, 120.0), (2.0, 4.0, 60.0), (3.0, 5.0, 60.0)] {
            song.add(TransportSnapshot::in_four_four(source_s, beats, tempo));
        }
        assert_eq!(song.0.len(), 2);
        assert_eq!(song.at(2.5).map(|at| (at.bar, at.beat)), Some((2, 1.5)));
    }
}
