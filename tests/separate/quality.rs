//! Quality of the stems of a mixture whose stems are known.

use earmark_separate::{BINS, LevelMeter, NetworkLevel, SeparationMode, SeparatorConfig};

use super::{Channels, decoded, goldens, magnitudes, separated, si_sdr_db};

/// Mix and true stems.
fn mixture() -> (Channels, [Channels; 2]) {
    let folder = goldens().join("mix2");
    let read = |name: &str| decoded(&folder.join(name), 1.0);
    (read("mix.flac"), [read("true_vocals.flac"), read("true_accompaniment.flac")])
}

fn ratios(mix: &Channels, truth: &[Channels; 2], config: SeparatorConfig) -> [f64; 2] {
    let stems = separated(mix, 44_100.0, config, 4_096);
    [0, 1].map(|stem| si_sdr_db(&truth[stem], &stems[stem]))
}

/// Ratios of the original graph in TensorFlow on the same file, in dB.
const ORIGINAL: [f64; 2] = [11.61, 11.53];

#[test(needs(Reference))]
fn quality_is_that_of_the_original_graph() {
    let (mix, truth) = mixture();
    let exact = SeparatorConfig { mode: SeparationMode::Exact, ..SeparatorConfig::default() };
    let eco = SeparatorConfig { eco: true, ..SeparatorConfig::default() };
    for (name, config, tolerance) in
        [("exact", exact, 0.05), ("default", SeparatorConfig::default(), 0.1), ("eco", eco, 0.6)]
    {
        let got = ratios(&mix, &truth, config);
        eprintln!("{name}: vocals {:.2} dB, accompaniment {:.2} dB", got[0], got[1]);
        for (got, original) in got.into_iter().zip(ORIGINAL) {
            assert!(got >= original - tolerance, "{name}: {got:.2} dB, expected {original}");
            assert!(name != "exact" || got <= original + tolerance, "{name}: {got:.2} dB, expected {original}");
        }
    }
}

#[test(needs(Reference))]
fn quiet_files_lose_no_quality() {
    let (mix, truth) = mixture();
    let ratio = |gain_db: f32| {
        let factor = 10_f32.powf(gain_db / 20.0);
        let quiet: Channels =
            mix.iter().map(|channel| channel.iter().map(|sample| sample * factor).collect()).collect();
        let mut meter = LevelMeter::new(44_100.0);
        meter.push(&[&quiet[0], &quiet[1]]);
        ratios(
            &quiet,
            &truth,
            SeparatorConfig { level: NetworkLevel::Gain(meter.gain()), ..SeparatorConfig::default() },
        )
    };
    let full = ratio(0.0);
    for gain_db in [-20.0, -30.0, -40.0] {
        let got = ratio(gain_db);
        eprintln!("{gain_db} dB: vocals {:.2} dB, accompaniment {:.2} dB", got[0], got[1]);
        assert!(full[0] - got[0] <= 0.2 && full[1] - got[1] <= 0.2, "{gain_db} dB: {got:?}, not {full:?}");
    }
}

/// Stems of a file that begins loud have neither an offset nor a pop at the beginning.
#[test(needs(Reference))]
fn beginning_of_a_loud_file_has_no_offset() {
    let (mix, _) = mixture();
    let loud: Channels = mix.iter().map(|channel| channel[200_000..300_000].to_vec()).collect();
    let stems = separated(&loud, 44_100.0, SeparatorConfig::default(), 4_096);
    for (channel, mix) in loud.iter().enumerate() {
        let mean = |samples: &[f32]| samples.iter().map(|&s| f64::from(s)).sum::<f64>() / samples.len() as f64;
        let sum = mean(&stems[0][channel][..4_096]) + mean(&stems[1][channel][..4_096]);
        assert!((sum - mean(&mix[..4_096])).abs() < 1e-6);
        assert!(mean(&stems[0][channel][..4_096]).abs() < 1e-4 + mean(&mix[..4_096]).abs());
        for (i, sample) in mix[..4_096].iter().enumerate() {
            assert!((stems[0][channel][i] + stems[1][channel][i] - sample).abs() < 1e-6);
        }
    }
}

/// Masks do not change more at the seams of blocks than elsewhere.
#[test(needs(Reference))]
fn seams_are_no_larger_than_other_steps() {
    let mix = decoded(&goldens().join("rock/mix.flac"), 1.0);
    let stems = separated(&mix, 44_100.0, SeparatorConfig::default(), 4_096);
    let (mix, vocals) = (magnitudes(&mix[0]), magnitudes(&stems[0][0]));
    // Mean change of the mask from frame to frame, where the mix has energy.
    let mask = |frame: usize, bin: usize| (vocals[frame][bin] / (mix[frame][bin] + 1e-3)).min(1.0);
    let step =
        |frame: usize| (0..BINS).map(|bin| (mask(frame + 1, bin) - mask(frame, bin)).abs()).sum::<f32>() / BINS as f32;
    let steps: Vec<f32> = (0..mix.len() - 1).map(step).collect();
    let mut sorted = steps.clone();
    sorted.sort_by(f32::total_cmp);
    let limit = sorted[sorted.len() * 95 / 100];
    // Frame 384 is a seam here, frame 512 one of the reference.
    for seam in [383, 384, 511, 512] {
        eprintln!("frame {seam}: step {:.3}, 95th percentile {limit:.3}", steps[seam]);
        assert!(steps[seam] <= limit, "frame {seam}: {} above {limit}", steps[seam]);
    }
}
