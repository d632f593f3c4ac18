//! Where a host's song was in the course of a stream.

use std::collections::VecDeque;

use crate::transport::{BarBeat, TransportSnapshot};

/// Where the host's song was in the course of a take: a new entry whenever tempo, meter or position were not as before.
/// The oldest give way to the newest, so that hours of a tempo that glides take no more than 7 MB.
#[derive(Debug, Clone, Default)]
pub(crate) struct TempoMap(VecDeque<TransportSnapshot>);

impl TempoMap {
    /// The most that is kept.
    const MOST: usize = 1 << 16;

    /// Takes what the host says; in the order in which it was heard.
    pub(crate) fn add(&mut self, snapshot: TransportSnapshot) {
        if !self.0.back().is_some_and(|last| last.goes_on_as(&snapshot)) {
            if self.0.len() == Self::MOST {
                self.0.pop_front();
            }
            self.0.push_back(snapshot);
        }
    }

    /// Bar and beat at a source time in seconds, if the host told.
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
    fn what_was_to_be_expected_is_not_noted() {
        let mut song = TempoMap::default();
        assert!(song.at(3.0).is_none());
        for (source_s, beats, tempo) in [(0.0, 0.0, 120.0), (1.0, 2.0, 120.0), (2.0, 4.0, 60.0), (3.0, 5.0, 60.0)] {
            song.add(TransportSnapshot::in_four(source_s, beats, tempo));
        }
        assert_eq!(song.0.len(), 2);
        assert_eq!(song.at(2.5).map(|at| (at.bar, at.beat)), Some((2, 1.5)));
    }
}
