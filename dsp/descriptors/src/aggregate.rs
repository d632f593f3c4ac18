//! Statistics over frames: from one value per frame to one value per piece or window.

mod covariance;
mod statistic;

use crate::math::median;
use crate::pool::{Pool, Value};

use self::covariance::Covariance;
pub use self::statistic::{Statistic, Statistics};

/// Writer of descriptors into a pool, which aggregates frames.
///
/// Buffers are reused from descriptor to descriptor.
pub struct PoolWriter<'a> {
    pool: &'a mut Pool,
    /// Statistics over frames; `None` writes the values of the frames themselves.
    statistics: Option<&'a Statistics>,
    /// Whether a descriptor is to be written, by its dotted name.
    selected: &'a dyn Fn(&str) -> bool,
    column: Vec<f64>,
    scratch: Vec<f64>,
}

impl<'a> PoolWriter<'a> {
    /// Creates a writer into `pool` of the descriptors for which `selected` returns true.
    pub fn new(pool: &'a mut Pool, statistics: &'a Statistics, selected: &'a dyn Fn(&str) -> bool) -> Self {
        Self { pool, statistics: Some(statistics), selected, column: Vec::new(), scratch: Vec::new() }
    }

    /// Creates a writer of the value of every frame: a vector for a number, a matrix of one row per frame for a vector.
    pub fn of_frames(pool: &'a mut Pool, selected: &'a dyn Fn(&str) -> bool) -> Self {
        Self { pool, statistics: None, selected, column: Vec::new(), scratch: Vec::new() }
    }

    /// Whether the descriptor of this dotted name is to be written: an expensive one need not be computed otherwise.
    #[must_use]
    pub fn wants(&self, name: &str) -> bool {
        (self.selected)(name)
    }

    /// Writes a value without statistics.
    pub fn value(&mut self, name: &str, value: Value) {
        if self.wants(name) {
            self.pool.insert(name, value);
        }
    }

    /// Writes a number without statistics.
    pub fn number(&mut self, name: &str, number: f64) {
        self.value(name, Value::Number(number));
    }

    /// Writes the statistics of a descriptor with one number per frame. Writes nothing if there are no frames.
    pub fn frames(&mut self, name: &str, values: impl IntoIterator<Item = f64>) {
        if !self.wants(name) {
            return;
        }
        self.column.clear();
        self.column.extend(values);
        if self.column.is_empty() {
            return;
        }
        let Some(statistics) = self.statistics else {
            return self.pool.insert(name, Value::Vector(self.column.clone()));
        };
        let statistics = statistics.of(name);
        let summary = Summary::new(&self.column, statistics, &mut self.scratch);
        for &statistic in statistics {
            if let Some(number) = summary.get(statistic) {
                self.pool.insert(statistic.leaf(name), Value::Number(number));
            }
        }
    }

    /// Writes the statistics of a descriptor with `dims` numbers per frame; `value(frame, dim)` is called for each of
    /// `frames` frames. Writes nothing if there are no frames.
    pub fn vectors(&mut self, name: &str, dims: usize, frames: usize, value: impl Fn(usize, usize) -> f64) {
        if !self.wants(name) || frames == 0 {
            return;
        }
        let Some(statistics) = self.statistics else {
            let row = |frame| (0..dims).map(|dim| value(frame, dim)).collect();
            return self.pool.insert(name, Value::Matrix((0..frames).map(row).collect()));
        };
        let statistics = statistics.of(name);
        let mut vectors = vec![Vec::with_capacity(dims); statistics.len()];
        for dim in 0..dims {
            self.column.clear();
            self.column.extend((0..frames).map(|frame| value(frame, dim)));
            let summary = Summary::new(&self.column, statistics, &mut self.scratch);
            for (vector, &statistic) in vectors.iter_mut().zip(statistics) {
                vector.extend(summary.get(statistic));
            }
        }
        let covariance = statistics.iter().any(|s| s.is_matrix()).then(|| Covariance::new(dims, frames, &value));
        for (vector, &statistic) in vectors.into_iter().zip(statistics) {
            let written = match (statistic, &covariance) {
                (Statistic::Cov, Some(covariance)) => Value::Matrix(covariance.rows().to_vec()),
                (Statistic::Icov, Some(covariance)) => covariance.inverse().map_or(Value::Null, Value::Matrix),
                _ => Value::Vector(vector),
            };
            self.pool.insert(statistic.leaf(name), written);
        }
    }
}

/// Statistics of one column.
struct Summary([f64; Statistic::NUMBERS.len()]);

impl Summary {
    /// Computes those of `statistics` that are numbers; `column` is not empty, `scratch` is overwritten.
    fn new(column: &[f64], statistics: &[Statistic], scratch: &mut Vec<f64>) -> Self {
        let mut numbers = [0.0; Statistic::NUMBERS.len()];
        let mut set = |statistic: Statistic, number: f64| numbers[statistic as usize] = number;
        let (mean, var) = mean_and_variance(column);
        set(Statistic::Mean, mean);
        set(Statistic::Var, var);
        set(Statistic::Stdev, var.sqrt());
        set(Statistic::Min, column.iter().copied().fold(f64::INFINITY, f64::min));
        set(Statistic::Max, column.iter().copied().fold(f64::NEG_INFINITY, f64::max));
        set(Statistic::Last, column.last().copied().unwrap_or_default());
        let wants = |some: &[Statistic]| statistics.iter().any(|statistic| some.contains(statistic));
        if wants(&[Statistic::Median]) {
            scratch.clear();
            scratch.extend_from_slice(column);
            set(Statistic::Median, median(scratch));
        }
        if wants(&[Statistic::Dmean, Statistic::Dvar]) {
            scratch.clear();
            scratch.extend(column.windows(2).map(|pair| (pair[1] - pair[0]).abs()));
            let (mean, var) = mean_and_variance(scratch);
            set(Statistic::Dmean, mean);
            set(Statistic::Dvar, var);
        }
        if wants(&[Statistic::Dmean2, Statistic::Dvar2]) {
            scratch.clear();
            // Differences of the signed first differences.
            scratch.extend(column.windows(3).map(|three| ((three[2] - three[1]) - (three[1] - three[0])).abs()));
            let (mean, var) = mean_and_variance(scratch);
            set(Statistic::Dmean2, mean);
            set(Statistic::Dvar2, var);
        }
        if wants(&[Statistic::Skew, Statistic::Kurt]) {
            let moment =
                |power| column.iter().map(|value| (value - mean).powi(power)).sum::<f64>() / column.len() as f64;
            let is_constant = var == 0.0;
            set(Statistic::Skew, if is_constant { 0.0 } else { moment(3) / var.powf(1.5) });
            set(Statistic::Kurt, if is_constant { -3.0 } else { moment(4) / (var * var) - 3.0 });
        }
        Self(numbers)
    }

    /// Returns a statistic, or `None` for a matrix.
    fn get(&self, statistic: Statistic) -> Option<f64> {
        self.0.get(statistic as usize).copied()
    }
}

/// Returns mean and population variance, 0 without values.
fn mean_and_variance(values: &[f64]) -> (f64, f64) {
    if values.is_empty() {
        return (0.0, 0.0);
    }
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let var = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count;
    (mean, var)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool_of(write: impl Fn(&mut PoolWriter<'_>)) -> Pool {
        let mut pool = Pool::default();
        let statistics = Statistics::default();
        write(&mut PoolWriter::new(&mut pool, &statistics, &|_| true));
        pool
    }

    #[test]
    fn ten_statistics_follow_their_definition() {
        let pool = pool_of(|writer| writer.frames("lowlevel.x", [1.0, 4.0, 2.0, 2.0]));
        let expected = [
            ("mean", 2.25),
            ("var", 1.1875),
            ("median", 2.0),
            ("min", 1.0),
            ("max", 4.0),
            // Differences 3, -2, 0; second differences -5, 2.
            ("dmean", 5.0 / 3.0),
            ("dvar", (9.0 + 4.0) / 3.0 - 25.0 / 9.0),
            ("dmean2", 3.5),
            ("dvar2", 2.25),
        ];
        for (name, value) in expected {
            let got = pool.number(&format!("lowlevel.x.{name}")).unwrap();
            assert!((got - value).abs() < 1e-12, "{name}: {got}, expected {value}");
        }
        assert_eq!(pool.len(), 10);
    }

    #[test]
    fn one_frame_has_derivatives_of_zero_and_no_frame_has_no_values() {
        let pool = pool_of(|writer| writer.frames("tonal.x", [7.0]));
        assert_eq!(pool.number("tonal.x.dvar2"), Some(0.0));
        assert_eq!(pool.number("tonal.x.stdev"), Some(0.0));
        assert!(pool_of(|writer| writer.frames("tonal.x", [])).is_empty());
    }

    /// Values of Essentia's PoolAggregator, which are of single precision.
    #[test]
    fn skewness_kurtosis_and_last_value_equal_those_of_the_reference() {
        let statistics = |chosen: &[Statistic]| Statistics { lowlevel: chosen.to_vec(), ..Statistics::default() };
        let moments = statistics(&[Statistic::Skew, Statistic::Kurt]);
        let cases: [(&[f64], [f64; 2]); 4] = [
            (&[0.5, 1.0, 4.0, 2.0, 9.0, 2.5], [1.225_062_847, 0.166_872_740]),
            (&[1.0, 4.0], [0.0, -2.0]),
            (&[2.0; 5], [0.0, -3.0]),
            (&[3.0], [0.0, -3.0]),
        ];
        for (values, expected) in cases {
            let mut pool = Pool::default();
            PoolWriter::new(&mut pool, &moments, &|_| true).frames("lowlevel.x", values.iter().copied());
            for (name, expected) in ["skew", "kurt"].into_iter().zip(expected) {
                let got = pool.number(&format!("lowlevel.x.{name}")).unwrap();
                assert!((got - expected).abs() < 1e-6, "{values:?}: {name} {got}, expected {expected}");
            }
        }
        // The last value has the name of the descriptor itself.
        let mut pool = Pool::default();
        let last = statistics(&[Statistic::Last]);
        let mut writer = PoolWriter::new(&mut pool, &last, &|_| true);
        writer.frames("lowlevel.x", [1.0, 4.0]);
        writer.vectors("lowlevel.y", 2, 3, |frame, dim| (10 * frame + dim) as f64);
        let expected = [("lowlevel.x", &Value::Number(4.0)), ("lowlevel.y", &Value::Vector(vec![20.0, 21.0]))];
        assert_eq!(pool.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn covariance_is_unbiased_and_its_inverse_is_null_if_singular() {
        let wave = |frame: usize, dim: usize| ((frame * frame * (dim + 2)) % 7) as f64;
        let pool = pool_of(|writer| writer.vectors("lowlevel.mfcc", 2, 20, wave));
        let (Some(Value::Matrix(cov)), Some(Value::Matrix(icov))) =
            (pool.get("lowlevel.mfcc.cov"), pool.get("lowlevel.mfcc.icov"))
        else {
            panic!("{pool:?}")
        };
        let mean = (0..20).map(|frame| wave(frame, 1)).sum::<f64>() / 20.0;
        let var = (0..20).map(|frame| (wave(frame, 1) - mean).powi(2)).sum::<f64>() / 19.0;
        assert!((cov[1][1] - var).abs() < 1e-9, "{cov:?}");
        let product = cov[0][0] * icov[0][0] + cov[0][1] * icov[1][0];
        assert!((product - 1.0).abs() < 1e-9, "{product}");
        for (frames, same) in [(2, 1), (20, 0)] {
            let pool =
                pool_of(|writer| writer.vectors("lowlevel.mfcc", 2, frames, |frame, dim| wave(frame, dim * same)));
            assert_eq!(pool.get("lowlevel.mfcc.icov"), Some(&Value::Null), "{frames} frames");
        }
    }

    #[test]
    fn values_of_frames_are_written_without_statistics() {
        let mut pool = Pool::default();
        let mut writer = PoolWriter::of_frames(&mut pool, &|_| true);
        writer.frames("lowlevel.x", [1.0, 2.0]);
        writer.vectors("lowlevel.y", 2, 2, |frame, dim| (10 * frame + dim) as f64);
        assert_eq!(pool.vector("lowlevel.x"), Some(&[1.0, 2.0][..]));
        assert_eq!(pool.get("lowlevel.y"), Some(&Value::Matrix(vec![vec![0.0, 1.0], vec![10.0, 11.0]])));
    }

    #[test]
    fn descriptor_that_is_not_selected_is_not_written() {
        let mut pool = Pool::default();
        let statistics = Statistics::default();
        let mut writer = PoolWriter::new(&mut pool, &statistics, &|name| name == "rhythm.b");
        writer.number("rhythm.a", 1.0);
        writer.number("rhythm.b", f64::NAN);
        assert_eq!(pool.iter().collect::<Vec<_>>(), [("rhythm.b", &Value::Null)]);
    }
}
