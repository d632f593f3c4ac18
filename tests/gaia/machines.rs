//! Support vector machines of real files against C LIBSVM.

use std::fs;

use earmark_gaia::{Chain, Coupling, HistoryFile, SvmPredict, Transform};
use earmark_tests::reference::folder;

use super::{exact, fixture, histories, numbers, worst_difference};

/// Uniform numbers from 0 to 1: the upper 53 bits of SplitMix64.
struct Uniform(u64);

impl Iterator for Uniform {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Some(((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

fn predict(chain: &Chain) -> &SvmPredict {
    let predict = chain.steps().iter().find_map(|step| match &step.transform {
        Transform::Svm(predict) => Some(predict),
        _ => None,
    });
    predict.unwrap()
}

/// Decision values and LIBSVM's probabilities are equal bit for bit, and votes are equal; the coupling for two classes agrees
/// with a statement in NumPy.
#[test(needs(Reference))]
fn decisions_of_real_machines_are_those_of_c_libsvm() {
    let goldens = fixture("vectors.json");
    let (mut compared, mut worst, mut by_coupling) = (0, 0.0_f64, 0.0_f64);
    for path in histories(&folder().unwrap()) {
        let Some(golden) = goldens.get(path.file_name().unwrap().to_str().unwrap()) else { continue };
        let bytes = fs::read(&path).unwrap();
        let chain = Chain::from_history(&HistoryFile::from_bytes(&bytes).unwrap()).unwrap();
        let dimensions = golden["dimensions"].as_u64().unwrap() as usize;
        let svm = predict(&chain).svm(dimensions).unwrap();
        let labels: Vec<i64> = svm.labels().iter().map(|&label| i64::from(label)).collect();
        assert_eq!(
            labels,
            golden["labels"].as_array().unwrap().iter().map(|x| x.as_i64().unwrap()).collect::<Vec<_>>()
        );
        let mut uniform = Uniform(bytes.len() as u64);
        for result in golden["results"].as_array().unwrap() {
            let input: Vec<f64> = uniform.by_ref().take(dimensions).collect();
            let decisions = svm.decision_values(&input);
            let expected = exact(&result["decisions"]);
            assert!(
                decisions.iter().map(|x| x.to_bits()).eq(expected.iter().map(|x| x.to_bits())),
                "{}",
                path.display()
            );
            assert_eq!(labels[svm.vote(&decisions)], result["vote"].as_i64().unwrap());
            let probabilities = svm.probabilities(&decisions, Coupling::Libsvm);
            assert_eq!(probabilities.is_some(), result.get("libsvm").is_some());
            if let Some(probabilities) = probabilities {
                let libsvm = exact(&result["libsvm"]);
                assert!(probabilities.iter().map(|x| x.to_bits()).eq(libsvm.iter().map(|x| x.to_bits())));
                let coupled = svm.probabilities(&decisions, Coupling::Gaia).unwrap();
                worst = worst.max(worst_difference(&coupled, &numbers(&result["coupled"])));
                by_coupling = by_coupling.max(worst_difference(&coupled, &libsvm));
            }
            compared += 1;
        }
    }
    println!("{compared} vectors; worst difference from the statement {worst:e}, between couplings {by_coupling:e}");
    assert_eq!(compared, 300);
    assert!(worst < 1e-12, "{worst:e}");
    assert!(by_coupling > 1e-5 && by_coupling < 0.0041, "{by_coupling:e}");
}
