//! R6: features and predictions are bit-identical for any block size.

use earmark_dsp::{FrontEnd, LastPatchMode};
use earmark_models::{Prediction, Registry};
use earmark_tests::listen::{Setup, features};
use earmark_tests::signal::{random, tune};

/// Block sizes of hosts and files, and unusual ones.
const BLOCK_SIZES: [usize; 10] = [1, 17, 64, 137, 441, 512, 1023, 2027, 4096, 16_384];

/// Divides the samples into blocks of one size, or of random sizes from 0 to 3000.
fn cut(samples: &[f32], size: Option<usize>) -> Vec<&[f32]> {
    let Some(size) = size else {
        let seed = 0x5eed;
        println!("seed {seed:#x}");
        let (mut state, mut rest, mut blocks) = (seed, samples, Vec::new());
        while !rest.is_empty() {
            let (block, behind) = rest.split_at((random(&mut state) as usize % 3001).min(rest.len()));
            blocks.push(block);
            rest = behind;
        }
        return blocks;
    };
    samples.chunks(size).collect()
}

fn sizes() -> impl Iterator<Item = Option<usize>> {
    BLOCK_SIZES.into_iter().map(Some).chain([None])
}

/// Returns the bits of the values, which also differ in the sign of a zero.
fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn features_are_bit_identical_for_any_block_size() {
    for front_end in FrontEnd::ALL {
        for rate_hz in [front_end.rate().hz(), 44_100.0, 48_000.0, 45_678.901] {
            let samples = tune(rate_hz, 1.7);
            let whole = bits(&features(front_end, rate_hz, [&samples[..]]).unwrap());
            for size in sizes() {
                let got = bits(&features(front_end, rate_hz, cut(&samples, size)).unwrap());
                assert!(got == whole, "{} at {rate_hz} Hz in blocks of {size:?}", front_end.name());
            }
        }
    }
}

#[test]
fn predictions_are_bit_identical_for_any_block_size() {
    let samples = tune(44_100.0, 13.0);
    let load = |id: &str| Registry::global().load(id).unwrap();
    let mut models = vec![(load("msd-vgg"), 200), (load("msd-musicnn"), 300)];
    if cfg!(feature = "tempocnn") {
        models.push((load("tempocnn-deeptemp-k8"), 11));
    }
    let setup = Setup { rate_hz: 44_100.0, models, gate: None, last_patch_mode: LastPatchMode::Repeat };
    let whole: Vec<Prediction> = setup.predict([&samples[..]]).unwrap();
    // Both tag models and the tempo model have predictions, the repeated tail included.
    assert!(whole.len() >= if cfg!(feature = "tempocnn") { 12 } else { 9 }, "{} predictions", whole.len());
    for size in sizes() {
        let got = setup.predict(cut(&samples, size)).unwrap();
        // Within one block the order between models of different front ends is not fixed; the predictions of each model
        // are in order.
        for (model, _) in &setup.models {
            let of = |all: &[Prediction]| -> Vec<Prediction> {
                all.iter().filter(|prediction| *prediction.model == *model.card().id).cloned().collect()
            };
            assert_eq!(of(&got), of(&whole), "{} in blocks of {size:?}", model.card().id);
        }
    }
}

#[test]
fn stream_after_flush_matches_a_new_one() {
    let samples = tune(48_000.0, 4.0);
    let setup = Setup::plain(48_000.0, Registry::global().load("msd-vgg").unwrap());
    let mut analyzer = setup.analyzer().unwrap();
    let mut takes = Vec::new();
    for _ in 0..2 {
        let mut heard = Vec::new();
        analyzer.push(&samples, &mut |prediction| heard.push(prediction)).unwrap();
        analyzer.flush(&mut |prediction| heard.push(prediction)).unwrap();
        takes.push(heard);
    }
    assert!(!takes[0].is_empty());
    for (first, second) in takes[0].iter().zip(&takes[1]) {
        assert_eq!((first.generation, second.generation), (0, 1));
        assert_eq!(Prediction { generation: 0, ..second.clone() }, *first);
    }
    assert_eq!(takes[0].len(), takes[1].len());
}
