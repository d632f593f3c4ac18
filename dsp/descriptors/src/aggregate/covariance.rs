//! Covariance matrix of the dimensions of a descriptor, and its inverse.

mod eigen;

use self::eigen::SymmetricEigen;

/// Covariance matrix of the dimensions of a descriptor.
pub(super) struct Covariance {
    rows: Vec<Vec<f64>>,
    frames: usize,
}

impl Covariance {
    /// Condition number above which the matrix counts as singular.
    const MAX_CONDITION: f64 = 1e12;

    /// Computes the covariance, divided by the number of frames less one; `value(frame, dim)` is called for each value.
    pub(super) fn new(dims: usize, frames: usize, value: &impl Fn(usize, usize) -> f64) -> Self {
        let deviations = |dim| {
            let mut column: Vec<f64> = (0..frames).map(|frame| value(frame, dim)).collect();
            let mean = column.iter().sum::<f64>() / frames.max(1) as f64;
            column.iter_mut().for_each(|value| *value -= mean);
            column
        };
        let columns: Vec<Vec<f64>> = (0..dims).map(deviations).collect();
        let divisor = (frames.max(2) - 1) as f64;
        let covariance = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / divisor;
        let row = |a: &Vec<f64>| columns.iter().map(|b| covariance(a, b)).collect();
        Self { rows: columns.iter().map(row).collect(), frames }
    }

    /// Returns the matrix by rows.
    pub(super) fn rows(&self) -> &[Vec<f64>] {
        &self.rows
    }

    /// Returns the inverse, or `None` if there are no more frames than dimensions or the matrix is close to singular.
    pub(super) fn inverse(&self) -> Option<Vec<Vec<f64>>> {
        if self.frames <= self.rows.len() || self.rows.iter().flatten().any(|value| !value.is_finite()) {
            return None;
        }
        let eigen = SymmetricEigen::new(self.rows.clone())?;
        let (least, greatest) = eigen.range();
        (least > 0.0 && greatest <= Self::MAX_CONDITION * least).then(|| eigen.inverse())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the covariance of 20 frames, whose dimensions are as independent as `value` makes them.
    fn covariance(value: impl Fn(f64, usize) -> f64) -> Covariance {
        Covariance::new(3, 20, &|frame, dim| value(frame as f64, dim))
    }

    fn wave(frame: f64, dim: usize) -> f64 {
        (frame * (1.3 + dim as f64)).sin()
    }

    #[test]
    fn inverse_follows_the_scale_of_each_dimension() {
        let scales = [1e3, 1.0, 1e-2];
        let [plain, scaled] =
            [[1.0; 3], scales].map(|by| covariance(|frame, dim| by[dim] * wave(frame, dim)).inverse().unwrap());
        for i in 0..3 {
            for j in 0..3 {
                let expected = plain[i][j] / (scales[i] * scales[j]);
                assert!((scaled[i][j] - expected).abs() <= 1e-9 * expected.abs(), "{i} {j}: {}", scaled[i][j]);
            }
        }
    }

    #[test]
    fn singular_matrix_has_no_inverse() {
        assert!(covariance(wave).inverse().is_some());
        assert_eq!(covariance(|frame, dim| wave(frame, dim.min(1))).inverse(), None, "two dimensions are equal");
        assert_eq!(covariance(|frame, dim| wave(frame, dim) * dim as f64).inverse(), None, "one dimension is constant");
        assert_eq!(covariance(|_, _| 0.0).inverse(), None);
        assert_eq!(covariance(|frame, dim| if dim == 0 { f64::NAN } else { wave(frame, dim) }).inverse(), None);
        // Condition 1e14, though no dimension depends on the others.
        let scaled = |by: f64| covariance(move |frame, dim| wave(frame, dim) * if dim == 0 { by } else { 1.0 });
        assert_eq!(scaled(1e7).inverse(), None);
        assert!(scaled(1e5).inverse().is_some());
        assert_eq!(Covariance::new(3, 3, &|frame, dim| wave(frame as f64, dim)).inverse(), None, "too few frames");
    }
}
