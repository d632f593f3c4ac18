//! Order of labels by their values.

/// Returns the `top` labels of the largest values, largest first; equal ones in the model's order.
pub(super) fn strongest<'a>(labels: &'a [String], values: &[f32], top: usize) -> Vec<(&'a str, f32)> {
    let mut pairs: Vec<_> = labels.iter().map(String::as_str).zip(values.iter().copied()).collect();
    pairs.sort_by(|a, b| b.1.total_cmp(&a.1));
    pairs.truncate(top);
    pairs
}
