//! Choice of one of several lists of beats by their agreement (Essentia's TempoTapMaxAgreement).
//!
//! Relative errors often lie exactly on the border of two bins, so they are computed in single precision, as in the
//! reference.

/// Number of bins of the histogram of relative errors from which the reference derives their width.
const BINS: usize = 40;
/// Largest information in bits: the reference truncates the logarithm of the number of bins.
const MAX_INFORMATION: f64 = 5.0;
/// Time in seconds from the start before which beats are not compared.
const SKIPPED_S: f64 = 5.0;

/// List of beats that agrees best with the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agreement {
    /// Position of the list.
    pub choice: usize,
    /// Mean information in bits that all lists have about each other, from 0 (none) to 5.
    pub confidence: f64,
}

/// Returns the list of beats with the largest mean information about the others, the first of several, and the mean over
/// all lists. Beats are in seconds, ascending; beats less than 5 s after `start_s` are not compared.
#[must_use]
pub fn most_agreeing(lists: &[Vec<f64>], start_s: f64) -> Agreement {
    let compared = |list: &Vec<f64>| -> Vec<f32> {
        list.iter().map(|beat| beat - start_s).filter(|&beat| beat >= SKIPPED_S).map(|beat| beat as f32).collect()
    };
    let lists: Vec<Vec<f32>> = lists.iter().map(compared).collect();
    let borders = borders();
    let others = lists.len().saturating_sub(1).max(1) as f64;
    let mut sums = vec![0.0; lists.len()];
    for first in 0..lists.len() {
        for second in first + 1..lists.len() {
            let information = information(&lists[first], &lists[second], &borders);
            sums[first] += information;
            sums[second] += information;
        }
    }
    let first_largest = |best: usize, list: usize| if sums[list] > sums[best] { list } else { best };
    let choice = (0..sums.len()).fold(0, first_largest);
    let confidence = sums.iter().map(|sum| sum / others).sum::<f64>() / sums.len().max(1) as f64;
    Agreement { choice, confidence }
}

/// Returns the information in bits that two lists have about each other, 0 with fewer than two beats in one of them.
fn information(first: &[f32], second: &[f32], borders: &[f64]) -> f64 {
    if first.len() < 2 || second.len() < 2 {
        return 0.0;
    }
    MAX_INFORMATION - entropy(second, first, borders).max(entropy(first, second, borders))
}

/// Returns the upper borders of all bins but the last: the middles between centres that are 1/39 apart, from -0.5 to 0.5,
/// where the first and the last distance are longer by half.
fn borders() -> Vec<f64> {
    let delta = 1.0 / (BINS - 1) as f32;
    let reach = 1.5 * f64::from(delta);
    let mut centres = vec![-0.5_f32];
    let mut centre = (-0.5 + reach) as f32;
    while f64::from(centre) <= 0.5 - reach {
        centres.push(centre);
        centre += delta;
    }
    centres.push(0.5);
    centres.windows(2).map(|pair| f64::from((pair[0] + pair[1]) / 2.0)).collect()
}

/// Returns the entropy in bits of the errors of `beats` relative to the intervals of `reference`; both have at least two
/// beats.
fn entropy(reference: &[f32], beats: &[f32], borders: &[f64]) -> f64 {
    let mut counts = vec![0_u32; borders.len() + 1];
    for &beat in beats {
        let error = f64::from(relative_error(reference, beat));
        let wrapped = f64::from(((error + 0.5) % 1.0 - 0.5) as f32);
        counts[borders.partition_point(|&border| border <= wrapped)] += 1;
    }
    // An error of half an interval has either sign.
    counts[0] += counts.pop().unwrap_or(0);
    let total = beats.len() as f64;
    let shares = counts.into_iter().filter(|&count| count > 0).map(|count| f64::from(count) / total);
    -shares.map(|share| share * share.log2()).sum::<f64>()
}

/// Returns half the distance of a beat from the closest beat of `reference`, relative to half the interval there.
fn relative_error(reference: &[f32], beat: f32) -> f32 {
    let after = reference.partition_point(|&other| other < beat);
    let closest = match after {
        0 => 0,
        after if after == reference.len() => after - 1,
        after if (reference[after] - beat).abs() < (reference[after - 1] - beat).abs() => after,
        after => after - 1,
    };
    let error = beat - reference[closest];
    let before = closest > 0 && (closest == reference.len() - 1 || error < 0.0);
    let start = if before { closest - 1 } else { closest };
    let interval = (0.5 * f64::from(reference[start + 1] - reference[start])) as f32;
    (0.5 * f64::from(error) / f64::from(interval).max(f64::MIN_POSITIVE)) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regular(start: f64, interval: f64) -> Vec<f64> {
        (0..60).map(|beat| start + interval * f64::from(beat)).collect()
    }

    #[test]
    fn equal_lists_have_all_information_and_the_first_is_chosen() {
        let list = regular(0.25, 0.5);
        let agreement = most_agreeing(&[list.clone(), list.clone(), list], 0.0);
        assert_eq!(agreement, Agreement { choice: 0, confidence: 5.0 });
    }

    #[test]
    fn list_that_agrees_is_preferred() {
        let odd: Vec<f64> =
            (0..60_u64).map(|beat| beat as f64 * 0.5 + 0.4 * crate::rhythm::numeric::noise(beat)).collect();
        let lists = [odd, regular(0.25, 0.5), regular(0.252, 0.5), Vec::new()];
        let agreement = most_agreeing(&lists, 0.0);
        assert_eq!(agreement.choice, 1);
        assert!(agreement.confidence > 0.5 && agreement.confidence < 3.0, "{agreement:?}");
        // Beats before the start of the comparison have no influence.
        assert_eq!(most_agreeing(&lists, 100.0), Agreement { choice: 0, confidence: 0.0 });
        assert_eq!(most_agreeing(&[], 0.0), Agreement { choice: 0, confidence: 0.0 });
    }

    #[test]
    fn borders_are_symmetric_and_errors_follow_the_intervals() {
        let borders = borders();
        for (low, high) in borders.iter().zip(borders.iter().rev()) {
            assert!((low + high).abs() < 1e-5, "{borders:?}");
        }
        let reference = [1.0, 2.0, 4.0];
        for (beat, expected) in [(0.5, -0.5), (1.25, 0.25), (1.75, -0.25), (2.5, 0.25), (3.5, -0.25), (5.0, 0.5)] {
            assert_eq!(relative_error(&reference, beat), expected, "{beat}");
        }
    }
}
