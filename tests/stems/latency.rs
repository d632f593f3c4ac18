//! The declared latency is the measured one. The worker thread may be late here: the accompaniment is exact anyway.

use super::stems_host::{host, render, set};

/// Position of the click in samples.
const CLICK: usize = 1_000;

#[test]
fn click_is_output_at_the_declared_latency() {
    for (mode, at_44100) in [(0, 6144), (1, 8192), (2, 11_264), (3, 18_432), (4, 22_528), (5, 34_816), (6, 59_392)] {
        for (rate_hz, block) in [(44_100.0, 512), (48_000.0, 64), (48_000.0, 8192), (96_000.0, 1000)] {
            let mut host = host();
            set(&mut host, "Mode", f64::from(mode));
            let mut input = [vec![0.0; CLICK + 160_000], vec![0.0; CLICK + 160_000]];
            input[0][CLICK] = 0.5;
            input[1][CLICK] = -0.25;
            let (latency, [main, vocals, rest]) = render(&mut host, rate_hz, &input, block, |_| {});
            let label = format!("mode {mode}, {rate_hz} Hz, blocks of {block}");
            if rate_hz == 44_100.0 {
                assert_eq!(latency, at_44100, "{label}");
            }
            for (channel, level) in [(0, 0.5), (1, -0.25)] {
                let found = main[channel].iter().position(|sample| *sample != 0.0);
                assert_eq!((found, main[channel][CLICK + latency]), (Some(CLICK + latency), level), "{label}");
                for ((vocal, rest), main) in vocals[channel].iter().zip(&rest[channel]).zip(&main[channel]) {
                    assert!((vocal + rest - main).abs() <= 1e-7, "{label}: {vocal} + {rest} is not {main}");
                }
            }
        }
    }
}
