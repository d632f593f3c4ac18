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
fn mutate(dice: &mut TestRng, transport: &mut TransportEvent) {
    let flags = &mut transport.flags;
    if dice.chance(0.2) {
        flags.toggle(TransportFlags::IS_PLAYING);
    }
    if dice.chance(0.2) {
        flags.toggle(TransportFlags::IS_RECORDING);
    }
    if dice.chance(0.2) {
        flags.set(TransportFlags::HAS_TIME_SIGNATURE, dice.chance(0.5));
        transport.time_signature_numerator = 1 + dice.below(16) as u16;
        transport.time_signature_denominator = 1 + dice.below(4) as u16;
    }
    if dice.chance(0.2) {
        flags.set(TransportFlags::HAS_TEMPO, dice.chance(0.5));
        transport.tempo = dice.between(40.0, 480.0);
    }
    if dice.chance(0.2) {
        transport.tempo_inc = dice.between(-0.01, 0.01);
    }
    if dice.chance(0.2) {
        flags.set(TransportFlags::HAS_SECONDS_TIMELINE, dice.chance(0.5));
        flags.set(TransportFlags::HAS_BEATS_TIMELINE, dice.chance(0.5));
        transport.song_pos_seconds = SecondsTime::from_float(dice.between(0.0, 60.0));
        transport.song_pos_beats = BeatTime::from_float(dice.between(0.0, 240.0));
    }
}

fn noise(rack: &mut ProcessHarness, dice: &mut TestRng) {
    let block = dice.noise(BLOCK, 1.0);
    rack.play_mono(&block);
    assert_eq!(rack.counts, Counts::default(), "in process");
}

#[test]
fn transport_null() {
    Host::new().with_audio(RATE_HZ, BLOCK, |rack| {
        rack.transport = None;
        let mut dice = TestRng::new(SEED);
        (0..5).for_each(|_| noise(rack, &mut dice));
    });
}

#[test]
fn transport_fuzz() {
    Host::new().with_audio(RATE_HZ, BLOCK, |rack| {
        let mut dice = TestRng::new(SEED);
        let mut transport = standing();
        for _ in 0..80 {
            mutate(&mut dice, &mut transport);
            rack.transport = Some(without_what_is_absent(transport));
            if dice.chance(0.2) {
                rack.jump(if dice.chance(0.5) { None } else { Some(dice.below(100_000) as u64) });
            }
            noise(rack, &mut dice);
        }
    });
}

#[test]
fn transport_fuzz_sample_accurate() {
    let mut host = Host::new();
    for interval in [1000, 100, 1] {
        host.with_audio(RATE_HZ, BLOCK, |rack| {
            let mut dice = TestRng::new(SEED);
            let (mut transport, mut next) = (standing(), 0);
            for _ in 0..20 {
                while next < BLOCK {
                    mutate(&mut dice, &mut transport);
                    let mut event = without_what_is_absent(transport);
                    event.header = EventHeader::default().with_time(next as u32);
                    rack.events.push(&event);
                    next += interval;
                }
                next -= BLOCK;
                noise(rack, &mut dice);
            }
        });
    }
}
