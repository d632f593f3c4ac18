//! Pairs of a class and its opposite.

/// Returns the positive class of a pair such as `sad` and `non_sad`.
pub(crate) fn positive_of_pair(labels: &[String]) -> Option<String> {
    let [a, b] = labels else { return None };
    let is_not = |label: &str, other: &str| {
        ["non_", "not_", "non-", "not ", "no_"].iter().any(|not| label.strip_prefix(not) == Some(other))
    };
    if is_not(a, b) {
        Some(b.clone())
    } else if is_not(b, a) {
        Some(a.clone())
    } else {
        None
    }
}
