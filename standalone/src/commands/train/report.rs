//! Printed results of a training.

use crate::commands::print::print_line;
use earmark_train::{CrossValidation, FoldKind, GroundTruth, Groups, Scores};

/// Prints the numbers of tracks, and of groups if there are any, per class.
pub(super) fn print_classes(truth: &GroundTruth, groups: Option<&Groups>) {
    print_line!("{}: {} tracks", truth.class_name(), truth.labels().len());
    let groups = groups.map(|groups| groups.class_counts(truth)).unwrap_or_default();
    for (class, tracks) in truth.class_counts() {
        let groups = groups.get(class).map(|groups| format!(", groups: {groups}")).unwrap_or_default();
        print_line!("  {tracks:>6}  {class}{groups}");
    }
}

/// Prints the accuracy of a cross-validation with its reliability: interval, largest class, folds, recalls, and confusions.
pub(super) fn print_scores(scores: &Scores, matrix: &CrossValidation, folds: &FoldKind) {
    print_line!("accuracy     {:.1} % of {} tracks", scores.accuracy, scores.items);
    print_line!("             {:.1} to {:.1} % (95 % interval)", scores.interval.0, scores.interval.1);
    print_line!("mean recall  {:.1} %", scores.normalized_accuracy);
    print_line!("baseline     {:.1} % (always the largest class)", scores.baseline);
    print_line!("folds        {folds}");
    let counts = matrix.counts();
    let width = matrix.classes().iter().map(|class| class.chars().count()).max().unwrap_or(0);
    print_line!("recall, and predicted classes in the order of the rows:");
    for ((class, recall), row) in matrix.classes().iter().zip(&scores.recalls).zip(&counts) {
        let row: String = row.iter().map(|count| format!("{count:>6}")).collect();
        print_line!("  {class:width$}  {recall:>5.1} %  {row}");
    }
}
