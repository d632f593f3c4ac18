//! Tests of the worker with fake analyzers.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use super::*;
use crate::{MarkKind, SampleRate, SharedTimeline, Tap, TapCounters, TapReader, latest_channel, tap};

const LONG: Duration = Duration::from_secs(60);

/// Analyzer that outputs every sample unchanged and every mark as `-1`, and fails or panics at given samples.
struct Echo {
    alive: Arc<AtomicUsize>,
}

/// Sample at which [`Echo`] returns an error.
const ERROR: f32 = 1000.0;
/// Sample at which [`Echo`] panics.
const PANIC: f32 = 2000.0;

impl Echo {
    fn new(alive: &Arc<AtomicUsize>) -> Self {
        alive.fetch_add(1, SeqCst);
        Self { alive: Arc::clone(alive) }
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, SeqCst);
    }
}

impl Analyze for Echo {
    type Output = f32;

    fn push(&mut self, samples: &[f32], out: &mut dyn FnMut(f32)) -> Result<(), AnalyzeError> {
        for &sample in samples {
            assert!(sample != PANIC, "planted");
            if sample == ERROR {
                return Err("planted".into());
            }
            out(sample);
        }
        Ok(())
    }

    fn mark(&mut self, _: MarkKind, out: &mut dyn FnMut(f32)) -> Result<(), AnalyzeError> {
        out(-1.0);
        Ok(())
    }
}

fn rate() -> SampleRate {
    SampleRate::new(48_000.0).unwrap()
}

fn worker_of<A: Analyze>(threads: usize) -> Worker<A> {
    Worker::spawn(WorkerConfig { poll_interval: Duration::from_millis(1), slice_samples: 64, threads }).unwrap()
}

fn worker() -> Worker<Echo> {
    worker_of(1)
}

/// Stream with a timeline of all its results.
fn stream(alive: &Arc<AtomicUsize>, reader: TapReader) -> (AnalysisStream<Echo>, SharedTimeline<f32>) {
    let timeline = SharedTimeline::new(usize::MAX);
    let entries = timeline.clone();
    let sink = Box::new(move |output| {
        entries.push(output);
    });
    (AnalysisStream { reader, analyzer: Echo::new(alive), sink }, timeline)
}

fn all(timeline: &SharedTimeline<f32>) -> Vec<f32> {
    timeline.read(|entries| entries.since(0).map(|(_, &output)| output).collect())
}

fn processed(handle: &StreamHandle<Echo>, tap: &Tap) -> StreamReport {
    assert!(handle.wait_for_position(tap.position(), LONG), "not processed within {LONG:?}: {:?}", handle.report());
    handle.report()
}

#[test]
fn pushed_samples_are_processed_in_order_and_published() {
    let alive = Arc::default();
    let worker = worker();
    let (mut tap, reader) = tap(rate(), 4096, 16);
    let (mut stream, timeline) = stream(&alive, reader);
    let (mut slots, mut readers) = latest_channel(1, 0.0_f32);
    let mut record = stream.sink;
    stream.sink = Box::new(move |output| {
        slots.publish(&output);
        record(output);
    });
    let handle = worker.attach(stream);
    handle.set_active(true);
    tap.push_mono(&[1.0, 2.0, 3.0]);
    tap.reset();
    tap.push_mono(&[4.0]);
    tap.end();
    assert_eq!(processed(&handle, &tap).state, StreamState::Ended);
    assert_eq!(all(&timeline), [1.0, 2.0, 3.0, -1.0, 4.0, -1.0]);
    assert_eq!(*readers[0].latest(), -1.0);
    tap.reset();
    assert_eq!(processed(&handle, &tap).state, StreamState::Running);
}

#[test]
fn error_is_counted_and_panic_stops_only_its_stream_until_a_reset() {
    let alive = Arc::default();
    let worker = worker();
    let (mut sick_tap, reader) = tap(rate(), 4096, 16);
    let (sick, sick_timeline) = stream(&alive, reader);
    let sick = worker.attach(sick);
    let (mut well_tap, reader) = tap(rate(), 4096, 16);
    let (well, well_timeline) = stream(&alive, reader);
    let well = worker.attach(well);
    for handle in [&sick, &well] {
        handle.set_active(true);
    }

    sick_tap.push_mono(&[1.0, ERROR]);
    let report = processed(&sick, &sick_tap);
    assert_eq!((report.errors, report.last_error.as_deref()), (1, Some("planted")));
    assert_eq!(report.state, StreamState::Running);

    sick_tap.push_mono(&[PANIC]);
    assert_eq!(processed(&sick, &sick_tap).state, StreamState::Failed("planted".into()));
    sick_tap.push_mono(&[2.0]);
    sick_tap.seek(5.0);
    assert!(matches!(processed(&sick, &sick_tap).state, StreamState::Failed(_)), "only a reset restores");
    well_tap.push_mono(&[7.0]);
    assert_eq!(processed(&well, &well_tap).state, StreamState::Running);
    assert_eq!(all(&well_timeline), [7.0]);

    sick_tap.reset();
    sick_tap.push_mono(&[3.0]);
    assert_eq!(processed(&sick, &sick_tap).state, StreamState::Running);
    assert_eq!(all(&sick_timeline), [1.0, -1.0, 3.0]);
}

#[test]
fn streams_are_scheduled_in_turn() {
    let alive = Arc::default();
    let worker = worker();
    // Both streams share one timeline, which shows the order of processing.
    let order = SharedTimeline::new(usize::MAX);
    let mut taps = Vec::new();
    let mut handles = Vec::new();
    for voice in [1.0_f32, 2.0] {
        let (mut tap, reader) = tap(rate(), 8192, 16);
        tap.push_mono(&[voice; 4096]);
        let (mut stream, _) = stream(&alive, reader);
        let entries = order.clone();
        stream.sink = Box::new(move |output| {
            entries.push(output);
        });
        handles.push(worker.attach(stream));
        taps.push(tap);
    }
    handles[0].set_active(true);
    for (handle, tap) in handles.iter().zip(&taps) {
        processed(handle, tap);
    }
    let order = all(&order);
    assert_eq!(order.len(), 2 * 4096);
    // While both streams have data (the last to finish started after the first), each waits for one slice at most.
    let second_begins = order.iter().position(|&voice| voice == 2.0).unwrap();
    let first_ends = order.iter().rposition(|&voice| voice == 1.0).unwrap();
    for slices in order[second_begins..=first_ends.max(second_begins)].chunks_exact(128) {
        assert_eq!(slices.iter().filter(|&&voice| voice == 1.0).count(), 64, "half of 128 samples are of each stream");
    }
}

#[test]
fn initializer_runs_on_the_worker_thread() {
    let (sender, receiver) = crossbeam_channel::bounded(1);
    let init = move || sender.send(thread::current().name().map(str::to_owned)).unwrap();
    let _worker: Worker<Echo> = Worker::spawn_with_init(WorkerConfig::default(), init).unwrap();
    assert_eq!(receiver.recv_timeout(LONG).unwrap().as_deref(), Some("earmark-worker"));
}

#[test]
fn worker_without_an_active_stream_sleeps() {
    let alive = Arc::default();
    let worker = worker();
    let (mut tap, reader) = tap(rate(), 4096, 16);
    let (stream, timeline) = stream(&alive, reader);
    let handle = worker.attach(stream);
    handle.set_active(true);
    tap.push_mono(&[1.0]);
    processed(&handle, &tap);
    handle.set_active(false);
    tap.push_mono(&[2.0]);
    processed(&handle, &tap);
    // Commands already sent wake the worker; nothing wakes it after them.
    thread::sleep(Duration::from_millis(50));
    let before = worker.wakeups();
    tap.push_mono(&[3.0]);
    thread::sleep(Duration::from_millis(100));
    assert_eq!(worker.wakeups(), before, "wake-ups while no stream was active");
    assert_eq!(all(&timeline), [1.0, 2.0]);
    handle.set_active(true);
    processed(&handle, &tap);
    assert_eq!(all(&timeline), [1.0, 2.0, 3.0], "nothing is lost by sleeping");
}

#[test]
fn handles_and_workers_dropped_in_any_order_leak_nothing() {
    let alive: Arc<AtomicUsize> = Arc::default();
    let worker = worker();
    let mut handles = Vec::new();
    for _ in 0..8 {
        let (_, reader) = tap(rate(), 64, 16);
        handles.push(worker.attach(stream(&alive, reader).0));
    }
    handles.truncate(4);
    let (mut tap, reader) = tap(rate(), 64, 16);
    let last = worker.attach(stream(&alive, reader).0);
    tap.push_mono(&[1.0]);
    processed(&last, &tap);
    assert_eq!(alive.load(SeqCst), 5, "streams whose handles were dropped are detached");
    drop(worker);
    assert_eq!(alive.load(SeqCst), 0);
    assert_eq!(last.report().state, StreamState::Stopped);
    tap.push_mono(&[2.0]);
    assert!(!last.wait_for_position(tap.position(), LONG), "returns without waiting");
}

/// R12: a producer that is too fast loses whole blocks; the gaps give their number and position.
#[test]
fn samples_lost_by_a_late_worker_are_counted() {
    /// Analyzer that counts samples and gaps.
    struct Ledger {
        read: u64,
        next: u64,
    }
    impl Analyze for Ledger {
        type Output = (u64, u64);
        fn push(&mut self, samples: &[f32], out: &mut dyn FnMut((u64, u64))) -> Result<(), AnalyzeError> {
            for &sample in samples {
                // Samples count from 0, in steps that an f32 holds exactly.
                if sample != (self.next % 65_536) as f32 {
                    return Err(format!("expected {}, got {sample}", self.next % 65_536).into());
                }
                self.next += 1;
            }
            self.read += samples.len() as u64;
            out((self.read, self.next));
            Ok(())
        }
        fn mark(&mut self, kind: MarkKind, out: &mut dyn FnMut((u64, u64))) -> Result<(), AnalyzeError> {
            if let MarkKind::Gap { lost } = kind {
                self.next += lost;
            }
            out((self.read, self.next));
            Ok(())
        }
    }
    let worker = Worker::spawn(WorkerConfig {
        poll_interval: Duration::from_micros(200),
        slice_samples: 512,
        ..WorkerConfig::default()
    })
    .unwrap();
    let (mut tap, reader) = tap(rate(), 4800, 16);
    let timeline = SharedTimeline::new(1);
    let entries = timeline.clone();
    let sink = Box::new(move |output| {
        entries.push(output);
    });
    let handle = worker.attach(AnalysisStream { reader, analyzer: Ledger { read: 0, next: 0 }, sink });
    handle.set_active(true);
    let mut pushed = 0_u64;
    for block in [64, 480, 1, 2400, 137].into_iter().cycle().take(20_000) {
        let samples: Vec<f32> = (pushed..pushed + block).map(|i| (i % 65_536) as f32).collect();
        tap.push_mono(&samples);
        pushed += block;
    }
    tap.end();
    while !tap.flush_marks() {
        thread::sleep(Duration::from_millis(1));
    }
    assert!(handle.wait_for_position(tap.position(), LONG));
    let report = handle.report();
    assert_eq!((report.errors, report.last_error), (0, None));
    let (read, next) = timeline.read(|entries| entries.since(0).last().map(|(_, &output)| output)).unwrap();
    let TapCounters { pushed: counted, dropped, gaps, .. } = tap.counters();
    assert_eq!(counted, pushed);
    assert_eq!(dropped, pushed - read, "dropped = pushed - consumed");
    assert_eq!(next, pushed, "the gaps add up to the missing samples");
    assert!(dropped > 0 && gaps > 0, "the producer was not too fast: dropped {dropped}, gaps {gaps}");
}

#[test]
fn channel_has_the_results_of_a_started_stream_and_ends_with_it() {
    let alive = Arc::default();
    let worker = worker();
    let (mut tap, reader) = tap(rate(), 4_096, 64);
    let (stream, results) = AnalysisStream::with_channel(reader, Echo::new(&alive), 8);
    let handle = worker.start(stream);
    tap.push_mono(&[1.0, 2.0, 3.0]);
    tap.end();
    // Without a call of `set_active`.
    assert_eq!([(); 4].map(|()| results.recv_timeout(LONG)), [1.0, 2.0, 3.0, -1.0].map(Ok));
    tap.reset();
    tap.push_mono(&[5.0; 100]);
    processed(&handle, &tap);
    drop(handle);
    // The channel was full: later results were dropped.
    assert_eq!(results.iter().collect::<Vec<_>>(), [-1.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0]);
}

/// Analyzer that blocks on each sample above 0 until it is released, and outputs the name of its thread.
struct Blocking {
    release: crossbeam_channel::Receiver<()>,
}

impl Analyze for Blocking {
    type Output = thread::ThreadId;

    fn push(&mut self, samples: &[f32], out: &mut dyn FnMut(thread::ThreadId)) -> Result<(), AnalyzeError> {
        for _ in samples.iter().filter(|&&sample| sample > 0.0) {
            self.release.recv_timeout(LONG)?;
        }
        out(thread::current().id());
        Ok(())
    }

    fn mark(&mut self, _: MarkKind, _: &mut dyn FnMut(thread::ThreadId)) -> Result<(), AnalyzeError> {
        Ok(())
    }
}

#[test]
fn blocked_stream_leaves_the_other_threads_to_the_others() {
    let worker = worker_of(3);
    assert_eq!(worker.threads(), 3);
    let (release, released) = crossbeam_channel::unbounded();
    let mut streams: Vec<_> = (0..3)
        .map(|_| {
            let (tap, reader) = tap(rate(), 1 << 16, 16);
            let (stream, outputs) =
                AnalysisStream::with_channel(reader, Blocking { release: released.clone() }, 1 << 16);
            (tap, worker.start(stream), outputs)
        })
        .collect();
    let mut blocked_on = Vec::new();
    for (tap, handle, _) in &mut streams[..2] {
        tap.push_mono(&[1.0]);
        // A handle that waits for the stream makes it urgent beside a blocked thread.
        assert!(!handle.wait_for_position(tap.position(), Duration::from_millis(200)), "blocked");
    }
    // Two of three threads are blocked. Audio without a waiting handle is taken once it is late.
    let (tap, _, outputs) = &mut streams[2];
    tap.push_mono(&[0.0; 4_800]);
    let other = outputs.recv_timeout(LONG).unwrap();
    (0..2).for_each(|_| release.send(()).unwrap());
    for (tap, handle, outputs) in &streams[..2] {
        assert!(handle.wait_for_position(tap.position(), LONG));
        blocked_on.push(outputs.recv_timeout(LONG).unwrap());
    }
    assert!(blocked_on[0] != blocked_on[1] && !blocked_on.contains(&other), "{blocked_on:?}, {other:?}");
}

#[test]
fn one_thread_serves_streams_that_are_not_late() {
    let worker = worker_of(4);
    let (_release, released) = crossbeam_channel::unbounded();
    let (mut tap, reader) = tap(rate(), 1 << 16, 16);
    let (stream, outputs) = AnalysisStream::with_channel(reader, Blocking { release: released }, 1 << 16);
    let handle = worker.start(stream);
    // Less than a millisecond at a time, with pauses that make it real time.
    for _ in 0..100 {
        tap.push_mono(&[0.0; 32]);
        thread::sleep(Duration::from_millis(1));
    }
    assert!(handle.wait_for_position(tap.position(), LONG));
    handle.set_active(false);
    let threads: Vec<_> = outputs.try_iter().collect();
    // The thread that stands by may become the one that polls.
    assert!(threads.len() > 1 && threads.iter().collect::<HashSet<_>>().len() <= 2, "{threads:?}");
    thread::sleep(Duration::from_millis(50));
    let before = worker.wakeups();
    thread::sleep(Duration::from_millis(100));
    assert_eq!(worker.wakeups(), before, "wake-ups while no stream was active");
}

#[test]
fn streams_on_many_threads_keep_their_order() {
    let alive: Arc<AtomicUsize> = Arc::default();
    let worker = worker_of(4);
    let mut streams: Vec<_> = (0..9)
        .map(|_| {
            let (tap, reader) = tap(rate(), 1 << 17, 1 << 10);
            let (stream, timeline) = stream(&alive, reader);
            (tap, worker.start(stream), timeline)
        })
        .collect();
    // More than a quarter of a second at once: every stream is late.
    let samples: Vec<f32> = (0..999_u16).map(f32::from).collect();
    for round in 0..60 {
        for (tap, ..) in &mut streams {
            tap.push_mono(&samples);
            if round % 7 == 0 {
                tap.seek(1.0);
            }
        }
    }
    let expected: Vec<f32> =
        (0..60).flat_map(|round| samples.iter().copied().chain((round % 7 == 0).then_some(-1.0))).collect();
    for (tap, handle, timeline) in &streams {
        processed(handle, tap);
        assert!(all(timeline) == expected, "samples and marks in order");
    }
    // Handles are dropped while threads run their streams.
    for (tap, ..) in &mut streams {
        tap.push_mono(&samples);
    }
    drop(streams);
    drop(worker);
    assert_eq!(alive.load(SeqCst), 0);
}
