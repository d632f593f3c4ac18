//! Single operations, and blocks of networks that are not in the reference data, compared with results of TensorFlow and
//! ONNX Runtime.

use earmark_import::Source;
use earmark_models::engine_from_onnx;
use earmark_tests::imported;
use earmark_tests::reference::fixtures;

const TOLERANCE: f32 = 1e-5;

/// Compares all cases of a folder of fixtures, which has at least `count`.
fn check(folder: &str, count: usize) {
    let checked = imported::check(&fixtures().join(folder), None).unwrap();
    for case in &checked {
        println!("{}: worst {:.1e}, tolerance {TOLERANCE:.0e}", case.name, case.worst);
    }
    let wrong: Vec<_> = checked.iter().filter(|case| case.worst > TOLERANCE).map(|case| &case.name).collect();
    assert!(wrong.is_empty() && checked.len() >= count, "above {TOLERANCE:e}: {wrong:?} of {}", checked.len());
}

#[test]
fn operations_match_tensorflow() {
    check("imported", 13);
}

/// Layers as Keras writes them: frozen graphs, one with single operations instead of functions, and a SavedModel.
#[test]
fn keras_layers_match_tensorflow() {
    check("imported-keras", 11);
}

#[test]
fn operations_match_onnx_runtime() {
    check("imported-onnx", 15);
}

/// The engine replaces NaN by a number in most of these operations, if the converted network does not keep it.
#[test]
fn nan_stays_nan_in_every_operation() {
    let source = Source::read(&fixtures().join("imported-onnx/peak.onnx")).unwrap();
    let onnx = source.to_onnx(("x", &[1, 4, 3]), &[("y", "y")]).unwrap();
    let engine = engine_from_onnx(&onnx, &[1, 4, 3], &["y"]).unwrap();
    let mut answers = vec![Vec::new()];
    engine.run(&[0.0; 12], &mut answers).unwrap();
    assert!(answers[0].iter().all(|value| value.is_nan()), "{:?}", answers[0]);
    engine.run(&[0.5; 12], &mut answers).unwrap();
    assert!(answers[0].iter().all(|value| value.is_finite()), "{:?}", answers[0]);
}
