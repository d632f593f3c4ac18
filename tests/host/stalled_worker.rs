//! R11: a stalled worker. Real-time processing is not affected; an offline render waits until a timeout and then
//! continues.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use earmark_dsp::SampleRate;
use earmark_models::Registry;
use earmark_session::{Instance, Session, SessionConfig, SharedSettings, Transport, WorkerPool};
use earmark_tests::signal::tune;
use serde_json::json;

use super::allocations::Counts;
use super::audio::ProcessHarness;
use super::report_dir::{ReportDir, predictions, render};
use super::test_host::Host;

const RATE_HZ: f64 = 16_000.0;
const BLOCK: usize = 512;

/// Guard that blocks every worker thread of the process until it is dropped.
///
/// It has an instance on each thread, and holds the lock that the thread needs next: that of the instance's saved
/// settings.
struct Stalled {
    neighbours: Vec<Session>,
    holders: Vec<(Sender<()>, JoinHandle<()>)>,
}

impl Stalled {
    fn new() -> Self {
        let pool = WorkerPool::shared();
        let config = SessionConfig { rate: SampleRate::HZ_16000, channels: 1, max_block: BLOCK };
        let mut stalled = Self { neighbours: Vec::new(), holders: Vec::new() };
        // One stream for each thread; the first stream starts them.
        while stalled.neighbours.len() < pool.threads().max(1) {
            let instance = Arc::new(Instance::new(Arc::new(SharedSettings::new(Registry::global()))));
            let mut neighbour = Session::new(&instance, &pool, config).unwrap();
            let (release, released) = channel::<()>();
            let (holds, held) = channel::<()>();
            let holder = thread::spawn(move || {
                instance.state().change(|_| {
                    holds.send(()).unwrap();
                    // Returns when the other side is dropped.
                    let _ = released.recv();
                });
            });
            held.recv().unwrap();
            neighbour.handle().set_active(true);
            neighbour.process(&[&[0.0; BLOCK]], &Transport::default());
            stalled.neighbours.push(neighbour);
            stalled.holders.push((release, holder));
        }
        // The threads are blocked when their counters no longer change.
        let begun = Instant::now();
        let mut before = u64::MAX;
        while before != pool.wakeups() {
            before = pool.wakeups();
            assert!(begun.elapsed() < Duration::from_secs(20), "the worker does not stand still");
            thread::sleep(Duration::from_millis(200));
        }
        stalled
    }
}

impl Drop for Stalled {
    fn drop(&mut self) {
        for (release, holder) in self.holders.drain(..) {
            drop(release);
            holder.join().unwrap();
        }
    }
}

/// Processes music until a controller is sent.
fn answers(harness: &mut ProcessHarness, music: &[f32]) {
    let begun = Instant::now();
    for block in music.chunks_exact(BLOCK).cycle() {
        harness.play_mono(block);
        if harness.midi().next().is_some() {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "expected an answer, got none");
        // Faster than real time, but slow enough for the worker to get processor time.
        thread::sleep(Duration::from_millis(4));
    }
}

#[test(alone)]
fn processing_continues_with_a_stalled_worker_which_recovers() {
    let mut host = Host::new();
    host.restore(
        &[("tags", json!({"string": "msd-vgg"})), ("tempo", json!({"string": "off"})), ("midi", json!({"bool": true}))],
        &[],
    );
    let music = tune(RATE_HZ, 30.0);
    let stalled = Stalled::new();
    host.with_audio(RATE_HZ, BLOCK, |harness| {
        // Three times the length of the ring. The worker stays blocked, so waiting for it would never end.
        for block in music.chunks(BLOCK) {
            harness.play_mono(block);
            assert_eq!(harness.midi().next(), None, "nobody listens");
        }
        drop(stalled);
        answers(harness, &music);
        assert_eq!(harness.counts, Counts::default());
    });
}

#[test(alone)]
fn render_times_out_on_a_stalled_worker_and_keeps_buffered_audio() {
    let music = vec![tune(RATE_HZ, 6.0); 2];
    let mut report_dir = ReportDir::new();
    let mut host = report_dir.host(Some(("msd-vgg", "off")));
    let stalled = Stalled::new();
    let begun = Instant::now();
    let first = host.with_audio(RATE_HZ, BLOCK, |harness| {
        harness.play(&[&music[0][..BLOCK], &music[1][..BLOCK]]);
        let first = begun.elapsed();
        let others: Vec<Vec<f32>> = music.iter().map(|channel| channel[BLOCK..].to_vec()).collect();
        render(harness, &others, BLOCK);
        first
    });
    // The other blocks, and the end of the render.
    let rest = begun.elapsed() - first;
    drop(stalled);
    println!("start and first block waited {first:.1?}, the other {} {rest:.1?}", music[0].len().div_ceil(BLOCK) - 1);
    assert!((20..60).contains(&first.as_secs()), "expected half a minute, got {first:?}");
    assert!(rest.as_secs() < 10, "expected no more waiting, got {rest:?}");
    report_dir.wait();
    let report = report_dir.take_one();
    assert!(predictions(&report, 0).len() >= 2);
    report_dir.host(Some(("msd-vgg", "off"))).with_audio(RATE_HZ, BLOCK, |harness| render(harness, &music, BLOCK));
    assert_eq!(report_dir.take_one(), report, "what was in the ring is heard all the same");
}
