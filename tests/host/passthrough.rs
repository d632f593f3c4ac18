//! R5: the output equals the input bit for bit, without delay, at any rate, block size and parameter change.

use super::allocations::Counts;
use super::parameters::random_events;
use super::rng::{SEED, TestRng};
use super::test_host::Host;

const RATES_HZ: [f64; 14] = [
    8_000.0, 11_025.0, 16_000.0, 22_050.0, 44_100.0, 48_000.0, 88_200.0, 96_000.0, 176_400.0, 192_000.0, 384_000.0,
    768_000.0, 1234.5678, 45_678.901,
];

const BLOCK_SIZES: [usize; 19] =
    [1, 2, 3, 16, 17, 32, 63, 64, 65, 127, 128, 255, 256, 441, 512, 1023, 1024, 4096, 8192];

/// Processes blocks of every size while parameters move. The harness compares every sample bit for bit.
fn play(host: &mut Host, rate_hz: f64) {
    let params = host.params();
    let counts = host.with_audio(rate_hz, 8192, |harness| {
        let mut rng = TestRng::new(SEED);
        for block in BLOCK_SIZES {
            for round in 0..3 {
                harness.in_place = round == 1;
                let time = rng.below(block) as u32;
                harness.events = random_events(&params, &mut rng, time);
                let channels = rng.noises(2, block);
                harness.play(&[&channels[0], &channels[1]]);
            }
        }
        harness.counts
    });
    assert_eq!(counts, Counts::default(), "at {rate_hz} Hz");
}

#[test]
fn audio_passes_at_every_rate_and_block_size_while_parameters_move() {
    for rate_hz in RATES_HZ {
        let mut host = Host::new();
        assert_eq!(host.latency(), 0);
        play(&mut host, rate_hz);
        assert_eq!(host.latency(), 0, "at {rate_hz} Hz");
    }
}

#[test]
fn an_offline_render_passes_audio_too() {
    let mut host = Host::new();
    host.set_offline(true);
    host.restore(&[("tags", serde_json::json!({"string": "msd-vgg"}))], &[]);
    host.with_audio(44_100.0, 1024, |harness| {
        let mut rng = TestRng::new(SEED);
        for in_place in [false, true, false] {
            harness.in_place = in_place;
            harness.play_mono(&rng.noise(1024, 1.0));
        }
    });
}

/// R10 in a host: non-finite samples pass unchanged, too.
#[test]
fn non_finite_samples_pass_unchanged() {
    let odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0, f32::MIN_POSITIVE / 2.0, f32::MAX, 1e9];
    let mut host = Host::new();
    host.with_audio(48_000.0, 64, |harness| {
        for in_place in [false, true] {
            harness.in_place = in_place;
            let block: Vec<f32> = odd.iter().cycle().take(64).copied().collect();
            for _ in 0..100 {
                harness.play_mono(&block);
            }
        }
        assert_eq!(harness.counts, Counts::default());
    });
}
