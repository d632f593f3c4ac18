//! R7: every sample rate of devices and files, with the same music at each.

use earmark_models::{Prediction, PredictionValue, Registry};
use earmark_tests::listen::Setup;
use earmark_tests::signal::tune;

const RATES_HZ: [f64; 15] = [
    8_000.0,
    11_025.0,
    16_000.0,
    22_050.0,
    22_051.0,
    44_100.0,
    48_000.0,
    88_200.0,
    96_000.0,
    176_400.0,
    192_000.0,
    384_000.0,
    768_000.0,
    1_234.567_8,
    45_678.901,
];

fn tags(predictions: &[Prediction]) -> Vec<&Vec<f32>> {
    predictions
        .iter()
        .map(|prediction| match &prediction.outcome {
            PredictionValue::Tags { values, .. } => values,
            other => panic!("expected tags, got {other:?}"),
        })
        .collect()
}

fn mean(predictions: &[Prediction]) -> Vec<f32> {
    let rows = tags(predictions);
    (0..rows[0].len()).map(|tag| rows.iter().map(|row| row[tag]).sum::<f32>() / rows.len() as f32).collect()
}

#[test]
fn rates_give_equally_many_finite_predictions_of_equal_ranges() {
    let model = Registry::global().load("msd-vgg").unwrap();
    for rate_hz in RATES_HZ {
        let samples = tune(rate_hz, 4.6);
        let heard = Setup::plain(rate_hz, model.clone()).predict([&samples[..]]).unwrap();
        assert_eq!(heard.len(), 2, "{rate_hz} Hz");
        assert!(tags(&heard).iter().all(|row| row.iter().all(|value| value.is_finite())));
        for (prediction, start_s) in heard.iter().zip([0.0, 93.0 * 256.0 / 16_000.0]) {
            // Half a frame belongs to the first frame before its middle.
            let expected = f64::max(start_s - 0.016, 0.0);
            assert!((prediction.start_s - expected).abs() < 1e-9, "{rate_hz} Hz: {}", prediction.start_s);
            assert!(prediction.end_s <= samples.len() as f64 / rate_hz, "{rate_hz} Hz: heard the future");
            assert!(prediction.end_s - prediction.start_s > 2.9, "{rate_hz} Hz");
        }
    }
}

#[test]
fn tags_are_independent_of_the_rate() {
    for id in ["msd-musicnn", "mtt-musicnn"] {
        let model = Registry::global().load(id).unwrap();
        let means = [44_100.0, 48_000.0, 96_000.0].map(|rate_hz| {
            let samples = tune(rate_hz, 9.0);
            mean(&Setup::plain(rate_hz, model.clone()).predict([&samples[..]]).unwrap())
        });
        for other in &means[1..] {
            let differences = means[0].iter().zip(other).map(|(a, b)| (a - b).abs());
            let difference = differences.sum::<f32>() / other.len() as f32;
            println!("{id}: mean difference {difference:.1e}");
            assert!(difference <= 0.02, "{id}: mean difference of the clip's tags {difference}, tolerance 0.02");
        }
    }
}
