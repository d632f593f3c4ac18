//! R11: the worker panics in one instance while a host plays.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use earmark_editor::PanelHost;
use earmark_panel::Status;
use earmark_tests::signal::tune;

use super::allocations::Counts;
use super::audio::ProcessHarness;
use super::fault_injection;
use super::test_host::Host;

const RATE_HZ: f64 = 16_000.0;
const BLOCK: usize = 512;
const TIMEOUT: Duration = Duration::from_secs(60);

fn start(host: &mut Host) -> ProcessHarness {
    host.select_fast_model();
    let stopped = host.activate(RATE_HZ, BLOCK);
    ProcessHarness::start(stopped, &host.requests, 2)
}

/// Processes music in all harnesses, each of which checks every block, until `enough` returns true.
fn play_until(
    harnesses: &mut [&mut ProcessHarness],
    what: &str,
    mut enough: impl FnMut(&mut [&mut ProcessHarness]) -> bool,
) {
    let music = tune(RATE_HZ, 30.0);
    let begun = Instant::now();
    for block in music.chunks_exact(BLOCK).cycle() {
        for harness in harnesses.iter_mut() {
            harness.play_mono(block);
        }
        if enough(harnesses) {
            return;
        }
        assert!(begun.elapsed() < TIMEOUT, "expected {what}, waited in vain");
        // Faster than real time, but slow enough for the worker to get processor time.
        thread::sleep(Duration::from_millis(4));
    }
}

#[test(alone)]
fn analysis_panic_affects_one_instance_and_reset_restores_it() {
    let (mut falls, inside) = fault_injection::host();
    let (mut stands, neighbour) = fault_injection::host();
    let (mut harness, mut other) = (start(&mut falls), start(&mut stands));
    let mut screen = PanelHost::new(&inside.instance);
    let heard = |inside: &fault_injection::Inside| inside.instance.timeline.read(|timeline| timeline.next_seq());
    play_until(&mut [&mut harness, &mut other], "predictions of both", |_| heard(&inside) > 3 && heard(&neighbour) > 3);
    assert_eq!(screen.state().status, Status::Listening);

    inside.panics.store(true, Ordering::Release);
    let failed = |screen: &mut PanelHost| match screen.state().status {
        Status::Error { message, hint } => Some((message, hint)),
        _ => None,
    };
    play_until(&mut [&mut harness, &mut other], "an error", |_| failed(&mut screen).is_some());
    let (message, hint) = failed(&mut screen).unwrap();
    println!("shown: {message} {hint}");
    assert!(message.contains("a planted panic") && !hint.is_empty(), "{message} {hint}");

    // Twice the length of the ring passes, and the other instance still analyzes.
    let (before, of_neighbour) = (heard(&inside), heard(&neighbour));
    let mut left = 2 * (RATE_HZ * 10.0) as usize / BLOCK;
    play_until(&mut [&mut harness, &mut other], "the music to go on", |_| {
        left = left.saturating_sub(1);
        left == 0
    });
    assert_eq!(heard(&inside), before, "what failed says nothing");
    assert!(heard(&neighbour) > of_neighbour + 10, "{} after {of_neighbour}", heard(&neighbour));
    assert!(failed(&mut PanelHost::new(&neighbour.instance)).is_none());

    inside.panics.store(false, Ordering::Release);
    harness.reset();
    play_until(&mut [&mut harness, &mut other], "new predictions", |_| heard(&inside) > before + 3);
    assert_eq!(screen.state().status, Status::Listening);
    for (harness, host) in [(harness, &mut falls), (other, &mut stands)] {
        assert_eq!(harness.counts, Counts::default(), "of the audio thread");
        let stopped = harness.stop();
        host.deactivate(stopped);
    }
}
