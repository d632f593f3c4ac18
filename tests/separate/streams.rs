//! Stems do not depend on blocks, add up to the mix, and have the length and rate of the mix.

use earmark_dsp::SampleRate;
use earmark_separate::{Schedule, SeparateError, SeparationMode, Separator, SeparatorConfig};
use earmark_tests::signal::{noise, tune};

use super::{Channels, model, separated};

const LIVE: SeparatorConfig = SeparatorConfig {
    mode: SeparationMode::Live(Schedule { hop: 8, look_ahead: 4 }),
    level: earmark_separate::NetworkLevel::Auto,
    extension: None,
    eco: false,
};

fn music(rate_hz: f64, seconds: f64, channels: usize) -> Channels {
    let tune = tune(rate_hz, seconds);
    let noise = noise(tune.len(), 0.1, 3);
    let right = tune.iter().zip(&noise).map(|(a, b)| 0.5 * a + b).collect();
    [tune, right].into_iter().take(channels).collect()
}

#[test]
fn any_block_size_gives_the_same_bytes() {
    for config in [SeparatorConfig::default(), LIVE] {
        for rate_hz in [44_100.0, 48_000.0] {
            let mix = music(rate_hz, 3.0, 2);
            let whole = separated(&mix, rate_hz, config, 65_536);
            for block in [17, 441, 1_024, 4_096] {
                assert!(separated(&mix, rate_hz, config, block) == whole, "{config:?}, {rate_hz} Hz, {block}");
            }
        }
    }
    let mix = music(44_100.0, 0.2, 1);
    let single = separated(&mix, 44_100.0, LIVE, 1);
    assert!(single == separated(&mix, 44_100.0, LIVE, 8_820));
}

/// Stems add up to the mix with the error of one rounding.
#[test]
fn stems_add_up_to_the_mix_at_every_rate() {
    for rate_hz in [8_000.0, 22_050.0, 32_000.0, 44_100.0, 48_000.0, 88_200.0, 96_000.0, 192_000.0] {
        for channels in [1, 2] {
            for config in [SeparatorConfig::default(), LIVE] {
                let mix = music(rate_hz, 0.7, channels);
                let stems = separated(&mix, rate_hz, config, 1_000);
                let peak = mix.iter().flatten().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
                assert_eq!(stems[0].len(), channels);
                for (channel, mix) in mix.iter().enumerate() {
                    assert_eq!(stems[0][channel].len(), mix.len(), "{rate_hz} Hz");
                    for (i, sample) in mix.iter().enumerate() {
                        let sum = stems[0][channel][i] + stems[1][channel][i];
                        assert!((sum - sample).abs() <= 2e-7 * peak.max(1.0), "{rate_hz} Hz, {i}: {sum}, not {sample}");
                    }
                }
            }
        }
    }
}

#[test]
fn extreme_signals_give_finite_stems() {
    let n = 30_000;
    let square: Vec<f32> = (0..n).map(|i| if i / 50 % 2 == 0 { 1.0 } else { -1.0 }).collect();
    let loud: Vec<f32> = noise(n, 1_000.0, 5);
    let mut broken = noise(n, 0.3, 6);
    (broken[100], broken[15_000], broken[29_999]) = (f32::NAN, f32::INFINITY, f32::NEG_INFINITY);
    for config in [SeparatorConfig::default(), LIVE] {
        for signal in [vec![0.5; n], square.clone(), vec![1e-40; n], loud.clone(), broken.clone()] {
            let stems = separated(&vec![signal; 2], 44_100.0, config, 512);
            assert!(stems.iter().flatten().flatten().all(|sample| sample.is_finite()), "{config:?}");
        }
        let silence = separated(&vec![vec![0.0; n]; 2], 44_100.0, config, 512);
        assert!(silence.iter().flatten().flatten().all(|&sample| sample == 0.0), "{config:?}");
    }
}

#[test]
fn invalid_samples_are_silence_and_are_counted() {
    let model = model();
    let config = SeparatorConfig::default();
    let mut separator = Separator::new(&model, SampleRate::HZ_44100, 1, config).unwrap();
    let mut stems = Default::default();
    separator.push(&[&[f32::NAN, 0.1, f32::INFINITY]], &mut stems).unwrap();
    assert_eq!(separator.sanitized(), 2);
    separator.flush(&mut stems).unwrap();
    assert_eq!(stems.stem(1)[0].len(), 3);
}

#[test]
fn impulse_of_the_accompaniment_keeps_its_time() {
    for rate_hz in [32_000.0, 44_100.0, 48_000.0, 96_000.0] {
        let mut mix = vec![vec![0.0; rate_hz as usize / 2]; 2];
        mix.iter_mut().for_each(|channel| channel[7_777] = 0.9);
        let stems = separated(&mix, rate_hz, SeparatorConfig::default(), 4_096);
        let peak = (0..mix[0].len()).max_by(|&a, &b| stems[1][0][a].abs().total_cmp(&stems[1][0][b].abs())).unwrap();
        assert_eq!(peak, 7_777, "{rate_hz} Hz");
    }
}

#[test]
fn unusable_streams_and_settings_are_refused() {
    let model = model();
    let refused = |channels, config| Separator::new(&model, SampleRate::HZ_44100, channels, config).err().unwrap();
    let default = SeparatorConfig::default();
    assert_eq!(refused(6, default), SeparateError::Channels { got: 6 });
    assert_eq!(refused(0, default), SeparateError::Channels { got: 0 });
    let mode = SeparationMode::Live(Schedule { hop: 64, look_ahead: 0 });
    assert!(matches!(refused(2, SeparatorConfig { mode, ..default }), SeparateError::Setting { .. }));
    let level = earmark_separate::NetworkLevel::Gain(f32::NAN);
    assert!(matches!(refused(2, SeparatorConfig { level, ..default }), SeparateError::Setting { .. }));
    let mut separator = Separator::new(&model, SampleRate::HZ_44100, 2, default).unwrap();
    let mut stems = Default::default();
    for block in [&[&[0.0; 3][..]][..], &[&[0.0; 3], &[0.0; 2]]] {
        assert!(matches!(separator.push(block, &mut stems).unwrap_err(), SeparateError::Block { .. }));
    }
}
