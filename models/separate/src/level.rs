//! Level of the mix, to which the magnitudes are scaled before the networks.
//!
//! The networks are not invariant to gain: music 30 dB below the level of usual masters is not separated. The gain changes
//! only what the networks receive, so the level of the stems does not change.

/// Levels between which nothing is scaled, in dBFS RMS.
const RANGE_DBFS: (f64, f64) = (-24.0, -12.0);
/// Level to which other streams are scaled.
const TARGET_DBFS: f64 = -18.0;
/// Minimum and maximum of the gain in dB.
const GAIN_RANGE_DB: (f64, f64) = (-12.0, 40.0);
/// Level below which a frame is silence.
pub(crate) const SILENCE_DBFS: f64 = -70.0;
/// Frames that are quieter than the loudest one by more than this are not measured.
const GATE_BELOW_LOUDEST_DB: f64 = 30.0;

/// Resolution of the histogram of frame levels.
const STEPS_PER_DB: f64 = 10.0;
/// Upper end of the histogram.
const MAX_DBFS: f64 = 130.0;

/// Duration of a measured frame in seconds: 1024 samples at 44.1 kHz.
const FRAME_S: f64 = 1024.0 / 44_100.0;

/// Meter of the level of a whole stream in constant memory: RMS of all channels over the frames that are louder than
/// -70 dBFS and at most 30 dB quieter than the loudest frame.
#[derive(Debug, Clone)]
pub struct LevelMeter {
    /// Sum of the powers, and number, of the frames of each level.
    histogram: Vec<(f64, u64)>,
    loudest: f64,
    frame_len: usize,
    energy: f64,
    filled: usize,
}

impl LevelMeter {
    /// Creates a meter for a stream of `rate_hz`.
    #[must_use]
    pub fn new(rate_hz: f64) -> Self {
        let levels = ((MAX_DBFS - SILENCE_DBFS) * STEPS_PER_DB) as usize + 1;
        let frame_len = ((rate_hz * FRAME_S).round() as usize).max(1);
        Self { histogram: vec![(0.0, 0); levels], loudest: 0.0, frame_len, energy: 0.0, filled: 0 }
    }

    /// Measures a block: one slice per channel, of equal lengths. NaN and infinite samples count as silence.
    pub fn push(&mut self, channels: &[&[f32]]) {
        let len = channels.first().map_or(0, |channel| channel.len());
        let mut start = 0;
        while start < len {
            let end = len.min(start + self.frame_len - self.filled);
            for channel in channels {
                let samples = channel[start..end].iter().filter(|sample| sample.is_finite());
                self.energy += samples.map(|&sample| f64::from(sample).powi(2)).sum::<f64>() / channels.len() as f64;
            }
            self.filled += end - start;
            start = end;
            if self.filled == self.frame_len {
                self.complete();
            }
        }
    }

    fn complete(&mut self) {
        let power = self.energy / self.frame_len as f64;
        (self.energy, self.filled) = (0.0, 0);
        let above_silence = decibels(power) - SILENCE_DBFS;
        if above_silence > 0.0 {
            self.loudest = self.loudest.max(power);
            let level = ((above_silence * STEPS_PER_DB) as usize).min(self.histogram.len() - 1);
            self.histogram[level].0 += power;
            self.histogram[level].1 += 1;
        }
    }

    /// Returns the level so far in dBFS RMS; `None` if everything was silence.
    #[must_use]
    pub fn level_dbfs(&self) -> Option<f64> {
        let gate = decibels(self.loudest) - GATE_BELOW_LOUDEST_DB - SILENCE_DBFS;
        let first = (gate.max(0.0) * STEPS_PER_DB) as usize;
        let measured = self.histogram.get(first..)?.iter();
        let (power, frames) = measured.fold((0.0, 0), |(power, frames), (p, n)| (power + p, frames + n));
        (frames > 0).then(|| decibels(power / frames as f64))
    }

    /// Returns the gain for the networks: 1 for a stream of usual level.
    #[must_use]
    pub fn gain(&self) -> f32 {
        10_f64.powf(self.level_dbfs().map_or(0.0, gain_db) / 20.0) as f32
    }
}

/// Returns the gain in dB for a level.
fn gain_db(level_dbfs: f64) -> f64 {
    if (RANGE_DBFS.0..=RANGE_DBFS.1).contains(&level_dbfs) {
        return 0.0;
    }
    (TARGET_DBFS - level_dbfs).clamp(GAIN_RANGE_DB.0, GAIN_RANGE_DB.1)
}

pub(crate) fn decibels(power: f64) -> f64 {
    10.0 * power.max(1e-30).log10()
}

/// Time constant of the level of a live stream in seconds.
const TIME_CONSTANT_S: f64 = 5.0;
/// Time after which a frame no longer counts as the loudest one, in seconds.
const LOUDEST_DECAY_S: f64 = 10.0;
/// Maximum change of the gain from run to run.
const MAX_STEP_DB: f64 = 1.0;
/// Difference from the wanted gain below which the gain does not change.
const HYSTERESIS_DB: f64 = 3.0;

/// Gain of a live stream: follows the level of the last seconds in steps of at most 1 dB per run.
#[derive(Debug, Clone, Default)]
pub(crate) struct LiveGain {
    power: f64,
    loudest: f64,
    frames: u64,
    gain_db: Option<f64>,
    moving: bool,
}

impl LiveGain {
    /// Measures a frame of power `power`.
    pub(crate) fn push(&mut self, power: f64) {
        self.loudest = power.max(self.loudest * (1.0 - FRAME_S / LOUDEST_DECAY_S));
        let level = decibels(power);
        if level <= SILENCE_DBFS || level < decibels(self.loudest) - GATE_BELOW_LOUDEST_DB {
            return;
        }
        self.frames += 1;
        // The mean of all frames at the start, then of the time constant.
        let weight = (FRAME_S / TIME_CONSTANT_S).max(1.0 / self.frames as f64);
        self.power += weight * (power - self.power);
    }

    /// Returns the gain of the next run.
    pub(crate) fn next(&mut self) -> f32 {
        if self.frames == 0 {
            return 1.0;
        }
        let wanted = gain_db(decibels(self.power));
        let gain = match self.gain_db {
            None => wanted,
            Some(gain) => {
                let difference = wanted - gain;
                self.moving = difference.abs() > if self.moving { MAX_STEP_DB } else { HYSTERESIS_DB };
                if self.moving { gain + difference.clamp(-MAX_STEP_DB, MAX_STEP_DB) } else { gain }
            }
        };
        self.gain_db = Some(gain);
        10_f64.powf(gain / 20.0) as f32
    }

    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metered(level: f32) -> LevelMeter {
        let mut meter = LevelMeter::new(44_100.0);
        let loud: Vec<f32> = (0..44_100).map(|i| level * if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
        let pause = vec![0.0; 44_100];
        for block in [&loud, &pause] {
            block.chunks(700).for_each(|part| meter.push(&[part, part]));
        }
        meter
    }

    #[test]
    fn usual_levels_are_not_scaled_and_pauses_do_not_count() {
        for (level, gain) in [(0.1, 1.0), (0.25, 1.0), (0.001_258_9, 100.0), (1.0, 0.251_188_6), (0.0, 1.0)] {
            let got = metered(level).gain();
            assert!((got / gain - 1.0).abs() < 0.01, "{level}: {got}, expected {gain}");
        }
    }

    #[test]
    fn live_gain_changes_by_one_decibel_and_only_outside_the_hysteresis() {
        let mut gain = LiveGain::default();
        assert_eq!(gain.next(), 1.0, "silence");
        (0..400).for_each(|_| gain.push(1e-4));
        let first = 20.0 * gain.next().log10();
        assert!((first - 22.0).abs() < 0.1, "{first}");
        (0..2000).for_each(|_| gain.push(1e-3));
        let second = 20.0 * gain.next().log10();
        assert!((second - first + 1.0).abs() < 0.01, "{second}");
        let last = (0..40).map(|_| gain.next()).last().unwrap();
        assert!((20.0 * last.log10() - 12.0).abs() < 1.1, "{last}");
    }
}
