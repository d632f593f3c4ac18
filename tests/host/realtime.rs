//! R2 and R4: the audio thread allocates and frees nothing, and takes little time, while the worker is busy.

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clack_host::events::event_types::{TransportEvent, TransportFlags};
use clack_host::utils::SecondsTime;
use earmark_tests::signal::tune;
use serde_json::json;

use super::allocations::Counts;
use super::audio::{ProcessHarness, standing};
use super::parameters::random_events;
use super::rng::{SEED, TestRng};
use super::test_host::Host;

const RATE_HZ: f64 = 48_000.0;
const BLOCK: usize = 256;

/// Largest median of the callback's thread time on a busy machine; on an idle one the median is far below.
const MAX_MEDIAN: Duration = Duration::from_micros(20);

/// Returns a host that receives controllers with the first prediction.
fn host() -> Host {
    let mut host = Host::new();
    host.select_fast_model();
    host
}

/// Turns descriptors on, and returns the socket that receives them.
fn descriptors(host: &mut Host) -> UdpSocket {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.set_nonblocking(true).unwrap();
    let osc = json!({"on": true, "address": socket.local_addr().unwrap().to_string(), "prefix": "/earmark"});
    host.restore(&[], &[("descriptors", json!(true)), ("osc", osc)]);
    socket
}

/// Processes music until the plugin has sent enough different values, and descriptors if there is a socket for them.
fn play_until_it_speaks(harness: &mut ProcessHarness, music: &[f32], descriptors: Option<&UdpSocket>) {
    let begun = Instant::now();
    let mut values = std::collections::BTreeSet::new();
    let mut described = descriptors.is_none();
    for block in music.chunks_exact(BLOCK).cycle() {
        harness.play_mono(block);
        values.extend(harness.midi());
        let mut packet = [0; 1 << 16];
        while let Some(Ok(len)) = descriptors.map(|socket| socket.recv(&mut packet)) {
            let name = b"/earmark/descriptors/chroma";
            described |= packet[..len].windows(name.len()).any(|part| part == name);
        }
        if values.len() >= 20 && described {
            return;
        }
        let elapsed = begun.elapsed();
        assert!(elapsed < Duration::from_secs(60), "expected 20 messages, got {values:?}; descriptors: {described}");
        // Twice real time: the worker gets processor time, and results keep coming.
        thread::sleep(Duration::from_secs_f64(BLOCK as f64 / RATE_HZ / 2.0));
    }
}

#[test]
fn nothing_is_allocated_or_freed_on_the_audio_thread() {
    allocate_nothing(host(), None);
}

#[test]
fn nothing_is_allocated_or_freed_on_the_audio_thread_with_descriptors() {
    let mut host = host();
    let socket = descriptors(&mut host);
    allocate_nothing(host, Some(&socket));
}

/// Asserts that no callback allocates or frees, also while parameters, transport and render mode change.
fn allocate_nothing(mut host: Host, descriptors: Option<&UdpSocket>) {
    let params = host.params();
    let music = tune(RATE_HZ, 15.0);
    let done = AtomicBool::new(false);
    host.with_both(
        RATE_HZ,
        BLOCK,
        |harness| {
            let mut rng = TestRng::new(SEED);
            let mut phases: Vec<(&str, Counts)> = Vec::new();
            play_until_it_speaks(harness, &music, descriptors);
            phases.push(("results come", std::mem::take(&mut harness.counts)));
            let mut resets = Counts::default();
            for block in music.chunks(BLOCK).take(300) {
                resets += harness.reset();
                harness.play_mono(block);
            }
            phases.push(("300 resets", resets));
            phases.push(("between resets", std::mem::take(&mut harness.counts)));
            for block in music.chunks(BLOCK).take(300) {
                harness.events = random_events(&params, &mut rng, 0);
                harness.play_mono(block);
            }
            phases.push(("300 changes of every parameter", std::mem::take(&mut harness.counts)));
            for block in music.chunks(BLOCK).cycle().take(4000) {
                harness.play_mono(block);
            }
            phases.push(("more audio than the ring holds", std::mem::take(&mut harness.counts)));
            for block in music.chunks(BLOCK).take(2000) {
                harness.transport = Some(TransportEvent {
                    flags: TransportFlags::IS_PLAYING | TransportFlags::HAS_SECONDS_TIMELINE,
                    song_pos_seconds: SecondsTime::from_float(rng.between(0.0, 1000.0)),
                    ..standing()
                });
                harness.play_mono(block);
            }
            phases.push(("more jumps than the ring holds", std::mem::take(&mut harness.counts)));
            done.store(true, Ordering::Release);
            for (phase, counts) in phases {
                println!("{phase}: {counts:?}");
                assert_eq!(counts, Counts::default(), "{phase}");
            }
        },
        |host| {
            // The render mode is switched during processing; a host would restart the plugin first.
            while !done.load(Ordering::Acquire) {
                host.set_offline(true);
                host.set_offline(false);
                thread::sleep(Duration::from_millis(1));
            }
        },
    );
    assert!(host.requests.restarts.load(Ordering::Relaxed) > 0, "a change of mode asks for a restart");
}

/// Returns the thread times of the callbacks, in order of size, of instances that are processed in turn on one thread.
fn costs(instances: usize, callbacks: usize) -> Vec<Duration> {
    let music = tune(RATE_HZ, 10.0);
    let mut hosts: Vec<Host> = (0..instances).map(|_| host()).collect();
    let mut harnesses: Vec<ProcessHarness> = hosts
        .iter_mut()
        .map(|host| {
            let stopped = host.activate(RATE_HZ, 64);
            ProcessHarness::start(stopped, &host.requests, 2)
        })
        .collect();
    let mut costs = Vec::with_capacity(callbacks);
    for block in music.chunks_exact(64).cycle().take(callbacks / instances) {
        for harness in &mut harnesses {
            harness.play_mono(block);
            costs.push(harness.cost);
        }
    }
    for (host, harness) in hosts.iter_mut().zip(harnesses) {
        assert_eq!(harness.counts, Counts::default());
        host.deactivate(harness.stop());
    }
    costs.sort_unstable();
    costs
}

#[test]
fn callback_time_is_small_while_the_worker_is_busy() {
    for instances in [1, 8] {
        let costs = costs(instances, 40_000);
        let at = |share: f64| costs[(share * (costs.len() - 1) as f64) as usize];
        println!(
            "{instances} instances, {} callbacks of 64 frames, stereo, 48 kHz, CPU of the thread: p50 {:?}, p99 {:?}, \
             p99.9 {:?}",
            costs.len(),
            at(0.5),
            at(0.99),
            at(0.999)
        );
        assert!(at(0.5) <= MAX_MEDIAN, "expected a median of at most {MAX_MEDIAN:?}, got {:?}", at(0.5));
    }
}
