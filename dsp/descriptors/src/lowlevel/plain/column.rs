//! Columns of a frame in the record.

pub(super) const MEL_BANDS: usize = 40;
pub(super) const FINE_MEL_BANDS: usize = 128;
pub(super) const ERB_BANDS: usize = 40;
pub(super) const BARK_BANDS: usize = 27;

pub(super) const MEAN_SQUARE: usize = 0;
pub(super) const CROSSINGS: usize = 1;
/// Zero crossings with noise in place of zeros.
pub(super) const NOISY_CROSSINGS: usize = 2;
pub(super) const DECREASE: usize = 3;
pub(super) const ROLLOFF: usize = 4;
pub(super) const ENERGY: usize = 5;
pub(super) const ENERGY_BANDS: usize = 6;
pub(super) const HFC: usize = 10;
pub(super) const FLUX: usize = 11;
pub(super) const STRONG_PEAK: usize = 12;
pub(super) const SALIENCE: usize = 13;
/// Spread, skewness, kurtosis, crest and flatness of a set of bands.
pub(super) const BARK_SHAPE: usize = 14;
pub(super) const ERB_SHAPE: usize = 19;
pub(super) const MEL_SHAPE: usize = 24;
pub(super) const BARK: usize = 29;
pub(super) const ERB: usize = BARK + BARK_BANDS;
pub(super) const MEL: usize = ERB + ERB_BANDS;
pub(super) const FINE_MEL: usize = MEL + MEL_BANDS;
pub(super) const WIDTH: usize = FINE_MEL + FINE_MEL_BANDS;
