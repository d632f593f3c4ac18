//! Latest-value channel without locks: one slot (a triple buffer) per reader.
//!
//! A triple buffer has one reader and holds only the newest value, so every reader has a slot of its own. The writer
//! copies values into the slots by [`Clone::clone_from`]; readers borrow them. Reading therefore neither allocates nor
//! frees, whatever the values own.

use std::fmt;

use triple_buffer::{Input, Output, triple_buffer};

/// Value and its version number.
#[derive(Clone)]
struct Versioned<T> {
    version: u64,
    value: T,
}

/// Creates a channel with `readers` readers, each of which reads `initial` until a value is published.
/// Allocates: call while activating.
#[must_use]
pub fn latest_channel<T: Clone + Send>(readers: usize, initial: T) -> (LatestWriter<T>, Vec<LatestReader<T>>) {
    let first = Versioned { version: 0, value: initial };
    let (slots, readers) = (0..readers)
        .map(|_| {
            let (slot, output) = triple_buffer(&first);
            (slot, LatestReader { slot: output })
        })
        .unzip();
    (LatestWriter { slots, published: 0 }, readers)
}

/// Writer half of a latest-value channel, for the worker thread.
pub struct LatestWriter<T: Clone + Send> {
    slots: Vec<Input<Versioned<T>>>,
    published: u64,
}

impl<T: Clone + Send> fmt::Debug for LatestWriter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LatestWriter")
            .field("readers", &self.slots.len())
            .field("published", &self.published)
            .finish_non_exhaustive()
    }
}

impl<T: Clone + Send> LatestWriter<T> {
    /// Publishes `value` to every reader.
    ///
    /// `clone_from` overwrites the old value of each slot; vectors and strings keep their memory.
    pub fn publish(&mut self, value: &T) {
        self.published += 1;
        for slot in &mut self.slots {
            let versioned = slot.input_buffer_mut();
            versioned.version = self.published;
            versioned.value.clone_from(value);
            slot.publish();
        }
    }

    /// Returns the number of published values.
    #[must_use]
    pub fn published(&self) -> u64 {
        self.published
    }
}

/// Reader half of a latest-value channel: for a panel, or for `process` and its output to the host.
pub struct LatestReader<T: Clone + Send> {
    slot: Output<Versioned<T>>,
}

impl<T: Clone + Send> fmt::Debug for LatestReader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LatestReader").field("version", &self.version()).finish_non_exhaustive()
    }
}

impl<T: Clone + Send> LatestReader<T> {
    /// Returns the newest value. Real-time safe.
    pub fn latest(&mut self) -> &T {
        &self.slot.read().value
    }

    /// Returns the version of the value that [`latest`](Self::latest) last returned: 0 for the initial value, then 1,
    /// 2, ...
    ///
    /// An unchanged version means that no newer value was read. Real-time safe.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.slot.output_buffer().version
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use std::thread;

    use super::*;

    fn read<T: Clone + Send>(reader: &mut LatestReader<T>) -> (T, u64) {
        (reader.latest().clone(), reader.version())
    }

    #[test]
    fn every_reader_sees_the_latest_value_and_its_number() {
        let (mut writer, mut readers) = latest_channel(3, vec![0.0f32]);
        for reader in &mut readers {
            assert_eq!(read(reader), (vec![0.0], 0));
        }
        writer.publish(&vec![1.0]);
        assert_eq!(read(&mut readers[0]), (vec![1.0], 1));
        writer.publish(&vec![2.0, 2.5]);
        writer.publish(&vec![3.0]);
        for reader in &mut readers {
            assert_eq!(read(reader), (vec![3.0], 3));
            assert_eq!(read(reader), (vec![3.0], 3), "a second read changes nothing");
        }
        assert_eq!(writer.published(), 3);
    }

    #[test]
    fn channel_without_readers_accepts_values() {
        let (mut writer, readers) = latest_channel(0, String::new());
        writer.publish(&"unseen".to_owned());
        assert!(readers.is_empty());
    }

    /// Value that counts clones and drops.
    struct LiveCounter {
        data: Vec<u8>,
        made: Arc<AtomicUsize>,
        dropped: Arc<AtomicUsize>,
    }

    impl Clone for LiveCounter {
        fn clone(&self) -> Self {
            self.made.fetch_add(1, Relaxed);
            Self { data: self.data.clone(), made: Arc::clone(&self.made), dropped: Arc::clone(&self.dropped) }
        }
        fn clone_from(&mut self, source: &Self) {
            self.data.clone_from(&source.data);
        }
    }

    impl Drop for LiveCounter {
        fn drop(&mut self) {
            self.dropped.fetch_add(1, Relaxed);
        }
    }

    #[test]
    fn slots_are_reused_and_readers_neither_make_nor_drop_values() {
        let (made, dropped) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut value = LiveCounter { data: vec![0; 100], made: Arc::clone(&made), dropped: Arc::clone(&dropped) };
        let (mut writer, mut readers) = latest_channel(2, value.clone());
        let before = (made.load(Relaxed), dropped.load(Relaxed));
        let mut memory = std::collections::HashSet::new();
        for round in 0..50u8 {
            value.data.fill(round);
            writer.publish(&value);
            // One reader reads each time, the other every seventh time.
            for reader in readers.iter_mut().take(if round % 7 == 0 { 2 } else { 1 }) {
                assert_eq!(reader.latest().data[99], round);
                memory.insert(reader.latest().data.as_ptr() as usize);
            }
        }
        assert_eq!((made.load(Relaxed), dropped.load(Relaxed)), before, "values made and dropped while running");
        assert!(memory.len() <= 6, "two slots of three buffers used {} allocations", memory.len());
    }

    #[test]
    fn concurrent_readers_see_whole_values_in_order() {
        const LAST: u64 = 20_000;
        let (mut writer, readers) = latest_channel(2, [0u64; 16]);
        thread::scope(|scope| {
            for mut reader in readers {
                scope.spawn(move || {
                    let mut before = 0;
                    while before < LAST {
                        let value = *reader.latest();
                        let number = reader.version();
                        assert_eq!(value, [number; 16], "torn value or wrong version");
                        assert!(number >= before, "value {number} after {before}");
                        before = number;
                        thread::yield_now();
                    }
                });
            }
            for number in 1..=LAST {
                writer.publish(&[number; 16]);
            }
        });
    }
}
