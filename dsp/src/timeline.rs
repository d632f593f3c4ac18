//! Everything that was predicted, in order and bounded: what outputs and reports read.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;

/// The last so many entries, each with a sequence number that counts from 0 and is never used twice.
///
/// When it is full the oldest entry is dropped, and counted.
#[derive(Debug, Clone)]
pub struct Timeline<T> {
    entries: VecDeque<T>,
    capacity: usize,
    /// Sequence number of the oldest entry held, which is how many were dropped before it.
    first: u64,
}

impl<T> Timeline<T> {
    /// An empty timeline for `capacity` entries (at least 1); memory is taken as they come.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { entries: VecDeque::new(), capacity: capacity.max(1), first: 0 }
    }

    /// Adds an entry and returns its sequence number.
    pub fn push(&mut self, entry: T) -> u64 {
        if self.entries.len() == self.capacity {
            self.entries.pop_front();
            self.first += 1;
        }
        self.entries.push_back(entry);
        self.next_seq() - 1
    }

    /// The entries from sequence number `seq` on, oldest first, each with its number.
    ///
    /// When the first number is above `seq`, those between were dropped before they were asked for.
    pub fn since(&self, seq: u64) -> impl Iterator<Item = (u64, &T)> {
        let from = usize::try_from(seq.saturating_sub(self.first)).unwrap_or(usize::MAX).min(self.entries.len());
        let first = self.first + from as u64;
        (first..).zip(self.entries.range(from..))
    }

    /// The sequence number that the next entry will have: where a reader that has seen everything goes on.
    #[must_use]
    pub fn next_seq(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    /// How many entries were dropped because the timeline was full.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.first
    }

    /// How many entries it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// A timeline that the worker writes and outputs read; clones are the same timeline.
///
/// Behind a lock, so never for the audio thread. A panic of whoever held the lock is not passed on.
#[derive(Debug)]
pub struct SharedTimeline<T>(Arc<Mutex<Timeline<T>>>);

impl<T> SharedTimeline<T> {
    /// An empty timeline for `capacity` entries (at least 1).
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self(Arc::new(Mutex::new(Timeline::new(capacity))))
    }

    /// Adds an entry and returns its sequence number.
    pub fn push(&self, entry: T) -> u64 {
        self.locked(|timeline| timeline.push(entry))
    }

    /// Looks at the timeline; the worker waits meanwhile, so copy what is needed and leave.
    pub fn read<R>(&self, look: impl FnOnce(&Timeline<T>) -> R) -> R {
        self.locked(|timeline| look(timeline))
    }

    fn locked<R>(&self, work: impl FnOnce(&mut Timeline<T>) -> R) -> R {
        work(&mut self.0.lock())
    }
}

impl<T> Clone for SharedTimeline<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_keep_their_numbers_and_the_oldest_give_way() {
        let mut timeline = Timeline::new(3);
        for (expected, entry) in (10..15).enumerate() {
            assert_eq!(timeline.push(entry), expected as u64);
        }
        assert_eq!((timeline.len(), timeline.dropped(), timeline.next_seq()), (3, 2, 5));
        let all: Vec<_> = timeline.since(0).map(|(seq, &entry)| (seq, entry)).collect();
        assert_eq!(all, [(2, 12), (3, 13), (4, 14)]);
        assert_eq!(timeline.since(4).map(|(_, &e)| e).collect::<Vec<_>>(), [14]);
        assert_eq!(timeline.since(99).count(), 0);
    }

    #[test]
    fn clones_are_the_same_timeline() {
        let timeline = SharedTimeline::new(0);
        timeline.clone().push('a');
        assert_eq!(timeline.read(Timeline::len), 1);
    }
}
