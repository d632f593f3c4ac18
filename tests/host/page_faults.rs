//! Page faults on the audio thread: the first access to a page enters the kernel, as a lock or an allocation may.

use std::fs;

use earmark_tests::signal::tune;

use super::audio::ProcessHarness;
use super::test_host::Host;

const RATE_HZ: f64 = 48_000.0;
const BLOCK: usize = 64;

/// Returns the number of minor page faults of the calling thread so far: `minflt` of proc(5).
fn pages_of_this_thread() -> u64 {
    let stat = fs::read_to_string("/proc/thread-self/stat").unwrap();
    let (_, after_name) = stat.rsplit_once(')').unwrap();
    after_name.split_whitespace().nth(7).unwrap().parse().unwrap()
}

/// Returns the number of minor page faults of `work`.
pub(crate) fn pages(work: impl FnOnce()) -> u64 {
    // The first reading touches the memory that a reading needs.
    pages_of_this_thread();
    let before = pages_of_this_thread();
    work();
    pages_of_this_thread() - before
}

#[test]
fn first_access_to_memory_is_counted() {
    let mut fresh: Vec<u8> = Vec::with_capacity(64 << 20);
    let touched = pages(|| fresh.resize(64 << 20, 1));
    assert!(touched >= 16, "expected at least 16 pages (of up to 4 MiB), got {touched}");
}

#[test]
fn audio_thread_causes_no_page_fault() {
    let music = tune(RATE_HZ, 12.0);
    let mut host = Host::new();
    let stopped = host.activate(RATE_HZ, BLOCK);
    let mut harness = ProcessHarness::start(stopped, &host.requests, 2);
    let mut blocks = music.chunks_exact(BLOCK);
    // Touches the host's buffers, the stack and the program's code.
    for block in blocks.by_ref().take(100) {
        harness.play_mono(block);
    }
    // More blocks than fit into the ring, faster than the worker reads them.
    let touched = pages(|| {
        for block in blocks {
            harness.play_mono(block);
        }
    });
    host.deactivate(harness.stop());
    println!("12 s of audio: {touched} pages");
    // The kernel may move a page or two in the meantime; the ring alone has 470.
    assert!(touched <= 4, "expected no page to be touched for the first time, got {touched}");
}
