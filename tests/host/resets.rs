//! R8: after a reset, a jump or a new activation an instance reports the same as a fresh one, and memory does not grow.

use clack_host::events::event_types::{TransportEvent, TransportFlags};
use clack_host::utils::SecondsTime;
use earmark_tests::signal::tune;
use serde_json::Value;

use super::allocations::live_bytes;
use super::audio::{ProcessHarness, standing};
use super::report_dir::{ReportDir, predictions, render};

const RATE_HZ: f64 = 16_000.0;
const BLOCK: usize = 500;
/// A model with a short context and no tempo.
const FAST_MODEL: Option<(&str, &str)> = Some(("msd-vgg", "off"));

/// Returns two different pieces of music, as stereo.
fn pieces() -> [Vec<Vec<f32>>; 2] {
    let music = tune(RATE_HZ, 12.0);
    let backwards: Vec<f32> = music.iter().rev().map(|sample| sample * 0.5).collect();
    let long = |samples: &[f32]| vec![samples[..(5.2 * RATE_HZ) as usize].to_vec(); 2];
    [long(&music), long(&backwards)]
}

/// Returns the report of a fresh instance about a piece.
fn fresh(piece: &[Vec<f32>]) -> Value {
    let mut report_dir = ReportDir::new();
    report_dir.host(FAST_MODEL).with_audio(RATE_HZ, BLOCK, |harness| render(harness, piece, BLOCK));
    let report = report_dir.take_one();
    assert!(predictions(&report, 0).len() >= 2);
    report
}

#[test]
fn instance_after_reset_matches_a_fresh_one() {
    let [one, two] = pieces();
    let (first, second) = (fresh(&one), fresh(&two));
    assert_ne!(first, second);
    for transport in [None, Some(standing())] {
        let mut report_dir = ReportDir::new();
        report_dir.host(FAST_MODEL).with_audio(RATE_HZ, BLOCK, |harness| {
            harness.transport = transport;
            render(harness, &one, BLOCK);
            harness.reset();
            render(harness, &two, BLOCK);
        });
        assert_eq!(report_dir.take(), [first.clone(), second.clone()], "with a transport: {}", transport.is_some());
    }
}

#[test]
fn instance_after_activation_matches_a_fresh_one() {
    let [one, two] = pieces();
    let mut report_dir = ReportDir::new();
    let mut host = report_dir.host(FAST_MODEL);
    host.with_audio(RATE_HZ, BLOCK, |harness| render(harness, &one, BLOCK));
    // One activation in between at another rate and in real time.
    host.set_offline(false);
    host.with_audio(44_100.0, 64, |harness| render(harness, &two, 64));
    host.set_offline(true);
    host.with_audio(RATE_HZ, BLOCK, |harness| render(harness, &two, BLOCK));
    assert_eq!(report_dir.take(), [fresh(&one), fresh(&two)]);
}

/// Processes a piece at a position of the host's song.
fn render_at(harness: &mut ProcessHarness, piece: &[Vec<f32>], from_s: f64) {
    for (i, begin) in (0..piece[0].len()).step_by(BLOCK).enumerate() {
        let at_s = from_s + (i * BLOCK) as f64 / RATE_HZ;
        harness.transport = Some(TransportEvent {
            flags: TransportFlags::IS_PLAYING | TransportFlags::HAS_SECONDS_TIMELINE,
            song_pos_seconds: SecondsTime::from_float(at_s),
            ..standing()
        });
        let end = piece[0].len().min(begin + BLOCK);
        let block: Vec<&[f32]> = piece.iter().map(|channel| &channel[begin..end]).collect();
        harness.play(&block);
    }
}

#[test]
fn jump_matches_a_fresh_instance_at_that_position() {
    let [one, two] = pieces();
    let heard = |places: &[(&[Vec<f32>], f64)]| -> Vec<Value> {
        let mut report_dir = ReportDir::new();
        report_dir.host(FAST_MODEL).with_audio(RATE_HZ, BLOCK, |harness| {
            places.iter().for_each(|(piece, from_s)| render_at(harness, piece, *from_s));
        });
        predictions(&report_dir.take_one(), 0).clone()
    };
    let jumped = heard(&[(&one, 0.0), (&two, 100.0), (&one, 30.0)]);
    let alone = [heard(&[(&one, 0.0)]), heard(&[(&two, 100.0)]), heard(&[(&one, 30.0)])].concat();
    assert_eq!(jumped, alone);
    // A third pass would be a loop, which is continuous.
    let returned = heard(&[(&one, 8.0), (&one, 8.0)]);
    let once = heard(&[(&one, 8.0)]);
    assert!(!once.is_empty());
    assert_eq!(returned, [once.clone(), once].concat());
}

/// Returns the memory of this process in bytes: allocated, and resident if the system reports it.
fn memory() -> (isize, Option<u64>) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let bytes = |kilobytes: &str| Some(kilobytes.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1024);
    (live_bytes(), resident.and_then(bytes))
}

#[test(alone)]
fn two_hundred_activations_leak_no_memory() {
    let mut report_dir = ReportDir::new();
    let mut host = report_dir.host(FAST_MODEL);
    // The memory in use depends on the current ring, so the minimum of a few readings counts.
    let mut least = |rounds: usize| {
        let looks: Vec<_> = (0..rounds)
            .map(|_| {
                for i in 0..20 {
                    // One rate is kept for two activations, so that a session is reused and another one is created.
                    let rate_hz = if i % 4 < 2 { 44_100.0 } else { 48_000.0 };
                    host.with_audio(rate_hz, 512, |harness| harness.play_mono(&[0.25; 512]));
                }
                memory()
            })
            .collect();
        (looks.iter().map(|look| look.0).min().unwrap(), looks.iter().filter_map(|look| look.1).min().unwrap_or(0))
    };
    least(2);
    let before = least(5);
    least(5);
    let after = least(5);
    let grown = after.0 - before.0;
    println!(
        "200 activations after the first 140: allocated {grown:+} bytes on {}, resident {:+} on {}",
        before.0,
        after.1 as i64 - before.1 as i64,
        before.1
    );
    assert!(grown < 16 << 10, "expected less than 16 KiB, got {grown} bytes");
    assert_eq!(report_dir.take().len(), 340, "each was a render of its own");
    drop(host);
    let [one, _] = pieces();
    let mut again = report_dir.host(FAST_MODEL);
    again.with_audio(RATE_HZ, BLOCK, |harness| render(harness, &one, BLOCK));
    assert_eq!(report_dir.take_one(), fresh(&one));
}
