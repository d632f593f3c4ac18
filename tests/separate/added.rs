//! Added models of stems: a network of four stems with random weights (`tests/fixtures/stems/make.py`).

use std::path::PathBuf;
use std::sync::Arc;

use earmark_dsp::SampleRate;
use earmark_separate::{
    BINS, CHANNELS, RunMemory, Schedule, SeparationMode, Separator, SeparatorConfig, StemBuffers, user_models,
};
use earmark_tests::arrays;
use earmark_tests::reference::fixtures;

fn file(name: &str) -> PathBuf {
    fixtures().join("stems").join(name)
}

#[test]
fn network_of_four_stems_has_the_outputs_of_onnx_runtime() {
    let (card, onnx) = user_models::check_file(&file("four.onnx")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    user_models::add(folder.path(), &card, &onnx).unwrap();
    let model = user_models::load(folder.path(), "four").unwrap();
    assert_eq!(model.stems(), ["vocals", "drums", "bass", "other"]);
    let expected = arrays::table(&file("four.out.npy")).unwrap();
    let mix: Vec<f32> = (0..CHANNELS * 64 * BINS).map(|i| (i * 7919 % 1009) as f32 / 64.0).collect();
    let mut run = Arc::clone(&model.networks()[0]).new_run(64, &RunMemory::default()).unwrap();
    let mut stems = vec![Vec::new(); 4];
    run.run(&mix, 0..64, &mut stems).unwrap();
    for (stem, expected) in stems.iter().zip(expected.rows()) {
        for (got, expected) in stem.iter().step_by(61).zip(expected) {
            assert!((got - expected).abs() <= 1e-4, "{got}, expected {expected}");
        }
    }
    // Some of the frames only.
    let mut part = vec![Vec::new(); 4];
    run.run(&mix, 5..9, &mut part).unwrap();
    assert_eq!(part[2][..4 * BINS], stems[2][5 * BINS..9 * BINS]);
    assert_eq!(part[2][4 * BINS..], stems[2][(64 + 5) * BINS..(64 + 9) * BINS]);
}

#[test]
fn four_stems_add_up_to_the_mix() {
    let folder = tempfile::tempdir().unwrap();
    let (card, onnx) = user_models::check_file(&file("four.onnx")).unwrap();
    user_models::add(folder.path(), &card, &onnx).unwrap();
    let model = user_models::load(folder.path(), "four").unwrap();
    let mix = earmark_tests::signal::tune(44_100.0, 1.0);
    let mut separator = Separator::new(&model, SampleRate::HZ_44100, 1, SeparatorConfig::default()).unwrap();
    let mut stems = StemBuffers::default();
    separator.push(&[&mix], &mut stems).unwrap();
    separator.flush(&mut stems).unwrap();
    for (i, sample) in mix.iter().enumerate() {
        let sum: f32 = (0..4).map(|stem| stems.stem(stem)[0][i]).sum();
        assert!((sum - sample).abs() < 1e-6, "{i}: {sum}, not {sample}");
    }
    // A model of one network has no eco mode, and keeps separating.
    let mode = SeparationMode::Live(Schedule { hop: 8, look_ahead: 4 });
    let config = SeparatorConfig { mode, ..SeparatorConfig::default() };
    let mut live = Separator::new(&model, SampleRate::HZ_44100, 1, config).unwrap();
    live.set_eco(true);
    live.push(&[&mix], &mut StemBuffers::default()).unwrap();
    assert!((0..4).all(|stem| stems.stem(stem)[0].iter().any(|sample| sample.abs() > 1e-3)));
    let eco = SeparatorConfig { eco: true, ..SeparatorConfig::default() };
    assert!(Separator::new(&model, SampleRate::HZ_44100, 1, eco).is_err(), "one network has no eco mode");
}
