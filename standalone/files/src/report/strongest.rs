//! Ranking of labels by value.

/// Returns the `top` labels with the largest values, in descending order; equal values in the order of the model.
pub(super) fn strongest<'a>(labels: &'a [String], values: &[f32], top: usize) -> Vec<(&'a str, f32)> {
    let mut pairs: Vec<_> = labels.iter().map(String::as_str).zip(values.iter().copied()).collect();
    pairs.sort_by(|a, b| b.1.total_cmp(&a.1));
    pairs.truncate(top);
    pairs
}
