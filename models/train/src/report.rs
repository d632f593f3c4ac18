//! Report of a grid search as a table.

use std::path::Path;

use crate::error::TrainError;
use crate::ranking::Ranking;
use crate::results::write_atomically;

/// Columns of the report, in order.
pub const REPORT_COLUMNS: [&str; 16] = [
    "accuracy_rank",
    "accuracy",
    "accuracy_std",
    "normalized_accuracy_rank",
    "normalized_accuracy",
    "normalized_accuracy_std",
    "results_file",
    "param_file",
    "kernel",
    "C",
    "preprocessing",
    "balance_classes",
    "type",
    "classifier",
    "gamma",
    "evaluation",
];

/// Returns the report in CSV (RFC 4180), best point first. `C` and `gamma` are exponents of 2.
#[must_use]
pub fn report_csv(ranking: &Ranking<'_>) -> String {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // Writing to memory does not fail, and all rows have the same length.
    _ = writer.write_record(REPORT_COLUMNS);
    for ((index, point), normalized_rank) in ranking.points().iter().enumerate().zip(ranking.normalized_ranks()) {
        let (params, scores) = (&point.params, &point.scores);
        let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let score = |value: f64| format!("{value:.4}");
        _ = writer.write_record([
            (index + 1).to_string(),
            score(scores.accuracy),
            score(scores.accuracy_std),
            normalized_rank.to_string(),
            score(scores.normalized_accuracy),
            score(scores.normalized_accuracy_std),
            name(&point.result_file),
            name(&point.param_file),
            params.kernel.name().to_owned(),
            params.c.to_string(),
            params.preprocessing.clone(),
            params.balance_classes.to_string(),
            "C-SVC".to_owned(),
            "svm".to_owned(),
            params.gamma.to_string(),
            params.evaluation_text(),
        ]);
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// Writes the report. Blocks.
///
/// # Errors
/// [`TrainError::Write`] if the file cannot be written.
pub fn write_report(path: &Path, ranking: &Ranking<'_>) -> Result<(), TrainError> {
    write_atomically(path, report_csv(ranking).as_bytes())
}
