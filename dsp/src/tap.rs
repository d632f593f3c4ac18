//! The way off the audio thread: a ring of mono samples, and beside it a ring of marks that say what happened between them.
//!
//! ```text
//! audio thread                                              worker thread
//! block ─ downmix, scrub ─► Tap ═══ samples (f32) ═══► TapReader ─► samples and marks in exact order
//!                               ═══ marks (at, kind) ═►
//! ```
//!
//! The audio thread never waits, so something must give when the reader is late: whole blocks are dropped until half
//! of the ring is free again (a stutter would be worse than one hole), and then one [`MarkKind::Gap`] says at its
//! exact place how much is missing. A mark that finds no room waits at the tap, and no sample passes it meanwhile:
//! what is dropped so is part of the gap. Hence, once the reader has drained the ring,
//! `dropped == pushed - read` and the gaps add up to `dropped`, always.

mod level;
mod pending;
mod stats;
#[cfg(test)]
mod tests;

use std::iter::repeat_n;
use std::ops::Range;
use std::sync::Arc;

use ringbuf::traits::{Consumer, Observer, Producer, Split};
use ringbuf::{HeapCons, HeapProd, HeapRb};

pub use self::level::Level;
use self::pending::Pending;
pub use self::stats::{TapCounters, TapStats};
use crate::{Mark, MarkKind, RingPosition, SampleRate, SourceClock, downmix};

/// How many channels of a planar block are mixed (the mean of the first 64, which is 7th-order ambisonics).
pub const MAX_PLANAR_CHANNELS: usize = 64;

/// Samples mixed at a time, and the most that a poll gives: small enough for the first-level cache.
const PIECE: usize = 2048;

/// A tap for a stream at `rate` and its reader, with room for so many samples and marks between them.
///
/// The room for samples is how long the reader may be late: `capacity_samples / rate` seconds. Each has a least size
/// (2 samples, 6 marks). Allocates: call while activating.
#[must_use]
pub fn tap(rate: SampleRate, capacity_samples: usize, capacity_marks: usize) -> (Tap, TapReader) {
    let capacity = capacity_samples.max(2);
    let (samples_in, samples_out) = resident_ring(capacity, 0.0).split();
    let (marks_in, marks_out) =
        resident_ring(capacity_marks.max(Pending::MOST), Mark { at: 0, kind: MarkKind::Reset }).split();
    let stats = Arc::new(TapStats::default());
    let tap = Tap {
        samples: samples_in,
        marks: marks_in,
        half: capacity / 2,
        // Not 0: the allocator hands out zeros without touching them.
        mono: vec![1.0; PIECE.min(capacity)].into(),
        written: RingPosition::default(),
        pending: Pending::default(),
        clock: SourceClock::new(rate),
        stats: Arc::clone(&stats),
    };
    let reader = TapReader {
        rate,
        samples: samples_out,
        marks: marks_out,
        buffer: vec![0.0; PIECE.min(capacity)].into(),
        read: RingPosition::default(),
        stats,
    };
    (tap, reader)
}

/// An empty ring whose every page has been written to once. The first touch of a page enters the kernel, and that is not
/// for the audio thread.
fn resident_ring<T: Copy>(capacity: usize, filler: T) -> HeapRb<T> {
    let mut ring = HeapRb::new(capacity);
    ring.push_iter(repeat_n(filler, capacity));
    ring.clear();
    ring
}

/// The audio thread's end. Every method but [`Tap::stats`] is real-time safe: none allocates, locks, waits or enters
/// the kernel.
pub struct Tap {
    samples: HeapProd<f32>,
    marks: HeapProd<Mark>,
    /// Half of the sample ring: the most that is taken or dropped as one.
    half: usize,
    mono: Box<[f32]>,
    written: RingPosition,
    pending: Pending,
    clock: SourceClock,
    stats: Arc<TapStats>,
}

impl Tap {
    /// Takes a planar block at the stream's rate: the mean of its channels, not-a-numbers scrubbed and counted.
    ///
    /// The block is as long as its shortest channel; without a channel it is empty. Channels beyond
    /// [`MAX_PLANAR_CHANNELS`] are left out. A block of up to half the ring is taken or dropped as a whole,
    /// a longer one in parts of that size. Real-time safe.
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

    /// Takes a block of interleaved frames at the stream's rate, as [`Tap::push_planar`] takes a planar one.
    ///
    /// A trailing partial frame is left out; of 0 channels nothing is taken. Real-time safe.
    pub fn push_interleaved(&mut self, samples: &[f32], channels: usize) {
        let frames = samples.len().checked_div(channels).unwrap_or(0);
        self.push(frames, |range, mono| {
            let (_, scrubbed) =
                downmix::interleaved(&samples[range.start * channels..range.end * channels], channels, mono);
            scrubbed
        });
    }

    /// Takes a block of one channel at the stream's rate, as [`Tap::push_planar`] does. Real-time safe.
    pub fn push_mono(&mut self, samples: &[f32]) {
        self.push_planar(&[samples]);
    }

    /// The stream begins anew at source time 0. Real-time safe.
    pub fn reset(&mut self) {
        self.mark(MarkKind::Reset);
    }

    /// The next sample's source time is `to_s` seconds (0 when that is not finite). Real-time safe.
    pub fn seek(&mut self, to_s: f64) {
        self.mark(MarkKind::Seek { to_s: if to_s.is_finite() { to_s } else { 0.0 } });
    }

    /// The stream is over. Samples after this are not analysed before a reset or a seek. Real-time safe.
    pub fn end(&mut self) {
        self.mark(MarkKind::End);
    }

    /// Tries again to hand over the marks that found no room; true when none is left waiting.
    ///
    /// Every block does this by itself. Whoever pushes nothing more after [`Tap::end`] asks here. Real-time safe.
    pub fn settle(&mut self) -> bool {
        if self.marks.vacant_len() < self.pending.kinds().count() {
            return false;
        }
        for kind in std::mem::take(&mut self.pending).kinds() {
            // There is room: this is the only writer, and the reader can only have made more.
            if self.marks.try_push(Mark { at: self.written.samples, kind }).is_ok() {
                self.written.marks += 1;
                self.stats.add_gaps(u64::from(matches!(kind, MarkKind::Gap { .. })));
            }
        }
        true
    }

    /// The place behind everything handed over so far; marks still waiting are not part of it. Real-time safe.
    #[must_use]
    pub fn position(&self) -> RingPosition {
        self.written
    }

    /// Source time of the next sample, in seconds. Real-time safe.
    #[must_use]
    pub fn source_s(&self) -> f64 {
        self.clock.now_s()
    }

    /// What was pushed, dropped and scrubbed so far. Real-time safe.
    #[must_use]
    pub fn counters(&self) -> TapCounters {
        self.stats.counters()
    }

    /// The same counters, and source time, for any other thread. Call while activating.
    #[must_use]
    pub fn stats(&self) -> Arc<TapStats> {
        Arc::clone(&self.stats)
    }

    fn mark(&mut self, kind: MarkKind) {
        self.clock.apply(kind);
        self.stats.set_source_s(self.clock.now_s());
        self.pending.add(kind);
        self.settle();
    }

    /// Takes `frames` frames, of which `mix` writes any range as mono and says how many samples it scrubbed.
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

    /// Whether the ring takes so many samples (at most half of it) now.
    fn has_room(&mut self, samples: usize) -> bool {
        let vacant = self.samples.vacant_len();
        if self.pending.is_empty() { vacant >= samples } else { vacant >= self.half && self.settle() }
    }

    /// Mixes into the ring, which has room, piece by piece.
    fn write(&mut self, range: Range<usize>, mix: &impl Fn(Range<usize>, &mut [f32]) -> usize) {
        for start in range.clone().step_by(self.mono.len()) {
            let piece = start..range.end.min(start + self.mono.len());
            let mono = &mut self.mono[..piece.len()];
            let scrubbed = mix(piece, mono);
            self.samples.push_slice(mono);
            self.written.samples += mono.len() as u64;
            self.stats.add_scrubbed(scrubbed);
            self.stats.hear(mono, self.clock.seconds(mono.len()));
        }
    }
}

/// What a reader finds next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TapEvent<'a> {
    /// Mono samples at the stream's rate, at least one.
    Samples(&'a [f32]),
    /// Something that happened between the samples before and those after.
    Mark(Mark),
}

/// The worker's end: samples and marks in the order in which they were pushed. Nothing but making it allocates.
pub struct TapReader {
    rate: SampleRate,
    samples: HeapCons<f32>,
    marks: HeapCons<Mark>,
    buffer: Box<[f32]>,
    read: RingPosition,
    stats: Arc<TapStats>,
}

impl TapReader {
    /// The next samples, at most `max_samples` of them, or the next mark; `None` when all has been read.
    ///
    /// A poll gives at most some thousand samples and never goes past a mark. Real-time safe.
    pub fn poll(&mut self, max_samples: usize) -> Option<TapEvent<'_>> {
        // The samples are looked at before the marks: a mark is pushed before the samples behind it, so one that is
        // not seen now lies behind all the samples seen. And a mark that is seen has all samples before it in the ring.
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

    /// The place behind everything read so far.
    #[must_use]
    pub fn position(&self) -> RingPosition {
        self.read
    }

    /// The stream's rate.
    #[must_use]
    pub fn rate(&self) -> SampleRate {
        self.rate
    }

    /// The tap's counters and source time, for any thread.
    #[must_use]
    pub fn stats(&self) -> Arc<TapStats> {
        Arc::clone(&self.stats)
    }
}
