//! Onset detectors: sudden rises of the level in a frequency range.
//!
//! The level of a range, averaged over a few blocks of 2.5 ms, is compared with its maximum a moment before. It has to rise
//! by more than a fixed number of decibels, by more than its usual changes (which are large in noise), to no less than 20 dB
//! below the strongest of the last seconds, and to add more power than other ranges do. After an onset the detector rests.

use super::band_filters::{BANDS, PerBand, band};
use super::values::{Onset, OnsetBand};

/// Number of blocks per second.
pub(super) const BLOCKS_PER_S: u32 = 400;
/// Length of the history in blocks: more than the longest average, gap and reference together.
const HISTORY: usize = 64;
/// Number of blocks after the start before which nothing is detected, because the level before is not known.
const WARM_UP_BLOCKS: u64 = 40;

/// Level added to every level: quieter sounds do not count.
const FLOOR_DB: f64 = -70.0;
/// Level of the quietest onset, above the floor.
const MIN_ABOVE_FLOOR_DB: f64 = 14.0;
/// Level of the quietest onset, relative to the strongest of the last seconds.
const MIN_RELATIVE_DB: f64 = -20.0;
/// Decay of the strongest level, in dB per second.
const DECAY_DB_PER_S: f64 = 6.0;
/// Time constant of the usual change of the level, in seconds.
const CHANGE_TIME_S: f64 = 1.5;
/// Largest change that counts in the usual change, in dB.
const MAX_CHANGE_DB: f64 = 12.0;
/// Ratio of the rise of an onset to the usual change.
const CHANGE_RATIO: f64 = 3.0;
/// Rise above the level before at which an onset begins, in dB.
const BEGIN_RISE_DB: f64 = 3.0;

/// Parameters of the detector of one range.
struct Parameters {
    onset: OnsetBand,
    band: usize,
    /// Number of averaged blocks.
    average: usize,
    /// Number of blocks between the newest block and the reference.
    gap: usize,
    /// Number of blocks of the reference.
    reference: usize,
    /// Number of blocks after an onset without another one.
    rest: u64,
    /// Least rise, in dB.
    rise_db: f64,
    /// Other bands, and the least ratio of the added power to theirs, in dB.
    rivals: &'static [(usize, f64)],
    /// Delay of the filter at an onset, in seconds.
    delay_s: f64,
}

const PARAMETERS: [Parameters; 3] = [
    Parameters {
        onset: OnsetBand::Kick,
        band: band::KICK,
        average: 4,
        gap: 6,
        reference: 16,
        rest: 32,
        rise_db: 6.0,
        rivals: &[(band::BODY, -4.0), (band::SNARE, -4.0)],
        delay_s: 0.0035,
    },
    Parameters {
        onset: OnsetBand::Snare,
        band: band::SNARE,
        average: 2,
        gap: 5,
        reference: 16,
        rest: 32,
        rise_db: 6.0,
        rivals: &[(band::HAT, -4.0), (band::KICK, -12.0), (band::BODY, -14.0)],
        delay_s: 0.0005,
    },
    Parameters {
        onset: OnsetBand::Hat,
        band: band::HAT,
        average: 2,
        gap: 5,
        reference: 20,
        rest: 22,
        rise_db: 8.0,
        rivals: &[(band::SNARE, 4.0)],
        delay_s: 0.0,
    },
];

/// Detectors of all ranges.
#[derive(Debug, Clone)]
pub(super) struct OnsetDetectors {
    /// Mean squares of the last blocks.
    powers: Ring<PerBand>,
    /// Number of blocks so far.
    blocks: u64,
    states: [BandState; PARAMETERS.len()],
}

/// State of the detector of one range.
#[derive(Debug, Clone)]
struct BandState {
    /// Averaged levels of the last blocks, in dB.
    levels_db: Ring<f64>,
    /// Mean change of the level over the length of the average, in dB.
    change_db: f64,
    /// Strongest level of the last seconds, in dB.
    strongest_db: f64,
    /// Strongest level at a trigger of the last seconds, in dB.
    strongest_trigger_db: f64,
    /// Block of the last onset.
    last: Option<u64>,
}

/// Last values, by age.
#[derive(Debug, Clone)]
struct Ring<T> {
    values: [T; HISTORY],
    newest: usize,
}

impl<T: Copy> Ring<T> {
    fn new(value: T) -> Self {
        Self { values: [value; HISTORY], newest: 0 }
    }

    fn push(&mut self, value: T) {
        self.newest = (self.newest + 1) % HISTORY;
        self.values[self.newest] = value;
    }

    /// Returns the value that is `age` blocks old, 0 to `HISTORY - 1`.
    fn get(&self, age: usize) -> T {
        self.values[(self.newest + HISTORY - age) % HISTORY]
    }
}

impl OnsetDetectors {
    pub(super) fn new() -> Self {
        let state = BandState {
            levels_db: Ring::new(FLOOR_DB),
            change_db: 1.0,
            strongest_db: FLOOR_DB,
            strongest_trigger_db: FLOOR_DB,
            last: None,
        };
        Self { powers: Ring::new([0.0; BANDS]), blocks: 0, states: std::array::from_fn(|_| state.clone()) }
    }

    /// Adds the mean squares of a block, and calls `out` with the onsets that it completes. Real-time safe.
    pub(super) fn push(&mut self, powers: PerBand, out: &mut dyn FnMut(Onset)) {
        self.powers.push(powers);
        self.blocks += 1;
        for (state, of) in self.states.iter_mut().zip(&PARAMETERS) {
            if let Some(onset) = state.detect(of, &self.powers, self.blocks) {
                out(onset);
            }
        }
    }

    pub(super) fn reset(&mut self) {
        *self = Self::new();
    }
}

impl BandState {
    /// Updates the state with the newest of `powers`, which is that of block number `blocks`, counted from 1.
    fn detect(&mut self, of: &Parameters, powers: &Ring<PerBand>, blocks: u64) -> Option<Onset> {
        let level_db = 10.0 * (averaged(powers, of.band, of.average) + 10_f64.powf(FLOOR_DB / 10.0)).log10();
        self.levels_db.push(level_db);
        let reference_db = self.reference(of).fold(f64::NEG_INFINITY, f64::max);
        let rise_db = level_db - reference_db;
        let is_onset = rise_db >= of.rise_db.max(CHANGE_RATIO * self.change_db)
            && level_db > FLOOR_DB + MIN_ABOVE_FLOOR_DB
            && level_db >= self.strongest_db + MIN_RELATIVE_DB
            && blocks > WARM_UP_BLOCKS
            && self.last.is_none_or(|last| blocks - last > of.rest)
            && adds_most(of, powers);
        let change_db = (level_db - self.levels_db.get(of.average)).abs().min(MAX_CHANGE_DB);
        self.change_db += (change_db - self.change_db) / (f64::from(BLOCKS_PER_S) * CHANGE_TIME_S);
        let decay_db = DECAY_DB_PER_S / f64::from(BLOCKS_PER_S);
        self.strongest_db = level_db.max(self.strongest_db - decay_db);
        self.strongest_trigger_db = (self.strongest_trigger_db - decay_db).max(FLOOR_DB);
        if !is_onset {
            return None;
        }
        self.last = Some(blocks);
        self.strongest_trigger_db = self.strongest_trigger_db.max(level_db);
        let strength = 10_f64.powf((level_db - self.strongest_trigger_db) / 20.0) as f32;
        // The middle of the first block above the level before.
        let begin_db = reference_db + BEGIN_RISE_DB;
        let age = (1..of.gap).take_while(|&age| self.levels_db.get(age) > begin_db).last().unwrap_or(0);
        let time_s = ((blocks - age as u64) as f64 - 0.5) / f64::from(BLOCKS_PER_S) - of.delay_s;
        Some(Onset { band: of.onset, time_s: time_s.max(0.0), strength })
    }

    /// Returns the levels of the reference.
    fn reference(&self, of: &Parameters) -> impl Iterator<Item = f64> {
        (of.gap..=of.gap + of.reference).map(|age| self.levels_db.get(age))
    }
}

/// Returns the mean power of a band over its newest blocks.
fn averaged(powers: &Ring<PerBand>, band: usize, blocks: usize) -> f64 {
    (0..blocks).map(|age| powers.get(age)[band]).sum::<f64>() / blocks as f64
}

/// Whether the band adds more power than its rivals, each with its ratio.
fn adds_most(of: &Parameters, powers: &Ring<PerBand>) -> bool {
    let added = |band: usize| {
        let reference: f64 = (of.gap..=of.gap + of.reference).map(|age| powers.get(age)[band]).sum();
        averaged(powers, band, of.average) - reference / (of.reference + 1) as f64
    };
    let own = added(of.band);
    of.rivals.iter().all(|&(rival, ratio_db)| own >= added(rival) * 10_f64.powf(ratio_db / 10.0))
}
