//! Eigenvalues of a symmetric matrix, by cyclic Jacobi rotations.

/// Eigenvalues and eigenvectors of a symmetric matrix.
pub(super) struct SymmetricEigen {
    values: Vec<f64>,
    /// Eigenvectors of unit length, in the order of the eigenvalues.
    vectors: Vec<Vec<f64>>,
}

impl SymmetricEigen {
    /// Largest number of sweeps over all pairs of rows; 13 rows need about 8.
    const MAX_SWEEPS: usize = 64;

    /// Decomposes the symmetric `matrix`, given by rows; returns `None` if the rotations do not converge.
    pub(super) fn new(mut matrix: Vec<Vec<f64>>) -> Option<Self> {
        let size = matrix.len();
        let unit = |row| (0..size).map(|column| f64::from(u8::from(row == column))).collect();
        let mut vectors: Vec<Vec<f64>> = (0..size).map(unit).collect();
        for _ in 0..Self::MAX_SWEEPS {
            let mut is_diagonal = true;
            for p in 0..size {
                for q in p + 1..size {
                    is_diagonal &= !rotate(&mut matrix, &mut vectors, p, q);
                }
            }
            if is_diagonal {
                let values = (0..size).map(|i| matrix[i][i]).collect();
                return Some(Self { values, vectors });
            }
        }
        None
    }

    /// Returns the least and the greatest eigenvalue.
    pub(super) fn range(&self) -> (f64, f64) {
        let fold = |initial, choose: fn(f64, f64) -> f64| self.values.iter().copied().fold(initial, choose);
        (fold(f64::INFINITY, f64::min), fold(f64::NEG_INFINITY, f64::max))
    }

    /// Returns the inverse of the matrix by rows; no eigenvalue may be zero.
    pub(super) fn inverse(&self) -> Vec<Vec<f64>> {
        let size = self.values.len();
        let cell = |i: usize, j: usize| -> f64 {
            self.values.iter().zip(&self.vectors).map(|(value, vector)| vector[i] * vector[j] / value).sum()
        };
        (0..size).map(|i| (0..size).map(|j| cell(i, j)).collect()).collect()
    }
}

/// Rotates rows and columns `p` and `q` so that their common cell becomes zero; returns false if the cell is too small
/// for a rotation to change the diagonal.
fn rotate(matrix: &mut [Vec<f64>], vectors: &mut [Vec<f64>], p: usize, q: usize) -> bool {
    let (first, second, common) = (matrix[p][p], matrix[q][q], matrix[p][q]);
    // Relative to both diagonal cells, so that small eigenvalues beside large ones keep their digits.
    if common.abs() <= f64::EPSILON * first.abs().sqrt() * second.abs().sqrt() {
        return false;
    }
    // The smaller of the two angles that clear the cell.
    let ratio = (second - first) / (2.0 * common);
    let tangent = ratio.signum() / (ratio.abs() + ratio.hypot(1.0));
    let cosine = 1.0 / tangent.hypot(1.0);
    let sine = tangent * cosine;
    let turn = |a: &mut f64, b: &mut f64| (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
    for row in matrix.iter_mut() {
        let (left, right) = row.split_at_mut(q);
        turn(&mut left[p], &mut right[0]);
    }
    for rows in [&mut *matrix, vectors] {
        let (above, below) = rows.split_at_mut(q);
        for (a, b) in above[p].iter_mut().zip(&mut below[0]) {
            turn(a, b);
        }
    }
    // Without the rounding error of the rotation.
    (matrix[p][q], matrix[q][p]) = (0.0, 0.0);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a Hilbert matrix: its condition number grows by a factor of about 30 for each row.
    fn hilbert(size: usize) -> Vec<Vec<f64>> {
        (0..size).map(|i| (0..size).map(|j| 1.0 / (i + j + 1) as f64).collect()).collect()
    }

    fn product(a: &[Vec<f64>], b: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let cell = |row: &Vec<f64>, j: usize| row.iter().zip(b).map(|(value, other)| value * other[j]).sum();
        a.iter().map(|row| (0..b.len()).map(|j| cell(row, j)).collect()).collect()
    }

    #[test]
    fn eigenvalues_of_a_known_matrix_are_found() {
        // Second differences with fixed ends: 2 - 2 cos(k pi / (n + 1)).
        let size = 13;
        let cell = |i: usize, j: usize| match i.abs_diff(j) {
            0 => 2.0,
            1 => -1.0,
            _ => 0.0,
        };
        let matrix: Vec<Vec<f64>> = (0..size).map(|i| (0..size).map(|j| cell(i, j)).collect()).collect();
        let mut eigen = SymmetricEigen::new(matrix.clone()).unwrap();
        let (least, greatest) = eigen.range();
        eigen.values.sort_by(f64::total_cmp);
        for (k, value) in (1..).zip(&eigen.values) {
            let expected = 2.0 - 2.0 * (f64::from(k) * std::f64::consts::PI / 14.0).cos();
            assert!((value - expected).abs() < 1e-13, "{k}: {value}, expected {expected}");
        }
        assert_eq!((least, greatest), (eigen.values[0], eigen.values[12]));
        // The inverse is known in closed form, too.
        let inverse = SymmetricEigen::new(matrix).unwrap().inverse();
        for (i, row) in inverse.iter().enumerate() {
            for (j, &value) in row.iter().enumerate() {
                let expected = ((i.min(j) + 1) * (size - i.max(j))) as f64 / 14.0;
                assert!((value - expected).abs() < 1e-12, "{i} {j}: {value}, expected {expected}");
            }
        }
    }

    #[test]
    fn inverse_of_an_ill_conditioned_matrix_keeps_digits() {
        // Condition 1.5e7 and, for 8 rows, 1.5e10; the first cell of the inverse is the square of the size.
        for (size, tolerance) in [(6, 1e-9), (8, 1e-6)] {
            let inverse = SymmetricEigen::new(hilbert(size)).unwrap().inverse();
            let expected = (size * size) as f64;
            assert!((inverse[0][0] / expected - 1.0).abs() < tolerance, "{}", inverse[0][0]);
            for (i, row) in product(&hilbert(size), &inverse).iter().enumerate() {
                for (j, &value) in row.iter().enumerate() {
                    let unit = f64::from(u8::from(i == j));
                    assert!((value - unit).abs() < 100.0 * tolerance, "{i} {j}: {value}");
                }
            }
        }
    }

    #[test]
    fn matrices_without_rotations_converge() {
        let zero = SymmetricEigen::new(vec![vec![0.0; 3]; 3]).unwrap();
        assert_eq!(zero.range(), (0.0, 0.0));
        let one = SymmetricEigen::new(vec![vec![4.0]]).unwrap();
        assert_eq!((one.range(), one.inverse()), ((4.0, 4.0), vec![vec![0.25]]));
        let diagonal = SymmetricEigen::new(vec![vec![1e-200, 0.0], vec![0.0, 1e200]]).unwrap();
        assert_eq!(diagonal.range(), (1e-200, 1e200));
        let equal = SymmetricEigen::new(vec![vec![1.0, 1.0], vec![1.0, 1.0]]).unwrap();
        let (least, greatest) = equal.range();
        assert!(least.abs() < 1e-15 && (greatest - 2.0).abs() < 1e-15, "{least} {greatest}");
    }
}
