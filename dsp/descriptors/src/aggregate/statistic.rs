//! Statistics over frames, and those that are computed of each group of descriptors.

/// Statistic over the frames of a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Statistic {
    /// Mean.
    Mean,
    /// Population variance.
    Var,
    /// Population standard deviation.
    Stdev,
    /// Median.
    Median,
    /// Minimum.
    Min,
    /// Maximum.
    Max,
    /// Mean of the absolute first difference.
    Dmean,
    /// Mean of the absolute second difference.
    Dmean2,
    /// Population variance of the absolute first difference.
    Dvar,
    /// Population variance of the absolute second difference.
    Dvar2,
    /// Skewness: the third central moment divided by the variance to the power of 1.5; 0 if all values are equal.
    Skew,
    /// Excess kurtosis: the fourth central moment divided by the square of the variance, less 3; -3 if all values are equal.
    Kurt,
    /// Value of the last frame, under the name of the descriptor itself.
    Last,
    /// Covariance matrix, divided by the number of frames less one.
    Cov,
    /// Inverse of the covariance matrix; null if the matrix is singular.
    Icov,
}

impl Statistic {
    /// All statistics.
    pub const ALL: [Self; 15] = [
        Self::Mean,
        Self::Var,
        Self::Stdev,
        Self::Median,
        Self::Min,
        Self::Max,
        Self::Dmean,
        Self::Dmean2,
        Self::Dvar,
        Self::Dvar2,
        Self::Skew,
        Self::Kurt,
        Self::Last,
        Self::Cov,
        Self::Icov,
    ];
    /// Statistics that are one number for each dimension of a descriptor.
    pub const NUMBERS: &[Self] = Self::ALL.split_at(13).0;
    /// Statistics of the reference's default list, in its order.
    pub const DEFAULT: &[Self] = Self::ALL.split_at(10).0;

    /// Whether the statistic is a matrix over the dimensions of a descriptor.
    #[must_use]
    pub fn is_matrix(self) -> bool {
        !Self::NUMBERS.contains(&self)
    }

    /// Returns the name in profiles.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Var => "var",
            Self::Stdev => "stdev",
            Self::Median => "median",
            Self::Min => "min",
            Self::Max => "max",
            Self::Dmean => "dmean",
            Self::Dmean2 => "dmean2",
            Self::Dvar => "dvar",
            Self::Dvar2 => "dvar2",
            Self::Skew => "skew",
            Self::Kurt => "kurt",
            Self::Last => "last",
            Self::Cov => "cov",
            Self::Icov => "icov",
        }
    }

    /// Returns the name in the layout of the statistic of a descriptor.
    #[must_use]
    pub fn leaf(self, descriptor: &str) -> String {
        if self == Self::Last { descriptor.to_owned() } else { format!("{descriptor}.{}", self.name()) }
    }
}

/// Statistics that are computed, by group of descriptors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statistics {
    /// Low-level descriptors (default [`Statistic::DEFAULT`]).
    pub lowlevel: Vec<Statistic>,
    /// `lowlevel.mfcc` (default mean, covariance and its inverse).
    pub mfcc: Vec<Statistic>,
    /// `lowlevel.gfcc` (default mean, covariance and its inverse).
    pub gfcc: Vec<Statistic>,
    /// Rhythm descriptors (default [`Statistic::DEFAULT`]).
    pub rhythm: Vec<Statistic>,
    /// Tonal descriptors (default [`Statistic::DEFAULT`]).
    pub tonal: Vec<Statistic>,
}

impl Default for Statistics {
    fn default() -> Self {
        let cepstrum = vec![Statistic::Mean, Statistic::Cov, Statistic::Icov];
        let default = Statistic::DEFAULT.to_vec();
        Self {
            lowlevel: default.clone(),
            mfcc: cepstrum.clone(),
            gfcc: cepstrum,
            rhythm: default.clone(),
            tonal: default,
        }
    }
}

impl Statistics {
    /// Returns the statistics of a descriptor by its dotted name.
    #[must_use]
    pub fn of(&self, name: &str) -> &[Statistic] {
        if name.contains("lowlevel.mfcc") {
            &self.mfcc
        } else if name.contains("lowlevel.gfcc") {
            &self.gfcc
        } else if name.contains("lowlevel.") {
            &self.lowlevel
        } else if name.contains("rhythm.") {
            &self.rhythm
        } else {
            &self.tonal
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_precede_matrices_and_the_default_has_ten() {
        let matrices: Vec<Statistic> = Statistic::ALL.into_iter().filter(|statistic| statistic.is_matrix()).collect();
        assert_eq!(matrices, [Statistic::Cov, Statistic::Icov]);
        assert!(Statistic::NUMBERS.iter().enumerate().all(|(place, &statistic)| statistic as usize == place));
        assert_eq!((Statistic::DEFAULT.len(), Statistic::DEFAULT.last()), (10, Some(&Statistic::Dvar2)));
    }
}
