//! clap-validator's cases about parameters.

use std::collections::BTreeSet;

use clack_extensions::params::ParamInfoFlags;
use clack_host::prelude::*;

use super::allocations::Counts;
use super::audio::ProcessHarness;
use super::clap_raw;
use super::rng::{SEED, TestRng};
use super::test_host::{Host, Param};

const RATE_HZ: f64 = 44_100.0;
const BLOCK: usize = 512;

/// Whether a parameter accepts events.
fn writable(param: &&Param) -> bool {
    !param.flags.contains(ParamInfoFlags::IS_READONLY)
}

fn draw(param: &Param, rng: &mut TestRng) -> f64 {
    let value = rng.between(param.least, param.most);
    if param.stepped() { value.round() } else { value }
}

/// Returns an event with a random value at `time` for every writable parameter.
pub(crate) fn random_events(params: &[Param], rng: &mut TestRng, time: u32) -> EventBuffer {
    let mut events = EventBuffer::new();
    params.iter().filter(writable).for_each(|param| events.push(&param.set(time, draw(param, rng))));
    events
}

/// Whether two values of a parameter have the same text, or nearly the same value.
pub(crate) fn same(host: &mut Host, param: &Param, a: f64, b: f64) -> bool {
    let texts = host.text(param, a).zip(host.text(param, b));
    texts.is_some_and(|(a, b)| a == b)
        || if param.stepped() { a.round() == b.round() } else { (a - b).abs() <= 1e-4 * (param.most - param.least) }
}

pub(crate) fn assert_same(host: &mut Host, before: &[f64], after: &[f64]) {
    for (param, (&a, &b)) in host.params().iter().zip(before.iter().zip(after)) {
        assert!(same(host, param, a, b), "{}: {a} and {b} are not the same", param.name);
    }
}

/// Checks that the validator makes whenever it reads parameters.
#[test]
fn parameters_are_well_formed() {
    let mut host = Host::new();
    let params = host.params();
    let ids: BTreeSet<_> = params.iter().map(|param| param.id.get()).collect();
    assert_eq!((params.len(), ids.len()), (9, 9), "each with an id of its own");
    for param in &params {
        let Param { name, module, flags, least, most, default, .. } = param;
        println!("{name}: {least} to {most}, default {default}, {flags:?}");
        assert!(!name.is_empty() && !module.starts_with('/') && !module.ends_with('/') && !module.contains("//"));
        assert!(least < most && (least..=most).contains(&default), "{name}");
        assert!(!param.stepped() || [least, most].iter().all(|value| value.fract() == 0.0), "{name}");
        let moves = ParamInfoFlags::IS_AUTOMATABLE | ParamInfoFlags::IS_MODULATABLE;
        assert!(!flags.contains(ParamInfoFlags::IS_READONLY) || !flags.intersects(moves), "{name}");
    }
}

#[test]
fn param_conversions() {
    let mut host = Host::new();
    let params = host.params();
    let steps = 4000_usize.div_ceil(params.len()).clamp(5, 100);
    for param in &params {
        for step in 0..steps {
            let value = param.least + (param.most - param.least) * step as f64 / (steps - 1) as f64;
            let text = host.text(param, value).expect("a text of every value");
            let read = host.parse(param, &text).unwrap_or_else(|| panic!("{}: `{text}` is not read", param.name));
            let again = host.text(param, read).unwrap();
            assert_eq!(text, again, "{} at {value}", param.name);
            assert_eq!(host.parse(param, &again), Some(read), "{} at {value}", param.name);
        }
    }
}

#[test]
fn param_default_values() {
    let mut host = Host::new();
    for param in host.params() {
        let value = host.value(&param);
        let right = if param.stepped() {
            value.round() == param.default.round()
        } else {
            (value - param.default).abs() <= 1e-4 * (param.most - param.least)
        };
        assert!(right, "{}: expected {}, got {value}", param.name, param.default);
    }
}

/// Sets all parameters to random values, once while inactive and once while processing.
fn set_both_ways() {
    let mut flushed = Host::new();
    let params = flushed.params();
    let initial = flushed.values();
    flushed.flush(&random_events(&params, &mut TestRng::new(SEED), 0));
    let after_flush = flushed.values();
    let mut played = Host::new();
    played.with_audio(RATE_HZ, BLOCK, |harness| {
        harness.events = random_events(&params, &mut TestRng::new(SEED), 0);
        harness.play_mono(&[0.0; BLOCK]);
        assert_eq!(harness.counts, Counts::default(), "in process");
    });
    let after_play = played.values();
    assert_ne!(initial, after_flush);
    assert_ne!(initial, after_play);
    assert_same(&mut played, &after_flush, &after_play);
}

#[test]
fn param_set_events() {
    set_both_ways();
}

/// The plugin has no cookies, so this case equals the one with them.
#[test]
fn param_set_no_cookies() {
    let param = &Host::new().params()[0];
    assert!(param.set(0, 0.0).cookie().as_raw().is_null());
    set_both_ways();
}

#[test]
fn param_set_wrong_namespace() {
    let mut host = Host::new();
    let params = host.params();
    let before = host.values();
    let mut rng = TestRng::new(SEED);
    host.with_audio(RATE_HZ, BLOCK, |harness| {
        for param in &params {
            harness.events.push(&clap_raw::in_a_foreign_space(param.set(0, draw(param, &mut rng))));
        }
        harness.play_mono(&rng.noise(BLOCK, 1.0));
    });
    assert_eq!(host.values(), before);
}

/// Activates, sets all parameters at once and processes five blocks, 50 times.
fn fifty_times(draw: impl Fn(&Param, &mut TestRng) -> f64 + Sync) {
    let mut host = Host::new();
    let params = host.params();
    let mut rng = TestRng::new(SEED);
    for _ in 0..50 {
        host.with_audio(RATE_HZ, BLOCK, |harness| {
            for param in &params {
                harness.events.push(&param.set(0, draw(param, &mut rng)));
            }
            (0..5).for_each(|_| noise(harness, &mut rng));
        });
    }
}

fn noise(harness: &mut ProcessHarness, rng: &mut TestRng) {
    let channels = rng.noises(2, BLOCK);
    harness.play(&[&channels[0], &channels[1]]);
    assert_eq!(harness.counts, Counts::default(), "in process");
}

#[test]
fn param_fuzz_basic() {
    fifty_times(draw);
}

#[test]
fn param_fuzz_bounds() {
    fifty_times(|param, rng| match (rng.chance(0.5), rng.chance(0.5)) {
        (true, true) => param.least,
        (true, false) => param.most,
        (false, _) => draw(param, rng),
    });
}

#[test]
fn param_fuzz_sample_accurate() {
    let mut host = Host::new();
    let params = host.params();
    let mut rng = TestRng::new(SEED);
    for interval in [1000_usize, 100, 10] {
        host.with_audio(RATE_HZ, BLOCK, |harness| {
            let mut next = 0;
            for _ in 0..(4 * interval).div_ceil(BLOCK) {
                while next < BLOCK {
                    random_events(&params, &mut rng, next as u32).iter().for_each(|event| harness.events.push(event));
                    next += interval;
                }
                next -= BLOCK;
                noise(harness, &mut rng);
            }
        });
    }
}

#[test]
fn param_fuzz_modulation() {
    let mut host = Host::new();
    let params = host.params();
    let mut rng = TestRng::new(SEED);
    host.with_audio(RATE_HZ, BLOCK, |harness| {
        let mut time = 0.0;
        while time < BLOCK as f64 {
            let param = &params[rng.below(params.len())];
            let modulated = param.flags.contains(ParamInfoFlags::IS_MODULATABLE) && rng.chance(0.5);
            // A modulation is sent as a value, as in the validator, so it may be out of range.
            let half = (param.most - param.least) / 2.0;
            let value = if modulated { rng.between(-half, half) } else { draw(param, &mut rng) };
            harness.events.push(&param.set(time as u32, value));
            time += rng.between(-10.0, 20.0).max(0.0);
        }
        noise(harness, &mut rng);
    });
    for param in &params {
        let value = host.value(param);
        assert!((param.least..=param.most).contains(&value), "{}: {value} is out of range", param.name);
    }
}
