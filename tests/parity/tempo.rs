//! R20 for tempo: the networks and the estimate from their probabilities; features are compared in `parity`.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use earmark_dsp::FrontEnd;
use earmark_models::{Aggregation, Card, LocalTempo, Model, Prediction, PredictionValue, Registry, tempo};
use earmark_tests::arrays;
use earmark_tests::listen::{Setup, features, worst_difference};
use earmark_tests::reference::{fixtures, folder, root};

use super::{ACTIVATION_TOLERANCE, Clip, Worst, flat};

fn tempo_rows(predictions: &[Prediction]) -> (Vec<f32>, Vec<LocalTempo>) {
    let (mut values, mut locals) = (Vec::new(), Vec::new());
    for prediction in predictions {
        match &prediction.outcome {
            PredictionValue::Tempo { local, probabilities } => {
                values.extend(probabilities);
                locals.push(*local);
            }
            other => panic!("expected a tempo, got {other:?}"),
        }
    }
    (values, locals)
}

/// Returns a tempo network of the reference data that is not built in, with the card of a built-in one.
fn foreign(path: &Path) -> Model {
    let bytes = fs::read(path).unwrap();
    let mut card = shipped_card("tempocnn-deeptemp-k8");
    card.id = path.file_stem().unwrap().to_string_lossy().into_owned();
    // The error names the hash that is there, which saves computing it in the test.
    let Err(earmark_models::ModelError::Weights { got, .. }) = Model::from_onnx(card.clone(), &bytes) else {
        panic!("expected other weights than those of {}", card.id)
    };
    card.sha256 = got;
    Model::from_onnx(card, &bytes).unwrap()
}

fn shipped_card(id: &str) -> Card {
    Card::from_toml(&fs::read_to_string(root().join(format!("models/zoo/tempocnn/{id}.toml"))).unwrap()).unwrap()
}

#[test(needs(Reference))]
fn tempi_match_the_reference() {
    let clips = Clip::all();
    for name in ["deepsquare_k1", "deepsquare_k8", "deeptemp_k4", "deeptemp_k8", "deeptemp_k16", "shallowtemp_k1"] {
        let reference = folder().unwrap();
        let model = match Registry::global().load(&format!("tempocnn-{}", name.replace('_', "-"))) {
            Ok(model) => model,
            Err(_) => Arc::new(foreign(&reference.join(format!("models/tempocnn/{name}.onnx")))),
        };
        let mut probabilities = Worst::default();
        let (mut patches, mut globals) = (0, 0);
        for clip in &clips {
            let Some(majority) = clip.golden(&format!("tempocnn_{name}.global.majority")) else { continue };
            let heard =
                Setup::plain(11_025.0, Arc::clone(&model)).predict([clip.at(FrontEnd::TempoCnn).unwrap()]).unwrap();
            let (got, locals) = tempo_rows(&heard);
            let bpm: Vec<f32> = locals.iter().map(|local| local.bpm).collect();
            // A clip without a whole patch has no local tempi, and 0 for a global one.
            let local = clip.golden(&format!("tempocnn_{name}.local")).map_or(Vec::new(), |local| flat(&local));
            assert_eq!(bpm, local, "{name}, {}: BPM of every patch", clip.name);
            assert_eq!(local.is_empty(), flat(&majority)[0] == 0.0, "{name}, {}", clip.name);
            patches += bpm.len();
            if let Some(golden) = clip.golden(&format!("tempocnn_{name}.activations.hop128")) {
                probabilities.see(worst_difference(&got, &flat(&golden)), &clip.name);
            }
            for (aggregation, kind) in
                [(Aggregation::Majority, "majority"), (Aggregation::Mean, "mean"), (Aggregation::Median, "median")]
            {
                let Some(golden) = clip.golden(&format!("tempocnn_{name}.global.{kind}")) else { continue };
                // Without a patch the reference gives 0 and Earmark gives none.
                let got = tempo::global(&locals, aggregation).map_or(0.0, |global| global.bpm);
                assert!((got - flat(&golden)[0]).abs() <= 1e-4, "{name}, {}, {kind}: {got}", clip.name);
                globals += 1;
            }
        }
        println!("{name}: {patches} patches and {globals} global tempi equal");
        assert!(patches >= 15 && globals >= 9, "{name}: too few to mean anything");
        probabilities.check(&format!("{name} probabilities"), ACTIVATION_TOLERANCE, 8);
    }
}

/// The older network: its reference features were normalised by the maximum of the whole clip, so only the network is
/// compared.
#[test(needs(Reference))]
fn max_normalised_network_matches_the_reference() {
    let clips = Clip::all();
    let mut card = shipped_card("tempocnn-fcn");
    card.normalisation = earmark_models::Normalisation::None;
    let weights = fs::read(root().join("models/zoo/tempocnn/tempocnn-fcn.onnx")).unwrap();
    let model = Model::from_onnx(card, &weights).unwrap();
    let mut worst = Worst::default();
    for clip in &clips {
        let Some(golden) = clip.golden("tempocnn_fcn.activations.hop128.whole_max") else { continue };
        let frames = features(FrontEnd::TempoCnn, 11_025.0, [clip.at(FrontEnd::TempoCnn).unwrap()]).unwrap();
        let (patch, hop) = (256 * 40, 128 * 40);
        let patches = 1 + (frames.len() - patch) / hop;
        let heard = &frames[..(patches - 1) * hop + patch];
        let largest = heard.iter().copied().fold(0.0_f32, f32::max);
        let mut network = model.network();
        let mut got = Vec::new();
        for start in (0..patches).map(|p| p * hop) {
            let patch: Vec<f32> = heard[start..start + patch].iter().map(|value| value / largest).collect();
            got.extend(&network.run(&patch).unwrap().activations);
        }
        worst.see(worst_difference(&got, &flat(&golden)), &clip.name);
    }
    worst.check("fcn probabilities", ACTIVATION_TOLERANCE, 8);
}

/// On every machine: the project's own tune.
#[test]
fn tempo_fixtures_match() {
    let fixtures = fixtures();
    let read = |name: &str| flat(&fixtures.join(format!("{name}.npy")));
    let (slow, slow_hz) = arrays::mono_wav(&fixtures.join("tune.11025.wav")).unwrap();
    assert_eq!(slow_hz, 11_025);
    let model = Registry::global().load("tempocnn-deepsquare-k8").unwrap();
    let (values, locals) = tempo_rows(&Setup::plain(11_025.0, model).predict([&slow[..]]).unwrap());
    let mut worst = Worst::default();
    worst.see(worst_difference(&values, &read("deepsquare_k8.activations")), "tune");
    worst.check("deepsquare_k8", ACTIVATION_TOLERANCE, 1);
    assert_eq!(locals.iter().map(|local| local.bpm).collect::<Vec<_>>(), read("deepsquare_k8.local"));
    assert_eq!(tempo::global(&locals, Aggregation::Majority).unwrap().bpm, read("deepsquare_k8.global")[0]);
}
