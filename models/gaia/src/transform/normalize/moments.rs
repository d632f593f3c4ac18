//! Means and variances of the points of a fit.

/// Mean and unbiased variance of each dimension, accumulated in 32-bit floats.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Moments {
    /// Means.
    pub mean: Vec<f32>,
    /// Variances, divided by the number of points less one.
    pub var: Vec<f32>,
}

impl Moments {
    /// Returns the moments of the values of each dimension, of which there are at least two.
    pub(super) fn of(columns: &[Vec<f32>]) -> Self {
        let mut moments = Self::default();
        for column in columns {
            let count = column.len() as f32;
            let mean = column.iter().sum::<f32>() / count;
            let squares: f32 = column.iter().map(|value| (value - mean) * (value - mean)).sum();
            moments.mean.push(mean);
            moments.var.push(squares / (count - 1.0));
        }
        moments
    }
}
