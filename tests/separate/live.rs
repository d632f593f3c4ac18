//! Quality of live separation on a simulated clock, and held masks.

use earmark_dsp::SampleRate;
use earmark_separate::{Schedule, SeparationMode, Separator, SeparatorConfig, StemBuffers};

use super::{Channels, decoded, goldens, model, separated, si_sdr_db};

/// Number of compared samples: the first 468 frames.
const LEN: usize = 468 * 1_024;

fn live(hop: usize, look_ahead: usize) -> SeparatorConfig {
    SeparatorConfig { mode: SeparationMode::Live(Schedule { hop, look_ahead }), ..SeparatorConfig::default() }
}

fn start(channels: &Channels) -> Channels {
    channels.iter().map(|channel| channel[..LEN].to_vec()).collect()
}

#[test(needs(Reference))]
fn live_vocals_are_almost_as_good_as_those_of_files() {
    let folder = goldens().join("mix2");
    let mix = decoded(&folder.join("mix.flac"), 1.0);
    let truth = start(&decoded(&folder.join("true_vocals.flac"), 1.0));
    let ratio = |config| si_sdr_db(&truth, &start(&separated(&mix, 44_100.0, config, 64)[0]));
    let file = ratio(SeparatorConfig::default());
    for (name, hop, look_ahead, loss) in [("relaxed", 8, 8, 0.3), ("normal", 8, 4, 0.3), ("quick", 4, 2, 0.6)] {
        let got = ratio(live(hop, look_ahead));
        eprintln!("{name}: vocals {got:.2} dB, in blocks {file:.2} dB");
        assert!(got >= file - loss, "{name}: {got:.2} dB, in blocks {file:.2} dB");
    }
}

/// A late stream keeps its masks, then fades to the accompaniment; the stems still add up to the mix.
#[test(needs(Reference))]
fn held_masks_fade_to_the_accompaniment() {
    let mix = decoded(&goldens().join("mix2/mix.flac"), 1.0);
    let model = model();
    let mut separator = Separator::new(&model, SampleRate::HZ_44100, 2, live(8, 4)).unwrap();
    let mut stems = StemBuffers::default();
    let held = 200_000;
    for start in (0..400_000).step_by(1_000) {
        separator.set_hold(start >= held);
        separator.push(&[&mix[0][start..start + 1_000], &mix[1][start..start + 1_000]], &mut stems).unwrap();
    }
    let counters = separator.counters();
    assert!(counters.held_runs > 20 && counters.runs > 20, "{counters:?}");
    assert_eq!(counters.held_frames, counters.held_runs * 8);
    // A hop of held masks, eight frames of fade, and the frames that overlap.
    let faded = held + (8 + 4 + 8 + 8 + 4) * 1_024;
    assert!(stems.stem(0)[0][faded..].iter().all(|&sample| sample.abs() < 1e-6));
    assert!(stems.stem(0)[0][held / 2..held].iter().any(|&sample| sample.abs() > 0.01));
    for (i, (vocals, accompaniment)) in stems.stem(0)[1].iter().zip(&stems.stem(1)[1]).enumerate() {
        assert!((vocals + accompaniment - mix[1][i]).abs() <= 2e-7);
    }
}

#[test]
fn schedule_and_networks_change_without_a_gap() {
    let mix = vec![earmark_tests::signal::tune(44_100.0, 4.0); 2];
    let model = model();
    let mut separator = Separator::new(&model, SampleRate::HZ_44100, 2, live(2, 4)).unwrap();
    let mut stems = StemBuffers::default();
    for (index, start) in (0..mix[0].len()).step_by(4_410).enumerate() {
        let end = (start + 4_410).min(mix[0].len());
        match index {
            10 => separator.set_schedule(Schedule { hop: 16, look_ahead: 0 }).unwrap(),
            20 => separator.set_eco(true),
            30 => separator.set_schedule(Schedule { hop: 4, look_ahead: 8 }).unwrap(),
            _ => {}
        }
        separator.push(&[&mix[0][start..end], &mix[1][start..end]], &mut stems).unwrap();
    }
    separator.flush(&mut stems).unwrap();
    assert_eq!(stems.len(), mix[0].len());
    for (i, sample) in mix[0].iter().enumerate() {
        assert!((stems.stem(0)[0][i] + stems.stem(1)[0][i] - sample).abs() <= 2e-7, "{i}");
    }
}
