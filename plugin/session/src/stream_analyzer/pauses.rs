//! Pauses of the music, after which another piece may begin.

use std::collections::VecDeque;

use earmark_dsp::SampleRate;

use crate::song_change::Pause;

/// Number of blocks per second.
const BLOCKS_PER_S: f64 = 10.0;
/// Number of blocks of which the mean is quiet in a pause.
const PAUSE_BLOCKS: usize = 4;
/// Number of blocks whose mean is the usual level: 60 s.
const USUAL_BLOCKS: usize = 600;
/// Level of a pause relative to the usual level, as a ratio of powers: -35 dB.
const RELATIVE_POWER: f64 = 3.162_277_660_168_379_5e-4;
/// Level below which everything is a pause, as a power: -60 dBFS.
const ABSOLUTE_POWER: f64 = 1e-6;
/// Least power that is distinguished: -120 dBFS.
const MIN_POWER: f64 = 1e-12;

/// Detector of pauses. Blocks of any size give the same pauses.
pub(super) struct PauseDetector {
    rate: SampleRate,
    /// Source time of the first sample in seconds.
    start_s: Option<f64>,
    samples: u64,
    blocks: u64,
    /// Energy and number of samples of the present block.
    open: (f64, u32),
    /// Mean squares of the last blocks, the newest last.
    powers: VecDeque<f64>,
    /// Source time in seconds of the begin of the present pause, and its least power.
    pause: Option<(f64, f64)>,
}

impl PauseDetector {
    pub(super) fn new(rate: SampleRate) -> Self {
        let powers = VecDeque::with_capacity(USUAL_BLOCKS + 1);
        Self { rate, start_s: None, samples: 0, blocks: 0, open: (0.0, 0), powers, pause: None }
    }

    /// Discards the samples before a discontinuity.
    pub(super) fn reset(&mut self) {
        *self = Self::new(self.rate);
    }

    /// Adds samples that begin at source time `start_s` (seconds), and calls `out` with each pause that ends.
    pub(super) fn push(&mut self, samples: &[f32], start_s: f64, out: &mut dyn FnMut(Pause)) {
        self.start_s.get_or_insert(start_s);
        let mut rest = samples;
        while !rest.is_empty() {
            let end = ((self.blocks + 1) as f64 * self.rate.hz() / BLOCKS_PER_S).round() as u64;
            let missing = usize::try_from(end.saturating_sub(self.samples).max(1)).unwrap_or(usize::MAX);
            let (part, after) = rest.split_at(rest.len().min(missing));
            for &sample in part {
                self.open.0 += f64::from(sample) * f64::from(sample);
            }
            self.open.1 += part.len() as u32;
            self.samples += part.len() as u64;
            rest = after;
            if self.samples >= end {
                self.blocks += 1;
                let (energy, count) = std::mem::take(&mut self.open);
                if let Some(pause) = self.end_block(energy / f64::from(count.max(1))) {
                    out(pause);
                }
            }
        }
    }

    fn end_block(&mut self, power: f64) -> Option<Pause> {
        self.powers.push_back(power);
        if self.powers.len() > USUAL_BLOCKS {
            self.powers.pop_front();
        }
        let count = self.powers.len();
        let usual = self.powers.iter().sum::<f64>() / count as f64;
        let quiet = (usual * RELATIVE_POWER).max(ABSOLUTE_POWER);
        let recent = self.powers.range(count.saturating_sub(PAUSE_BLOCKS)..).sum::<f64>() / PAUSE_BLOCKS as f64;
        let now_s = self.start_s.unwrap_or_default() + self.rate.seconds(self.samples);
        if self.pause.is_none() && count >= PAUSE_BLOCKS && recent < quiet {
            self.pause = Some((now_s - PAUSE_BLOCKS as f64 / BLOCKS_PER_S, recent));
        }
        if let Some((_, least)) = &mut self.pause {
            *least = least.min(recent);
        }
        let (start_s, least) = self.pause.take_if(|_| power > quiet)?;
        let level_db = 10.0 * least.max(MIN_POWER).log10();
        Some(Pause { start_s, end_s: now_s - 1.0 / BLOCKS_PER_S, level_db })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pauses(samples: &[f32], block: usize) -> Vec<Pause> {
        let rate = SampleRate::HZ_48000;
        let (mut detector, mut pauses, mut start_s) = (PauseDetector::new(rate), Vec::new(), 10.0);
        for samples in samples.chunks(block) {
            detector.push(samples, start_s, &mut |pause| pauses.push(pause));
            start_s += rate.seconds(samples.len() as u64);
        }
        pauses
    }

    #[test]
    fn pause_has_its_times_in_blocks_of_any_size() {
        let music = |seconds: f64| (0..(48_000.0 * seconds) as usize).map(|i| 0.3 * (i as f32 * 0.05).sin());
        let quiet = |seconds: f64| (0..(48_000.0 * seconds) as usize).map(|_| 1e-4_f32);
        let samples: Vec<f32> = music(5.0)
            .chain(quiet(2.0))
            .chain(music(3.0))
            .chain(quiet(0.2))
            .chain(music(1.0))
            .chain(quiet(3.0))
            .collect();
        let found = pauses(&samples, 512);
        assert_eq!(found.len(), 1, "a short gap is none, and the last one has not ended: {found:?}");
        assert!((found[0].start_s - 15.0).abs() < 0.11 && (found[0].end_s - 17.0).abs() < 0.11, "{found:?}");
        assert!((found[0].level_db + 80.0).abs() < 0.5, "{found:?}");
        for block in [1, 137, 4096] {
            assert_eq!(pauses(&samples, block), found, "blocks of {block}");
        }
    }
}
