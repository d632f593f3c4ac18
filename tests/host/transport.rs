//! Cases of clap-validator about the transport: audio passes unchanged with any transport.

use clack_host::events::event_types::{TransportEvent, TransportFlags};
use clack_host::prelude::*;
use clack_host::utils::{BeatTime, SecondsTime};

use super::allocations::Counts;
use super::audio::{ProcessHarness, standing};
use super::rng::{SEED, TestRng};
use super::test_host::Host;

const RATE_HZ: f64 = 44_100.0;
const BLOCK: usize = 128;

/// Clears the fields whose flags are not set, as a host does.
fn without_what_is_absent(mut transport: TransportEvent) -> TransportEvent {
    let flags = transport.flags;
    let (most, least) = (BeatTime::from_bits(i64::MAX), BeatTime::from_bits(i64::MIN));
    if !flags.contains(TransportFlags::HAS_TEMPO) {
        (transport.tempo, transport.tempo_inc) = (f64::NAN, f64::NAN);
    }
    if !flags.contains(TransportFlags::HAS_TIME_SIGNATURE) {
        (transport.time_signature_numerator, transport.time_signature_denominator) = (u16::MAX, 0);
    }
    if !flags.contains(TransportFlags::HAS_BEATS_TIMELINE) {
        (transport.song_pos_beats, transport.bar_start, transport.bar_number) = (least, least, i32::MIN);
    }
    if !flags.contains(TransportFlags::HAS_SECONDS_TIMELINE) {
        transport.song_pos_seconds = SecondsTime::from_bits(i64::MIN);
    }
    if !flags.contains(TransportFlags::IS_LOOP_ACTIVE) {
        (transport.loop_start_beats, transport.loop_end_beats) = (most, least);
        (transport.loop_start_seconds, transport.loop_end_seconds) =
            (SecondsTime::from_bits(i64::MAX), SecondsTime::from_bits(i64::MIN));
    }
    transport
}

/// Changes the transport at random by a small step.
fn mutate(rng: &mut TestRng, transport: &mut TransportEvent) {
    let flags = &mut transport.flags;
    if rng.chance(0.2) {
        flags.toggle(TransportFlags::IS_PLAYING);
    }
    if rng.chance(0.2) {
        flags.toggle(TransportFlags::IS_RECORDING);
    }
    if rng.chance(0.2) {
        flags.set(TransportFlags::HAS_TIME_SIGNATURE, rng.chance(0.5));
        transport.time_signature_numerator = 1 + rng.below(16) as u16;
        transport.time_signature_denominator = 1 + rng.below(4) as u16;
    }
    if rng.chance(0.2) {
        flags.set(TransportFlags::HAS_TEMPO, rng.chance(0.5));
        transport.tempo = rng.between(40.0, 480.0);
    }
    if rng.chance(0.2) {
        transport.tempo_inc = rng.between(-0.01, 0.01);
    }
    if rng.chance(0.2) {
        flags.set(TransportFlags::HAS_SECONDS_TIMELINE, rng.chance(0.5));
        flags.set(TransportFlags::HAS_BEATS_TIMELINE, rng.chance(0.5));
        transport.song_pos_seconds = SecondsTime::from_float(rng.between(0.0, 60.0));
        transport.song_pos_beats = BeatTime::from_float(rng.between(0.0, 240.0));
    }
}

fn noise(harness: &mut ProcessHarness, rng: &mut TestRng) {
    let block = rng.noise(BLOCK, 1.0);
    harness.play_mono(&block);
    assert_eq!(harness.counts, Counts::default(), "in process");
}

#[test]
fn transport_null() {
    Host::new().with_audio(RATE_HZ, BLOCK, |harness| {
        harness.transport = None;
        let mut rng = TestRng::new(SEED);
        (0..5).for_each(|_| noise(harness, &mut rng));
    });
}

#[test]
fn transport_fuzz() {
    Host::new().with_audio(RATE_HZ, BLOCK, |harness| {
        let mut rng = TestRng::new(SEED);
        let mut transport = standing();
        for _ in 0..80 {
            mutate(&mut rng, &mut transport);
            harness.transport = Some(without_what_is_absent(transport));
            if rng.chance(0.2) {
                harness.jump(if rng.chance(0.5) { None } else { Some(rng.below(100_000) as u64) });
            }
            noise(harness, &mut rng);
        }
    });
}

#[test]
fn transport_fuzz_sample_accurate() {
    let mut host = Host::new();
    for interval in [1000, 100, 1] {
        host.with_audio(RATE_HZ, BLOCK, |harness| {
            let mut rng = TestRng::new(SEED);
            let (mut transport, mut next) = (standing(), 0);
            for _ in 0..20 {
                while next < BLOCK {
                    mutate(&mut rng, &mut transport);
                    let mut event = without_what_is_absent(transport);
                    event.header = EventHeader::default().with_time(next as u32);
                    harness.events.push(&event);
                    next += interval;
                }
                next -= BLOCK;
                noise(harness, &mut rng);
            }
        });
    }
}
