//! R13 of Earmark Stems: instances that come and go in one process have no influence on each other.

use std::thread;
use std::time::Duration;

use super::stems_host::{Stems, StemsAudio, host, set, with_audio};
use super::stereo;
use crate::host::many_instances::threads_named;
use crate::host::rng::TestRng;

const THREADS: u64 = 4;
const INSTANCES: usize = 6;

/// Creates instances one after the other, each with another rate, mode and block size, and checks their sound.
fn come_and_go(seed: u64) {
    let mut rng = TestRng::new(seed);
    for _ in 0..INSTANCES {
        let rate_hz = [44_100.0, 48_000.0, 96_000.0][rng.below(3)];
        let block = [32, 64, 480, 1_024, 4_096][rng.below(5)];
        let mut host = host();
        set(&mut host, "Mode", rng.below(4) as f64);
        let gain = rng.unit() as f32;
        let input: [Vec<f32>; 2] =
            stereo(rate_hz, 1.2).map(|channel| channel.iter().map(|sample| sample * gain).collect());
        let play = |audio: &mut StemsAudio| {
            let mut stems = Stems::default();
            for start in (0..input[0].len() - block).step_by(block) {
                audio.process(&input, start..start + block, &mut stems);
            }
            stems
        };
        let (latency, [main, vocals, accompaniment]) = with_audio(&mut host, rate_hz, block, play, |_| ());
        for channel in 0..2 {
            assert!(main[channel][latency..].iter().zip(&input[channel]).all(|(out, dry)| out == dry), "{rate_hz} Hz");
            for ((vocal, rest), main) in vocals[channel].iter().zip(&accompaniment[channel]).zip(&main[channel]) {
                assert!((vocal + rest - main).abs() <= 1e-7, "{vocal} + {rest} is not {main}");
            }
        }
    }
}

#[test(alone)]
fn instances_that_come_and_go_keep_their_sound_and_end_their_threads() {
    thread::scope(|scope| {
        for seed in 1..=THREADS {
            scope.spawn(move || come_and_go(seed));
        }
    });
    // The system lists a thread for a moment after its end.
    let listed = (0..500).map(|_| {
        thread::sleep(Duration::from_millis(10));
        threads_named("earmark-stems")
    });
    assert!(listed.into_iter().any(|threads| threads.is_none_or(|threads| threads == 0)));
}
