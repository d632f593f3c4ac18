//! Cases of clap-validator about states, and further damaged states.

use std::sync::atomic::Ordering;

use clack_extensions::params::ParamRescanFlags;
use serde_json::json;

use super::allocations::Counts;
use super::parameters::{assert_same, random_events};
use super::rng::{SEED, TestRng};
use super::test_host::{Host, Saved};

const RATE_HZ: f64 = 44_100.0;
const BLOCK: usize = 512;

#[test]
fn state_invalid_empty() {
    assert!(!Host::new().load(&[]));
}

#[test]
fn state_invalid_random() {
    let mut host = Host::new();
    let before = host.save();
    let mut rng = TestRng::new(SEED);
    for _ in 0..3 {
        let bytes: Vec<u8> = (0..1_048_576).map(|_| rng.below(256) as u8).collect();
        assert!(!host.load(&bytes));
        assert_eq!(host.save(), before, "what is refused changes nothing");
    }
}

/// Sets all parameters, saves, loads in another instance and saves there; returns both states.
fn save_and_load(played: bool, write: usize, read: usize) -> (Vec<u8>, Vec<u8>) {
    let mut one = Host::new();
    let params = one.params();
    let events = random_events(&params, &mut TestRng::new(SEED), 0);
    if played {
        one.with_audio(RATE_HZ, BLOCK, |harness| {
            events.iter().for_each(|event| harness.events.push(event));
            harness.play_mono(&[0.0; BLOCK]);
        });
    } else {
        one.flush(&events);
    }
    let values = one.values();
    let (saved, first) = one.save_in_pieces(write);
    assert!(saved);
    drop(one);
    let mut two = Host::new();
    two.requests.rescans.store(0, Ordering::Relaxed);
    assert!(two.load_in_pieces(&first, read));
    let rescans = ParamRescanFlags::from_bits_truncate(two.requests.rescans.load(Ordering::Relaxed));
    assert!(rescans.contains(ParamRescanFlags::VALUES), "values changed, and the host was told {rescans:?}");
    let restored = two.values();
    assert_same(&mut two, &values, &restored);
    assert_eq!(two.params(), params, "what parameters are does not depend on the state");
    let second = two.save();
    (first, second)
}

#[test]
fn state_reproducibility_basic() {
    for played in [false, true] {
        save_and_load(played, usize::MAX, usize::MAX);
    }
}

#[test]
fn state_reproducibility_binary() {
    for played in [false, true] {
        let (first, second) = save_and_load(played, usize::MAX, usize::MAX);
        assert_eq!(String::from_utf8_lossy(&first), String::from_utf8_lossy(&second));
    }
}

#[test]
fn state_reproducibility_buffered() {
    let (first, second) = save_and_load(false, 23, 17);
    assert_eq!(String::from_utf8_lossy(&first), String::from_utf8_lossy(&second));
}

/// Loads a damaged state, which must be refused without a change, or be accepted and saved again as a valid state.
fn harmless(bytes: &[u8], about: &str) -> bool {
    let mut host = Host::new();
    let before = host.save();
    let taken = host.load(bytes);
    let after = host.save();
    if taken {
        for param in host.params() {
            let value = host.value(&param);
            assert!((param.least..=param.most).contains(&value), "{about}: {} is {value}", param.name);
        }
        assert!(host.load(&after), "{about}: the repaired state cannot be loaded");
        assert_eq!(host.save(), after, "{about}");
    } else {
        assert_eq!(after, before, "{about}: the refused state changed a value");
    }
    taken
}

/// Returns a state with every kind of setting.
fn full() -> Vec<u8> {
    let mut host = Host::new();
    let report = json!({"save": true, "folder": "/music/reports", "hop": {"frames": 31}, "markers": true});
    let midi = json!([{"tag": "rock", "cc": 20, "note": null}]);
    host.restore(
        &[("tags", json!({"string": "mtt-vgg"})), ("rate", json!({"f32": 5.0}))],
        &[("panel", json!("{\"dark\":true}")), ("report", report), ("midi", midi)],
    );
    host.save()
}

#[test]
fn a_truncated_state_is_refused() {
    let full = full();
    assert!(harmless(&full, "whole"));
    for length in 0..full.len() {
        assert!(!harmless(&full[..length], &format!("{length} bytes of {}", full.len())));
    }
}

#[test]
fn state_with_flipped_bits_is_rejected_or_repaired() {
    let full = full();
    let seed = SEED;
    let mut rng = TestRng::new(seed);
    let mut taken = 0;
    for round in 0..100 {
        let mut bytes = full.clone();
        for _ in 0..=rng.below(3) {
            let at = rng.below(bytes.len());
            bytes[at] ^= 1 << rng.below(8);
        }
        taken += u32::from(harmless(&bytes, &format!("seed {seed:#x}, round {round}")));
    }
    println!("of 100 states with flipped bits (seed {seed:#x}) {taken} were taken and made good");
    assert!((1..100).contains(&taken), "expected some to be taken and some refused, got {taken}");
}

#[test]
fn random_bytes_with_a_valid_length_are_rejected() {
    let mut rng = TestRng::new(SEED);
    let noise: Vec<u8> = (0..1_048_576).map(|_| rng.below(256) as u8).collect();
    for length in [0, 1, 1000, noise.len() as u64] {
        let bytes = [&length.to_le_bytes()[..], &noise[..length as usize]].concat();
        assert!(!harmless(&bytes, &format!("{length} random bytes")));
    }
    for length in [u64::MAX, 1 << 40, noise.len() as u64 + 1] {
        let bytes = [&length.to_le_bytes()[..], &noise].concat();
        assert!(!harmless(&bytes, &format!("random bytes that claim to be {length}")));
    }
}

/// The known part of a state of a later version is loaded; the rest is written back.
#[test]
fn state_of_a_later_version_is_kept() {
    let mut later = Saved::read(&full());
    let mut choices = later.choices();
    choices["version"] = json!(9);
    choices["holograms"] = json!(true);
    later.set_choices(&choices);
    later.json["version"] = json!("99.0.0");
    later.json["params"]["tags"] = json!({"string": "a-model-of-2031"});
    later.json["params"]["holography"] = json!({"f32": 1.0});
    let mut host = Host::new();
    assert!(host.load(&later.bytes()));
    let made = Saved::read(&host.save());
    let mut kept = choices.clone();
    kept["later_params"] = json!({"holography": {"f32": 1.0}});
    assert_eq!(made.choices(), kept);
    assert_eq!(made.json["params"]["tags"], json!({"string": "msd-musicnn"}));
    assert_eq!(made.json["params"]["rate"], json!({"f32": 5.0}), "what is known is taken");
    assert!(made.json["params"].get("holography").is_none());
}

/// A host restores states while it plays.
#[test]
fn states_may_be_loaded_while_playing() {
    let (quick, other) = (full(), Host::new().save());
    let mut host = Host::new();
    host.with_both(
        RATE_HZ,
        64,
        |harness| {
            let mut rng = TestRng::new(SEED);
            for _ in 0..2000 {
                harness.play_mono(&rng.noise(64, 0.5));
            }
            assert_eq!(harness.counts, Counts::default(), "in process");
        },
        |host| {
            for round in 0..50 {
                assert!(host.load(if round % 2 == 0 { &quick } else { &other }));
            }
        },
    );
    assert_eq!(host.save(), other);
}
