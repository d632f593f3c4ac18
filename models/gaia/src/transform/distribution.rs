//! Empirical distribution of one dimension, and the map of its ranks to a normal distribution.

use super::normal_quantile::erfinv_of_probability;

/// Fraction of the ranks at each end that is mapped to one value.
const TAIL: f64 = 1e-5;

/// Sorted values of one dimension.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    /// Values in ascending order, at least two.
    values: Vec<f32>,
    /// Result of each rank from 0 to the number of values.
    results: Vec<f32>,
}

impl Distribution {
    /// Returns a distribution of sorted values; `None` if there are fewer than two, or they are not sorted or NaN.
    #[must_use]
    pub fn new(values: Vec<f32>) -> Option<Self> {
        let sorted = values.windows(2).all(|pair| pair[0] <= pair[1]);
        if values.len() < 2 || !sorted {
            return None;
        }
        let results = (0..=values.len()).map(|rank| result(rank, values.len())).collect();
        Some(Self { values, results })
    }

    /// Returns the sorted values.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Maps a value by its rank. NaN stays NaN.
    #[must_use]
    pub fn apply(&self, value: f32) -> f32 {
        if value.is_nan() { value } else { self.results[self.rank(value)] }
    }

    fn rank(&self, value: f32) -> usize {
        let last = self.values.len() - 1;
        if value < self.values[0] {
            0
        } else if value > self.values[last] {
            self.values.len()
        } else {
            // The first greater value; the last value has no greater one.
            self.values.partition_point(|&other| other <= value).min(last)
        }
    }
}

fn result(rank: usize, count: usize) -> f32 {
    let outliers = (TAIL * count as f64).floor() as usize;
    let rank = match rank.clamp(outliers, count - outliers) {
        0 => 1,
        rank if rank == count => count - 1,
        rank => rank,
    };
    erfinv_of_probability(rank as f64 / count as f64) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_those_of_the_bisection() {
        // The bisection as the reference states it.
        let reference = |values: &[f32], x: f32| {
            if x < values[0] {
                return 0;
            }
            if x > values[values.len() - 1] {
                return values.len();
            }
            let (mut start, mut end) = (0, values.len() - 1);
            while end - start > 1 {
                let middle = usize::midpoint(start, end);
                if x >= values[middle] { start = middle } else { end = middle }
            }
            end
        };
        let values = vec![-1.0, 0.0, 0.0, 0.5, 0.5, 0.5, 2.0, 2.0];
        let distribution = Distribution::new(values.clone()).unwrap();
        for step in -30..=30 {
            let x = step as f32 * 0.1;
            assert_eq!(distribution.rank(x), reference(&values, x), "{x}");
        }
        for x in values.clone() {
            assert_eq!(distribution.rank(x), reference(&values, x), "{x}");
        }
    }

    #[test]
    fn results_span_the_same_range_on_both_sides() {
        let distribution = Distribution::new((0..245).map(|i| i as f32).collect()).unwrap();
        assert!((distribution.apply(1e9) - 1.870).abs() < 5e-4, "{}", distribution.apply(1e9));
        assert!((distribution.apply(-1e9) + 1.870).abs() < 5e-4);
        assert_eq!(distribution.apply(-1e9), distribution.apply(0.0));
        assert!(distribution.apply(f32::NAN).is_nan());
        assert_eq!(Distribution::new(vec![0.0; 20_001]).unwrap().results.len(), 20_002);
    }

    #[test]
    fn unsorted_and_short_lists_are_refused() {
        assert_eq!(Distribution::new(vec![1.0]), None);
        assert_eq!(Distribution::new(vec![1.0, 0.0]), None);
        assert_eq!(Distribution::new(vec![1.0, f32::NAN]), None);
    }
}
