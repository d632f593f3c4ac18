//! Training on a real set of 75 tracks of three genres: accuracies of an independent statement in Python.

mod genre;

use earmark_tests::reference::folder;
use earmark_train::{HeadOptions, train_head};

use self::genre::GenreSet;

/// Difference of accuracies: two of the 75 tracks.
const TOLERANCE: f64 = 3.0;
/// Accuracy and number of columns of each preprocessing without and with groups, with the numbering of texts that the
/// statement has.
const DESCRIPTORS: [(&str, usize, f64, f64); 5] = [
    ("lowlevel", 649, 94.7, 72.0),
    ("basic", 883, 90.7, 69.3),
    ("gaussianized", 883, 92.0, 73.3),
    ("nobands", 383, 89.3, 68.0),
    ("mfcc", 13, 90.7, 82.7),
];
/// Accuracy of an SVM on embeddings without and with groups.
const EMBEDDINGS: (f64, f64) = (97.3, 92.0);
/// Accuracy of logistic regression on embeddings without and with groups, as measured here.
const HEAD: (f64, f64) = (93.3, 90.7);

#[test(needs(Reference))]
fn accuracies_on_descriptors_are_those_of_the_statement() {
    let set = GenreSet::read(&folder().unwrap());
    for (variant, columns, plain, grouped) in DESCRIPTORS {
        for (folds, expected) in [(&set.plain, plain), (&set.grouped, grouped)] {
            let best = set.best(variant, true, folds);
            let got = best.scores.accuracy;
            assert_eq!(best.dimensions, columns, "{variant}");
            assert!((got - expected).abs() < TOLERANCE, "{variant}, {}: {got}, expected {expected}", folds.kind());
        }
    }
}

#[test(needs(Reference))]
fn accuracies_on_embeddings_are_those_of_the_statement() {
    let set = GenreSet::read(&folder().unwrap());
    for (folds, expected, head) in [(&set.plain, EMBEDDINGS.0, HEAD.0), (&set.grouped, EMBEDDINGS.1, HEAD.1)] {
        let got = set.best_on_embeddings(folds).scores.accuracy;
        assert!((got - expected).abs() < TOLERANCE, "{}: {got}, expected {expected}", folds.kind());
        let trained = train_head(&set.truth, &set.embeddings, folds, HeadOptions::default()).unwrap();
        let got = trained.scores.accuracy;
        assert!((got - head).abs() < TOLERANCE, "{}: {got}, expected {head}", folds.kind());
    }
}
