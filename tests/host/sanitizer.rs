//! R1: RealtimeSanitizer over the callback. It is compiled in when `RTSAN_ENABLE` is set, as `cargo xtask prove` does.

use std::env;
use std::hint::black_box;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use earmark_tests::signal::tune;
use earmark_tests::subprocess;
use serde_json::json;

use super::clap_raw::watched;
use super::parameters::random_events;
use super::rng::{SEED, TestRng};
use super::test_host::Host;

/// Variable that names the planted violation that the entry point commits.
const VIOLATION: &str = "EARMARK_PLANT";
/// Exit code of a program that the sanitizer ends.
const EXIT_CODE: i32 = 43;

const RATE_HZ: f64 = 48_000.0;
const MAX_BLOCK: usize = 8_192;
/// Length of the processed audio in seconds.
const PLAYED_S: usize = 600;

#[test(needs(Sanitizer))]
fn planted_violations_are_caught() {
    for plant in ["allocation", "lock", "print"] {
        let outcome = subprocess::command("host::sanitizer::plant").unwrap().env(VIOLATION, plant).output().unwrap();
        let told = String::from_utf8_lossy(&outcome.stderr);
        assert_eq!(outcome.status.code(), Some(EXIT_CODE), "{plant}: {told}");
        assert!(told.contains("RealtimeSanitizer"), "{plant}: {told}");
        println!("sanitizer: a planted {plant} is caught");
    }
}

/// Commits the planted violation, in a process of its own.
#[entry_point]
fn plant() {
    let plant = env::var_os(VIOLATION).unwrap();
    rtsan_standalone::ensure_initialized();
    match plant.to_str() {
        Some("allocation") => watched(|| drop(black_box(Vec::<u8>::with_capacity(64)))),
        Some("print") => watched(|| println!("from the audio thread")),
        Some("lock") => {
            let lock = Mutex::new(());
            let held = lock.lock().unwrap();
            thread::scope(|scope| {
                scope.spawn(|| watched(|| drop(lock.lock())));
                // The other thread has to wait for the lock while it is held.
                thread::sleep(Duration::from_millis(200));
                drop(held);
            });
        }
        other => panic!("expected a plant, got {other:?}"),
    }
}

#[test(needs(Sanitizer))]
fn audio_thread_never_blocks_in_ten_minutes_of_any_block_size() {
    play_ten_minutes(false);
}

#[test(needs(Sanitizer))]
fn audio_thread_never_blocks_in_ten_minutes_with_descriptors() {
    play_ten_minutes(true);
}

/// Processes blocks of any size, with or without descriptors; the sanitizer ends the program at a violation.
fn play_ten_minutes(descriptors: bool) {
    rtsan_standalone::ensure_initialized();
    let mut host = Host::new();
    let params =
        [("tags", json!({"string": "msd-vgg"})), ("midi", json!({"bool": true})), ("rate", json!({"f32": 20.0}))];
    host.restore(&params, &[("descriptors", json!(descriptors))]);
    let params = host.params();
    let music = tune(RATE_HZ, 20.0);
    host.with_audio(RATE_HZ, MAX_BLOCK, |harness| {
        let mut rng = TestRng::new(SEED);
        let (mut played, mut calls) = (0, 0);
        while played < PLAYED_S * RATE_HZ as usize {
            let block = 1 + rng.below(MAX_BLOCK);
            let from = rng.below(music.len() - block);
            if calls % 500 == 499 {
                harness.reset();
            }
            if calls % 50 == 49 {
                harness.events = random_events(&params, &mut rng, 0);
            }
            harness.play_mono(&music[from..from + block]);
            played += block;
            calls += 1;
        }
        println!(
            "sanitizer: {calls} calls, {PLAYED_S} s of audio, blocks of 1 to {MAX_BLOCK}, descriptors {}: no report",
            if descriptors { "on" } else { "off" }
        );
    });
}
