//! Adaptive threshold of a detection function.

/// Subtracts from each value the mean over `half` values on both sides, where the ends continue; negative results
/// become 0. `scratch` is overwritten.
pub(super) fn subtract_local_mean(values: &mut [f64], half: usize, scratch: &mut Vec<f64>) {
    let (Some(&first), Some(&last)) = (values.first(), values.last()) else {
        return;
    };
    scratch.clear();
    scratch.extend(std::iter::repeat_n(first, half));
    scratch.extend_from_slice(values);
    scratch.extend(std::iter::repeat_n(last, half));
    let scale = 1.0 / (2 * half + 1) as f64;
    for (value, around) in values.iter_mut().zip(scratch.windows(2 * half + 1)) {
        *value = (*value - around.iter().sum::<f64>() * scale).max(0.0);
    }
}
