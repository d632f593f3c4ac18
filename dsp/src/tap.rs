//! Tap from the audio thread to the worker thread: a ring of mono samples, and a ring of marks between the samples.
//!
//! ```text
//! audio thread                                              worker thread
//! block ─ downmix, sanitize ─► Tap ═══ samples (f32) ═══► TapReader ─► samples and marks in exact order
//!                                  ═══ marks (at, kind) ═►
//! ```
//!
//! The audio thread never blocks. If the ring is full because the reader is late, whole blocks are dropped until half
//! of the ring is free (one long gap is better than many short ones). Then one [`MarkKind::Gap`] at the exact position
//! gives the number of missing samples. A mark that does not fit into its ring stays pending in the tap, and samples
//! after it are dropped until it is delivered; they are part of the gap. Once the reader has drained the ring, `dropped
//! == pushed - read`, and the gaps add up to `dropped`.

mod level;
mod pending;
mod stats;
#[cfg(test)]
mod tests;

use std::fmt;
use std::iter::repeat_n;
use std::ops::Range;
use std::sync::Arc;

use ringbuf::traits::{Consumer, Observer, Producer, Split};
use ringbuf::{HeapCons, HeapProd, HeapRb};

pub use self::level::Level;
use self::pending::PendingMarks;
pub use self::stats::{TapCounters, TapStats};
use crate::{Mark, MarkKind, RingPosition, SampleRate, SourceClock, downmix};

/// Maximum number of channels of a planar block that are mixed (64: 7th-order ambisonics).
pub const MAX_PLANAR_CHANNELS: usize = 64;

/// Maximum number of samples mixed at a time or returned by a poll: fits into the first-level cache.
const MAX_CHUNK: usize = 2048;

/// Creates a tap for a stream at `rate` and its reader, with rings for `capacity_samples` samples (at least 2) and
/// `capacity_marks` marks (at least 6).
///
/// The reader may lag by `capacity_samples / rate` seconds before samples are dropped. Allocates: call while
/// activating.
#[must_use]
pub fn tap(rate: SampleRate, capacity_samples: usize, capacity_marks: usize) -> (Tap, TapReader) {
    let capacity = capacity_samples.max(2);
    let (samples_in, samples_out) = prefaulted_ring(capacity, 0.0).split();
    let (marks_in, marks_out) =
        prefaulted_ring(capacity_marks.max(PendingMarks::MAX_MARKS), Mark { at: 0, kind: MarkKind::Reset }).split();
    let stats = Arc::new(TapStats::default());
    let tap = Tap {
        samples: samples_in,
        marks: marks_in,
        half: capacity / 2,
        // Not 0: the allocator can provide zeroed pages without touching them.
        mono: vec![1.0; MAX_CHUNK.min(capacity)].into(),
        written: RingPosition::default(),
        pending: PendingMarks::default(),
        clock: SourceClock::new(rate),
        stats: Arc::clone(&stats),
    };
    let reader = TapReader {
        rate,
        samples: samples_out,
        marks: marks_out,
        buffer: vec![0.0; MAX_CHUNK.min(capacity)].into(),
        read: RingPosition::default(),
        stats,
    };
    (tap, reader)
}

/// Creates an empty ring of which every page was written once. The first write to a page enters the kernel, which the
/// audio thread must not do. Allocates.
#[must_use]
pub fn prefaulted_ring<T: Copy>(capacity: usize, filler: T) -> HeapRb<T> {
    let mut ring = HeapRb::new(capacity);
    ring.push_iter(repeat_n(filler, capacity));
    ring.clear();
    ring
}

/// Audio-thread end of a tap. Every method except [`Tap::stats`] is real-time safe: it does not allocate, lock, block
/// or enter the kernel.
pub struct Tap {
    samples: HeapProd<f32>,
    marks: HeapProd<Mark>,
    /// Half of the sample ring: the maximum number of samples that are pushed or dropped as a whole.
    half: usize,
    mono: Box<[f32]>,
    written: RingPosition,
    pending: PendingMarks,
    clock: SourceClock,
    stats: Arc<TapStats>,
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tap")
            .field("written", &self.written)
            .field("clock", &self.clock)
            .field("counters", &self.counters())
            .finish_non_exhaustive()
    }
}

impl Tap {
    /// Pushes a planar block at the stream's rate: the mean of its channels, with invalid samples replaced by 0 and
    /// counted.
    ///
    /// The block is as long as its shortest channel; without channels it is empty. Channels beyond
    /// [`MAX_PLANAR_CHANNELS`] are ignored. A block of up to half the ring is pushed or dropped as a whole, a longer
    /// one in parts of that size. Real-time safe.
    pub fn push_planar(&mut self, channels: &[&[f32]]) {
        let frames = channels.iter().map(|channel| channel.len()).min().unwrap_or(0);
        let channels = &channels[..channels.len().min(MAX_PLANAR_CHANNELS)];
        self.push(frames, |range, mono| {
            let mut parts = [[].as_slice(); MAX_PLANAR_CHANNELS];
            for (part, channel) in parts.iter_mut().zip(channels) {
                *part = &channel[range.clone()];
            }
            downmix::planar(&parts[..channels.len()], mono)
        });
    }

    /// Pushes a block of interleaved frames at the stream's rate, as [`Tap::push_planar`] does a planar one.
    ///
    /// A trailing partial frame is ignored; with 0 channels nothing is pushed. Real-time safe.
    pub fn push_interleaved(&mut self, samples: &[f32], channels: usize) {
        let frames = samples.len().checked_div(channels).unwrap_or(0);
        self.push(frames, |range, mono| {
            let (_, sanitized) =
                downmix::interleaved(&samples[range.start * channels..range.end * channels], channels, mono);
            sanitized
        });
    }

    /// Pushes a block of one channel at the stream's rate, as [`Tap::push_planar`] does. Real-time safe.
    pub fn push_mono(&mut self, samples: &[f32]) {
        self.push_planar(&[samples]);
    }

    /// Restarts the stream at source time 0. Real-time safe.
    pub fn reset(&mut self) {
        self.mark(MarkKind::Reset);
    }

    /// Sets the source time of the next sample to `to_s` seconds (0 if `to_s` is not finite). Real-time safe.
    pub fn seek(&mut self, to_s: f64) {
        self.mark(MarkKind::Seek { to_s: if to_s.is_finite() { to_s } else { 0.0 } });
    }

    /// Ends the stream. Later samples are not analyzed before a reset or a seek. Real-time safe.
    pub fn end(&mut self) {
        self.mark(MarkKind::End);
    }

    /// Retries the delivery of pending marks; true if none remains.
    ///
    /// Every push retries by itself, so this is needed only if nothing is pushed after [`Tap::end`]. Real-time safe.
    pub fn flush_marks(&mut self) -> bool {
        if self.marks.vacant_len() < self.pending.kinds().count() {
            return false;
        }
        for kind in std::mem::take(&mut self.pending).kinds() {
            // The ring has room: this is its only writer, and the reader can only free more.
            if self.marks.try_push(Mark { at: self.written.samples, kind }).is_ok() {
                self.written.marks += 1;
                self.stats.add_gaps(u64::from(matches!(kind, MarkKind::Gap { .. })));
            }
        }
        true
    }

    /// Returns the position after everything delivered so far, without pending marks. Real-time safe.
    #[must_use]
    pub fn position(&self) -> RingPosition {
        self.written
    }

    /// Returns the source time of the next sample, in seconds. Real-time safe.
    #[must_use]
    pub fn source_s(&self) -> f64 {
        self.clock.now_s()
    }

    /// Returns the numbers of pushed, dropped and sanitized samples so far. Real-time safe.
    #[must_use]
    pub fn counters(&self) -> TapCounters {
        self.stats.counters()
    }

    /// Returns the counters and source time, readable from any thread. Call while activating.
    #[must_use]
    pub fn stats(&self) -> Arc<TapStats> {
        Arc::clone(&self.stats)
    }

    fn mark(&mut self, kind: MarkKind) {
        self.clock.apply(kind);
        self.stats.set_source_s(self.clock.now_s());
        self.pending.add(kind);
        self.flush_marks();
    }

    /// Pushes `frames` frames; `mix` writes a range of them as mono and returns the number of sanitized samples.
    fn push(&mut self, frames: usize, mix: impl Fn(Range<usize>, &mut [f32]) -> usize) {
        for start in (0..frames).step_by(self.half) {
            let range = start..frames.min(start + self.half);
            if self.has_room(range.len()) {
                self.write(range, &mix);
            } else {
                self.pending.add(MarkKind::Gap { lost: range.len() as u64 });
                self.stats.add_dropped(range.len());
            }
        }
        self.clock.advance(frames);
        self.stats.add_pushed(frames);
        self.stats.set_source_s(self.clock.now_s());
    }

    /// Whether the ring has room for `samples` samples, at most half of its capacity.
    fn has_room(&mut self, samples: usize) -> bool {
        let vacant = self.samples.vacant_len();
        if self.pending.is_empty() { vacant >= samples } else { vacant >= self.half && self.flush_marks() }
    }

    /// Mixes `range` into the ring, which has room, in chunks.
    fn write(&mut self, range: Range<usize>, mix: &impl Fn(Range<usize>, &mut [f32]) -> usize) {
        for start in range.clone().step_by(self.mono.len()) {
            let chunk = start..range.end.min(start + self.mono.len());
            let mono = &mut self.mono[..chunk.len()];
            let sanitized = mix(chunk, mono);
            self.samples.push_slice(mono);
            self.written.samples += mono.len() as u64;
            self.stats.add_sanitized(sanitized);
            self.stats.update_level(mono, self.clock.seconds(mono.len()));
        }
    }
}

/// Next item of a tap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TapEvent<'a> {
    /// Mono samples at the stream's rate, at least one.
    Samples(&'a [f32]),
    /// Event between the previous and the next sample.
    Mark(Mark),
}

/// Worker end of a tap: samples and marks in the order in which they were pushed. No method allocates.
pub struct TapReader {
    rate: SampleRate,
    samples: HeapCons<f32>,
    marks: HeapCons<Mark>,
    buffer: Box<[f32]>,
    read: RingPosition,
    stats: Arc<TapStats>,
}

impl fmt::Debug for TapReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TapReader").field("rate", &self.rate).field("read", &self.read).finish_non_exhaustive()
    }
}

impl TapReader {
    /// Returns the next samples, at most `max_samples`, or the next mark; `None` if everything was read.
    ///
    /// A poll returns at most 2048 samples and never passes a mark. Real-time safe.
    pub fn poll(&mut self, max_samples: usize) -> Option<TapEvent<'_>> {
        // Samples are counted before marks are read. A mark is pushed before the samples after it, so a mark that is
        // not visible yet follows all counted samples, and for a visible mark all samples before it are in the ring.
        let readable = self.samples.occupied_len();
        let readable = match self.marks.try_peek() {
            Some(&mark) if mark.at == self.read.samples => {
                self.marks.skip(1);
                self.read.marks += 1;
                return Some(TapEvent::Mark(mark));
            }
            Some(mark) => usize::try_from(mark.at - self.read.samples).unwrap_or(usize::MAX),
            None => readable,
        };
        let wanted = readable.min(max_samples).min(self.buffer.len());
        let got = self.samples.pop_slice(&mut self.buffer[..wanted]);
        self.read.samples += got as u64;
        (got > 0).then_some(TapEvent::Samples(&self.buffer[..got]))
    }

    /// Whether samples or marks wait. Real-time safe.
    #[must_use]
    pub fn has_events(&self) -> bool {
        !self.samples.is_empty() || !self.marks.is_empty()
    }

    /// Returns the number of samples that wait. Real-time safe.
    #[must_use]
    pub fn waiting_samples(&self) -> u64 {
        self.samples.occupied_len() as u64
    }

    /// Returns the position after everything read so far.
    #[must_use]
    pub fn position(&self) -> RingPosition {
        self.read
    }

    /// Returns the sample rate of the stream.
    #[must_use]
    pub fn rate(&self) -> SampleRate {
        self.rate
    }

    /// Returns the counters and source time of the tap, readable from any thread.
    #[must_use]
    pub fn stats(&self) -> Arc<TapStats> {
        Arc::clone(&self.stats)
    }
}
