use libsvm_rs::predict::predict_values;
use libsvm_rs::train::svm_train;
use libsvm_rs::{KernelType, SvmNode, SvmParameter, SvmProblem};

use super::*;

/// Returns numbers from 0 to 1 of a linear congruential generator.
fn numbers(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1_u64 << 24) as f64
    }
}

fn nodes(values: &[f64]) -> Vec<SvmNode> {
    (1..).zip(values).filter(|(_, value)| **value != 0.0).map(|(index, &value)| SvmNode { index, value }).collect()
}

fn trained(classes: usize, kernel_type: KernelType) -> (SvmModel, Vec<Vec<f64>>) {
    let mut number = numbers(7);
    let mut row = |class: usize| -> Vec<f64> {
        (0..5).map(|i| if i == 3 { 0.0 } else { number() + if i == class { 0.4 } else { 0.0 } }).collect()
    };
    let rows: Vec<Vec<f64>> = (0..40).map(|i| row(i % classes)).collect();
    let labels = (0..40).map(|i| (i % classes) as f64).collect();
    let problem = SvmProblem { labels, instances: rows.iter().map(|row| nodes(row)).collect() };
    libsvm_rs::set_quiet(true);
    let parameters = SvmParameter { kernel_type, gamma: 0.7, coef0: 0.1, probability: true, ..Default::default() };
    let inputs = (0..20).map(|i| row(i % classes)).collect();
    (svm_train(&problem, &parameters), inputs)
}

#[test]
fn decision_values_are_those_of_libsvm_bit_for_bit() {
    for kernel in [KernelType::Linear, KernelType::Polynomial, KernelType::Rbf, KernelType::Sigmoid] {
        for classes in [2, 4] {
            let (model, inputs) = trained(classes, kernel);
            let svm = Svm::from_model(&model, 5).unwrap();
            for input in inputs {
                let mut expected = vec![0.0; classes * (classes - 1) / 2];
                predict_values(&model, &nodes(&input), &mut expected);
                let got = svm.decision_values(&input);
                assert!(got.iter().zip(&expected).all(|(a, b)| a.to_bits() == b.to_bits()), "{got:?} {expected:?}");
            }
        }
    }
}

#[test]
fn probabilities_of_libsvm_are_reproduced_and_sum_to_one() {
    for classes in [2, 4] {
        let (model, inputs) = trained(classes, KernelType::Rbf);
        let svm = Svm::from_model(&model, 5).unwrap();
        for input in inputs {
            let (_, expected) = libsvm_rs::predict::predict_probability(&model, &nodes(&input)).unwrap();
            let decisions = svm.decision_values(&input);
            assert_eq!(svm.probabilities(&decisions, Coupling::Libsvm).unwrap(), expected);
            let coupled = svm.probabilities(&decisions, Coupling::Gaia).unwrap();
            assert!((coupled.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{coupled:?}");
            let most = expected.iter().zip(&coupled).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(most < 0.0041, "{most}");
        }
    }
}

#[test]
fn coupling_of_two_classes_answers_half_near_the_middle() {
    let (mut model, _) = trained(2, KernelType::Rbf);
    (model.prob_a[0], model.prob_b[0]) = (1.0, 0.0);
    let svm = Svm::from_model(&model, 5).unwrap();
    let coupled = |probability: f64| {
        let decision = (1.0 / probability - 1.0).ln();
        svm.probabilities(&[decision], Coupling::Gaia).unwrap()
    };
    assert_eq!(coupled(0.498), [0.5, 0.5]);
    assert_eq!(coupled(0.5039), [0.5, 0.5]);
    assert_ne!(coupled(0.506), [0.5, 0.5]);
    assert!((coupled(0.9)[0] - 0.9).abs() < 0.0041);
}

#[test]
fn votes_that_are_equal_go_to_the_first_label() {
    let (model, _) = trained(4, KernelType::Rbf);
    let svm = Svm::from_model(&model, 5).unwrap();
    // Pairs (0 1) (0 2) (0 3) (1 2) (1 3) (2 3): labels 1 and 2 have two votes, 0 and 3 have one.
    assert_eq!(svm.vote(&[-1.0, 1.0, -1.0, -1.0, 1.0, 1.0]), 1);
    assert_eq!(svm.vote(&[0.0, 0.0, 0.0, 0.0, 0.0, 0.0]), 3);
}

#[test]
fn text_is_read_and_contradictions_are_refused() {
    let (model, inputs) = trained(2, KernelType::Polynomial);
    let mut text = Vec::new();
    libsvm_rs::io::save_model_to_writer(&mut text, &model).unwrap();
    let svm = Svm::from_text(&text, 5).unwrap();
    assert_eq!(svm.labels(), [0, 1]);
    assert_eq!(svm.decision_values(&inputs[0]).len(), 1);
    let error = Svm::from_text(&text, 4).unwrap_err().to_string();
    assert_eq!(error, "cannot use the LIBSVM model: bad index of a value (expected 1 to 4, got 5)");
    assert!(Svm::from_text(b"svm_type c_svc\nkernel_type rb", 4).is_err());
    let mut other = model.clone();
    other.param.svm_type = SvmType::EpsilonSvr;
    assert!(Svm::from_model(&other, 5).unwrap_err().to_string().contains("got EpsilonSvr"));
    let mut other = model.clone();
    other.n_sv[0] += 1;
    assert!(Svm::from_model(&other, 5).is_err());
    assert!(Svm::from_model(&model, usize::MAX).unwrap_err().to_string().contains("up to 16777216 values"));
}
