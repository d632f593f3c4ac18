//! Bypass while a song plays.

use clack_host::prelude::*;

use super::song;
use super::stems_host::{Stems, StemsAudio, host, set, with_audio};

const RATE_HZ: f64 = 44_100.0;
const BLOCK: usize = 441;
/// Length of a ramp of gains and bypass in samples.
const RAMP: usize = 882;

/// Vocals are muted, so bypass is audible: it must be exact, without a click, and the separation must return.
#[test(needs(Reference))]
fn bypass_is_exact_and_switches_without_a_click() {
    let input = song(8.0);
    let mut host = host();
    host.set_offline(true);
    set(&mut host, "Vocals mute", 1.0);
    let bypass = host.param("Bypass");
    // Positions of the output, in samples.
    let (on, off) = (300 * BLOCK, 500 * BLOCK);
    let play = |audio: &mut StemsAudio| {
        let mut stems = Stems::default();
        for start in (0..input[0].len() - BLOCK).step_by(BLOCK) {
            if start == on || start == off {
                let mut events = EventBuffer::new();
                events.push(&bypass.set(0, f64::from(u8::from(start == on))));
                audio.events = events;
            }
            audio.process(&input, start..start + BLOCK, &mut stems);
        }
        stems
    };
    let (latency, [main, vocals, accompaniment]) = with_audio(&mut host, RATE_HZ, BLOCK, play, |_| ());
    for channel in 0..2 {
        let (main, dry) = (&main[channel], &input[channel]);
        let is_dry = |at: usize| main[at] == dry[at - latency];
        let is_accompaniment = |at: usize| main[at] == accompaniment[channel][at];
        assert!((latency..on).all(is_accompaniment), "muted vocals leave the accompaniment");
        assert!((on + RAMP..off).all(is_dry), "bypass is the delayed input");
        assert!((off + RAMP..main.len()).all(is_accompaniment), "after bypass the vocals are muted again");
        // In the ramps the output lies between both.
        for at in (on..on + RAMP).chain(off..off + RAMP) {
            let (a, b) = (dry[at - latency], accompaniment[channel][at]);
            assert!(main[at] >= a.min(b) - 1e-6 && main[at] <= a.max(b) + 1e-6, "{at}: {} not in {a}..{b}", main[at]);
        }
        let loud = |range: std::ops::Range<usize>| vocals[channel][range].iter().any(|sample| sample.abs() > 0.01);
        assert!(loud(latency..on) && loud(main.len() - 44_100..main.len()), "vocals before and after");
    }
}
