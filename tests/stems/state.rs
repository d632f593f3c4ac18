//! R17 of Earmark Stems: every saved state is loaded or refused.

use super::stems_host::host;
use crate::host::parameters::{assert_same, random_events};
use crate::host::rng::{SEED, TestRng};
use crate::host::test_host::{Host, Saved};

/// Number of damaged states of each kind.
const DAMAGED: usize = 300;

/// Asserts that all values are in the ranges of their parameters.
fn assert_valid(host: &mut Host) {
    for param in host.params() {
        let value = host.value(&param);
        assert!((param.least..=param.most).contains(&value), "{}: {value}", param.name);
    }
}

/// Returns an instance with random values, and its state.
fn saved() -> (Host, Vec<u8>) {
    let mut host = host();
    let events = random_events(&host.params(), &mut TestRng::new(SEED), 0);
    host.flush(&events);
    let state = host.save();
    (host, state)
}

#[test]
fn saved_state_has_all_values() {
    let (mut one, state) = saved();
    let values = one.values();
    let mut other = host();
    assert!(other.load(&state));
    let restored = other.values();
    assert_same(&mut other, &values, &restored);
    assert_eq!(other.save(), state);
}

#[test]
fn state_of_a_later_version_is_loaded() {
    let (_, state) = saved();
    let mut later = Saved::read(&state);
    later.json["version"] = "9.0.0".into();
    later.json["params"]["reverb"] = serde_json::json!({"f32": 0.5});
    later.json["params"]["mode"] = serde_json::json!({"string": "a-mode-of-tomorrow"});
    let mut host = host();
    assert!(host.load(&later.bytes()));
    assert_valid(&mut host);
    let mode = host.param("Mode");
    let value = host.value(&mode);
    assert_eq!(host.text(&mode, value), host.text(&mode, mode.default));
}

#[test]
fn damaged_states_are_loaded_or_refused() {
    let (_, state) = saved();
    let mut host = host();
    let mut rng = TestRng::new(SEED);
    let (mut loaded, mut refused) = (0, 0);
    assert!(!host.load(&[]), "an empty state");
    for _ in 0..DAMAGED {
        let truncated = state[..rng.below(state.len())].to_vec();
        let mut flipped = state.clone();
        for _ in 0..=rng.below(4) {
            let at = rng.below(flipped.len());
            flipped[at] ^= 1 << rng.below(8);
        }
        let random: Vec<u8> = (0..1 + rng.below(2_000)).map(|_| rng.below(256) as u8).collect();
        for damaged in [truncated, flipped, random] {
            let before = host.save();
            if host.load(&damaged) {
                loaded += 1;
                assert_valid(&mut host);
            } else {
                refused += 1;
                assert_eq!(host.save(), before, "a refused state changes nothing");
            }
        }
    }
    println!("{loaded} damaged states loaded, {refused} refused");
    assert!(loaded > 0 && refused > DAMAGED);
}
