//! Activation, changes of mode, states.

use std::thread;
use std::time::Duration;

use super::stems_host::{host, render, set};
use super::{song, stereo};

#[test]
fn mode_changes_the_latency_at_the_next_activation() {
    let input = stereo(44_100.0, 0.2);
    let mut host = host();
    for (mode, expected) in [(3, 18_432), (0, 6144), (6, 59_392), (3, 18_432)] {
        set(&mut host, "Mode", f64::from(mode));
        let (latency, _) = render(&mut host, 44_100.0, &input, 512, |_| {});
        assert_eq!(latency, expected);
    }
}

#[test]
fn state_keeps_the_mode_and_the_gains() {
    let mut host = host();
    set(&mut host, "Mode", 5.0);
    set(&mut host, "Vocals mute", 1.0);
    let saved = host.save();
    let mut other = self::host();
    assert!(other.load(&saved));
    let [mode, mute] = ["Mode", "Vocals mute"].map(|name| other.param(name));
    assert!((other.value(&mode) - 5.0).abs() < 1e-6, "{}", other.value(&mode));
    assert_eq!(other.value(&mute), 1.0);
}

#[test(needs(Reference))]
fn playback_in_real_time_has_vocals() {
    let input = song(6.0);
    let mut host = host();
    let block = Duration::from_secs_f64(1024.0 / 44_100.0);
    let (latency, [main, vocals, _]) = render(&mut host, 44_100.0, &input, 1024, |_| thread::sleep(block));
    assert!(main[0][latency..].iter().zip(&input[0]).all(|(output, input)| output == input));
    let late = &vocals[0][vocals[0].len() / 2..];
    assert!(late.iter().any(|sample| sample.abs() > 0.01), "the second half has vocals");
}

/// Returns the resident memory of this program in KiB.
#[cfg(target_os = "linux")]
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// A leak grows in every round; the memory that the allocator keeps for streams that wait for the worker thread does not.
#[cfg(target_os = "linux")]
#[test]
fn repeated_activation_needs_no_memory() {
    let input = stereo(48_000.0, 0.05);
    let mut host = host();
    let mut resident = || {
        for _ in 0..400 {
            render(&mut host, 48_000.0, &input, 512, |_| {});
        }
        // The worker thread frees what an activation replaced.
        thread::sleep(Duration::from_millis(300));
        resident_kib()
    };
    let rounds: [u64; 5] = std::array::from_fn(|_| resident());
    let grown = rounds.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).min();
    assert!(grown < Some(1024), "{rounds:?} KiB");
}
