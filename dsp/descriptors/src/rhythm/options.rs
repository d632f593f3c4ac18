//! Options of the rhythm analyzer.

use std::ops::RangeInclusive;

use earmark_dsp::DspError;

use super::degara::DegaraOptions;
use crate::DescriptorError;

/// Accepted slowest tempos in BPM.
const MIN_TEMPO: RangeInclusive<u32> = 40..=180;
/// Accepted fastest tempos in BPM.
const MAX_TEMPO: RangeInclusive<u32> = 60..=250;

/// Beat tracker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum BeatMethod {
    /// Tracker on the complex deviation.
    #[default]
    Degara,
    /// Tracker on five detection functions, of which the one is taken that agrees best with the others. Costs about four
    /// times as much.
    Multifeature,
}

/// Options of [`super::Rhythm`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RhythmOptions {
    /// Beat tracker (default [`BeatMethod::Degara`]).
    pub method: BeatMethod,
    /// Slowest tempo in BPM, 40 to 180 (default 40).
    pub min_tempo: u32,
    /// Fastest tempo in BPM, 60 to 250 and above the slowest (default 208).
    pub max_tempo: u32,
    /// Whether the values are those of the reference where it has faults, for classifiers that were trained with it
    /// (default false): `rhythm.bpm_histogram_first_peak_weight` is the spread of the peak, and a single beat is none.
    pub compat: bool,
}

impl Default for RhythmOptions {
    fn default() -> Self {
        Self { method: BeatMethod::default(), min_tempo: 40, max_tempo: 208, compat: false }
    }
}

impl RhythmOptions {
    /// Returns the options of the tracker if the tempos are in range.
    pub(super) fn checked(&self) -> Result<DegaraOptions, DescriptorError> {
        let Self { min_tempo, max_tempo, .. } = *self;
        check("minimum tempo in BPM", min_tempo, MIN_TEMPO)?;
        check("maximum tempo in BPM", max_tempo, (min_tempo + 1).max(*MAX_TEMPO.start())..=*MAX_TEMPO.end())?;
        Ok(DegaraOptions {
            min_tempo: f64::from(min_tempo),
            max_tempo: f64::from(max_tempo),
            ..DegaraOptions::default()
        })
    }
}

fn check(what: &'static str, got: u32, range: RangeInclusive<u32>) -> Result<(), DescriptorError> {
    if range.contains(&got) {
        return Ok(());
    }
    let expected = format!("{} to {}", range.start(), range.end());
    Err(DspError::Size { what, expected, got: usize::try_from(got).unwrap_or(usize::MAX) }.into())
}
