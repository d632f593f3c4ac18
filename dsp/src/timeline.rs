//! Bounded, ordered log of all results, which outputs and reports read.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;

/// Bounded log of entries, each with a unique sequence number that counts from 0.
///
/// If the timeline is full, the oldest entry is dropped and counted.
#[derive(Clone)]
pub struct Timeline<T> {
    entries: VecDeque<T>,
    capacity: usize,
    /// Sequence number of the oldest stored entry, which equals the number of entries that were dropped or taken.
    first: u64,
}

impl<T> fmt::Debug for Timeline<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeline").field("len", &self.len()).field("dropped", &self.dropped()).finish_non_exhaustive()
    }
}

impl<T> Timeline<T> {
    /// Creates an empty timeline for `capacity` entries (at least 1). Memory is allocated as entries are added.
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

    /// Iterates over the entries from sequence number `seq` on, oldest first, each with its number.
    ///
    /// If the first number is above `seq`, the entries between were dropped.
    pub fn since(&self, seq: u64) -> impl Iterator<Item = (u64, &T)> {
        let from = usize::try_from(seq.saturating_sub(self.first)).unwrap_or(usize::MAX).min(self.entries.len());
        let first = self.first + from as u64;
        (first..).zip(self.entries.range(from..))
    }

    /// Returns the sequence number of the next entry, from which an up-to-date reader continues.
    #[must_use]
    pub fn next_seq(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    /// Returns the number of entries that are no longer stored: dropped because the timeline was full, or taken.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.first
    }

    /// Returns the number of stored entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no entry is stored.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// Timeline that the worker thread writes and any thread reads; clones share one timeline.
///
/// Every method blocks on a lock, so the type is not for the audio thread. A panic while the lock is held does not
/// poison the timeline.
pub struct SharedTimeline<T>(Arc<Mutex<Timeline<T>>>);

impl<T> fmt::Debug for SharedTimeline<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedTimeline").field(&self.0).finish()
    }
}

impl<T> SharedTimeline<T> {
    /// Creates an empty timeline for `capacity` entries (at least 1).
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self(Arc::new(Mutex::new(Timeline::new(capacity))))
    }

    /// Adds an entry and returns its sequence number.
    pub fn push(&self, entry: T) -> u64 {
        self.with_lock(|timeline| timeline.push(entry))
    }

    /// Calls `read` with the timeline and returns its result. Blocks the writer meanwhile: copy what is needed and
    /// return.
    pub fn read<R>(&self, read: impl FnOnce(&Timeline<T>) -> R) -> R {
        self.with_lock(|timeline| read(timeline))
    }

    /// Moves a reader from sequence number `next` to the end. Returns the number of entries that were dropped before it read
    /// them, and the new entries, as `copy` returns them.
    pub fn read_new<U>(&self, next: &mut u64, copy: impl Fn(&T) -> U) -> (u64, Vec<U>) {
        self.read(|timeline| {
            let missed = timeline.since(*next).next().map_or(0, |(first, _)| first - *next);
            let entries: Vec<_> = timeline.since(*next).map(|(_, entry)| copy(entry)).collect();
            *next += missed + entries.len() as u64;
            (missed, entries)
        })
    }

    /// Moves all entries out of the timeline, which keeps its sequence numbers, for its only reader. Returns the number of
    /// entries that were dropped since the reader was at `next`, and the entries, and moves `next` to the end.
    pub fn take_new(&self, next: &mut u64) -> (u64, Vec<T>) {
        self.with_lock(|timeline| {
            let missed = timeline.first.saturating_sub(*next);
            let entries: Vec<_> = timeline.entries.drain(..).collect();
            timeline.first += entries.len() as u64;
            *next = timeline.first;
            (missed, entries)
        })
    }

    fn with_lock<R>(&self, work: impl FnOnce(&mut Timeline<T>) -> R) -> R {
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
    fn full_timeline_drops_the_oldest_and_keeps_sequence_numbers() {
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

    #[test]
    fn reader_gets_new_entries_once_and_the_number_of_missed_ones() {
        let (timeline, mut next) = (SharedTimeline::new(3), 0);
        assert_eq!(timeline.read_new(&mut next, |&entry: &i32| entry), (0, Vec::new()));
        for entry in 10..15 {
            timeline.push(entry);
        }
        assert_eq!(timeline.read_new(&mut next, |&entry| entry), (2, vec![12, 13, 14]));
        assert_eq!((timeline.read_new(&mut next, |&entry| entry), next), ((0, Vec::new()), 5));
        timeline.push(15);
        assert_eq!(timeline.read_new(&mut next, |&entry| entry), (0, vec![15]));
    }

    #[test]
    fn only_reader_takes_the_entries_and_the_number_of_missed_ones() {
        let (timeline, mut next) = (SharedTimeline::new(3), 0);
        for entry in 10..15 {
            timeline.push(entry);
        }
        assert_eq!((timeline.take_new(&mut next), next), ((2, vec![12, 13, 14]), 5));
        assert!(timeline.read(Timeline::is_empty));
        assert_eq!(timeline.push(15), 5);
        assert_eq!((timeline.take_new(&mut next), next), ((0, vec![15]), 6));
    }
}
