//! Operating modes: times of the runs and the declared latency.

use earmark_dsp::{DspError, SampleRate};
use earmark_separate::{HOP, Resampling, Schedule, SeparationMode};
use nice_plug::prelude::Enum;

/// Frames besides look-ahead, hop and deadline: the overlap-add of three frames.
const LIVE_OVERLAP_FRAMES: usize = 2;

/// Frames besides look-ahead and deadline in blocks: the overlap-add of four frames.
const BLOCK_OVERLAP_FRAMES: usize = 3;

/// Frames from a frame to the last one of its block, at most.
const BLOCK_LOOK_AHEAD_FRAMES: usize = 464;

/// Deadline of a block in frames (743 ms).
const BLOCK_DEADLINE_FRAMES: usize = 32;

/// Largest look-ahead of a schedule in frames.
const MAX_LOOK_AHEAD_FRAMES: usize = 31;

/// Compromise between latency, quality and load. Variant ids are part of saved sessions and never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum OperatingMode {
    /// 139 ms.
    #[id = "instant"]
    #[name = "Instant (139 ms)"]
    Instant,
    /// 186 ms.
    #[id = "tight"]
    #[name = "Tight (186 ms)"]
    Tight,
    /// 255 ms.
    #[id = "quick"]
    #[name = "Quick (255 ms)"]
    Quick,
    /// 418 ms, the default.
    #[id = "normal"]
    #[name = "Normal (418 ms)"]
    Normal,
    /// 511 ms.
    #[id = "relaxed"]
    #[name = "Relaxed (511 ms)"]
    Relaxed,
    /// 789 ms at half of the load of [`OperatingMode::Normal`].
    #[id = "light"]
    #[name = "Light (789 ms)"]
    Light,
    /// 1.35 s at a quarter of the load of [`OperatingMode::Normal`].
    #[id = "lightest"]
    #[name = "Lightest (1.35 s)"]
    Lightest,
    /// 11.6 s: the blocks that files are separated in.
    #[id = "blocks"]
    #[name = "Blocks, for renders (11.6 s)"]
    Blocks,
}

impl OperatingMode {
    /// All modes, by latency.
    pub const ALL: [Self; 8] = [
        Self::Instant,
        Self::Tight,
        Self::Quick,
        Self::Normal,
        Self::Relaxed,
        Self::Light,
        Self::Lightest,
        Self::Blocks,
    ];

    /// Returns the name without the latency.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Instant => "Instant",
            Self::Tight => "Tight",
            Self::Quick => "Quick",
            Self::Normal => "Normal",
            Self::Relaxed => "Relaxed",
            Self::Light => "Light",
            Self::Lightest => "Lightest",
            Self::Blocks => "Blocks",
        }
    }

    /// Returns hop, look-ahead and deadline in frames; none for blocks.
    pub(crate) fn frames(self) -> Option<[usize; 3]> {
        match self {
            Self::Instant => Some([2, 0, 2]),
            Self::Tight => Some([4, 0, 2]),
            Self::Quick => Some([4, 2, 3]),
            Self::Normal => Some([8, 4, 4]),
            Self::Relaxed => Some([8, 8, 4]),
            Self::Light => Some([16, 8, 8]),
            Self::Lightest => Some([32, 8, 16]),
            Self::Blocks => None,
        }
    }

    /// Returns the mode of the separator. An offline render has no deadline: its frames are added to the look-ahead.
    pub(crate) fn separator_mode(self, offline: bool) -> SeparationMode {
        match self.frames() {
            None => SeparationMode::Blocks,
            Some([hop, look_ahead, deadline]) => {
                let look_ahead = if offline { look_ahead + deadline } else { look_ahead };
                SeparationMode::Live(Schedule { hop, look_ahead: look_ahead.min(MAX_LOOK_AHEAD_FRAMES) })
            }
        }
    }
}

/// Declared latencies of all modes at one sample rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Latencies {
    rate: SampleRate,
    /// Latency of both resamplers in seconds, in the order of [`Resampling::ALL`].
    resampling_s: [f64; Resampling::ALL.len()],
}

impl Latencies {
    /// Measures the resamplers. Allocates.
    ///
    /// # Errors
    /// If the rate cannot be converted.
    pub(crate) fn new(rate: SampleRate) -> Result<Self, DspError> {
        let at_44100 = SampleRate::HZ_44100;
        let mut resampling_s = [0.0; Resampling::ALL.len()];
        for (kind, both_s) in Resampling::ALL.iter().zip(&mut resampling_s) {
            *both_s = kind.resampler(rate, at_44100)?.latency_s() + kind.resampler(at_44100, rate)?.latency_s();
        }
        Ok(Self { rate, resampling_s })
    }

    /// Returns the sample rate.
    pub(crate) fn rate(&self) -> SampleRate {
        self.rate
    }

    /// Returns the latency of a mode in samples: that of the table, converted to the rate, and both resamplers, rounded up.
    /// The samples by which `max_block` is longer than one frame (23 ms) are added, because all samples of a block are due
    /// when it arrives. Real-time safe.
    pub(crate) fn samples(&self, mode: OperatingMode, max_block: usize) -> usize {
        let frames = match mode.frames() {
            Some([hop, look_ahead, deadline]) => hop + look_ahead + LIVE_OVERLAP_FRAMES + deadline,
            None => BLOCK_LOOK_AHEAD_FRAMES + BLOCK_OVERLAP_FRAMES + BLOCK_DEADLINE_FRAMES,
        };
        let resampling_s = self.resampling_s[mode.separator_mode(false).resampling() as usize];
        let frame_s = HOP as f64 / SampleRate::HZ_44100.hz();
        let samples = (frames as f64 * frame_s + resampling_s) * self.rate.hz();
        // A sum of whole frames is a whole number of samples; its last bits are not.
        let samples = (samples - 1e-6).ceil() as usize;
        samples + max_block.saturating_sub((frame_s * self.rate.hz()) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_at_44100_hz_are_those_of_the_table() {
        let latencies = Latencies::new(SampleRate::HZ_44100).unwrap();
        let latencies = OperatingMode::ALL.map(|mode| latencies.samples(mode, 512));
        let expected = [6, 8, 11, 18, 22, 34, 58, 499].map(|frames| frames * 1024);
        assert_eq!(latencies, expected);
        for (mode, latency) in OperatingMode::ALL.iter().zip(latencies) {
            let name = OperatingMode::variants()[mode.to_index()];
            let ms = latency as f64 / 44.1;
            let text = match ms {
                ..1000.0 => format!("{ms:.0} ms"),
                ..10_000.0 => format!("{:.2} s", ms / 1000.0),
                _ => format!("{:.1} s", ms / 1000.0),
            };
            assert!(name.contains(&text), "{name}: {text}");
            assert!(name.starts_with(mode.label()), "{name}");
        }
    }

    #[test]
    fn latencies_at_other_rates_include_both_resamplers() {
        for (hz, at_most_ms) in [(48_000.0, 40.1), (96_000.0, 40.1), (22_050.0, 80.0)] {
            let rate = SampleRate::new(hz).unwrap();
            let latency = Latencies::new(rate).unwrap().samples(OperatingMode::Normal, 64);
            let added_ms = latency as f64 / hz * 1000.0 - 18.0 * 1024.0 / 44.1;
            assert!(added_ms > 10.0 && added_ms < at_most_ms, "{hz} Hz: {added_ms} ms");
        }
    }

    #[test]
    fn long_blocks_add_their_length() {
        let latencies = Latencies::new(SampleRate::HZ_44100).unwrap();
        let latency = |block| latencies.samples(OperatingMode::Quick, block);
        assert_eq!(latency(1), latency(1024));
        assert_eq!(latency(8192), latency(1) + 8192 - 1024);
    }

    #[test]
    fn ids_do_not_change() {
        let ids = ["instant", "tight", "quick", "normal", "relaxed", "light", "lightest", "blocks"];
        assert_eq!(OperatingMode::ids().unwrap(), ids);
        assert_eq!(OperatingMode::ALL.map(Enum::to_index), [0, 1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn offline_render_uses_its_deadline_as_look_ahead() {
        let schedule = |mode: OperatingMode| match mode.separator_mode(true) {
            SeparationMode::Live(schedule) => (schedule.hop, schedule.look_ahead),
            _ => (0, 0),
        };
        assert_eq!(schedule(OperatingMode::Normal), (8, 8));
        assert_eq!(schedule(OperatingMode::Lightest), (32, 24));
        assert_eq!(OperatingMode::Blocks.separator_mode(true), SeparationMode::Blocks);
    }
}
