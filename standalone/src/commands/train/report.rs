//! Printed results of a training.

use earmark_train::{CrossValidation, FoldKind, GroundTruth, Groups, Scores};

/// Prints the numbers of tracks, and of groups if there are any, per class.
pub(super) fn print_classes(truth: &GroundTruth, groups: Option<&Groups>) {
    println!("{}: {} tracks", truth.class_name(), truth.labels().len());
    let groups = groups.map(|groups| groups.class_counts(truth)).unwrap_or_default();
    for (class, tracks) in truth.class_counts() {
        let groups = groups.get(class).map(|groups| format!(", groups: {groups}")).unwrap_or_default();
        println!("  {tracks:>6}  {class}{groups}");
    }
}

/// Prints the accuracy of a cross-validation with its reliability: interval, largest class, folds, recalls, and confusions.
pub(super) fn print_scores(scores: &Scores, matrix: &CrossValidation, folds: &FoldKind) {
    println!("accuracy     {:.1} % of {} tracks", scores.accuracy, scores.items);
    println!("             {:.1} to {:.1} % (95 % interval)", scores.interval.0, scores.interval.1);
    println!("mean recall  {:.1} %", scores.normalized_accuracy);
    println!("baseline     {:.1} % (always the largest class)", scores.baseline);
    println!("folds        {folds}");
    let counts = matrix.counts();
    let width = matrix.classes().iter().map(|class| class.chars().count()).max().unwrap_or(0);
    println!("recall, and predicted classes in the order of the rows:");
    for ((class, recall), row) in matrix.classes().iter().zip(&scores.recalls).zip(&counts) {
        let row: String = row.iter().map(|count| format!("{count:>6}")).collect();
        println!("  {class:width$}  {recall:>5.1} %  {row}");
    }
}
