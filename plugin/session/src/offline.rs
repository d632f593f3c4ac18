//! Offline renders: the host's thread blocks until the worker thread caught up, so that no audio is dropped.
//!
//! The wait is bounded. If the worker stalls, the render goes on without it and the timeout is counted.

use std::time::{Duration, Instant};

use earmark_dsp::{StreamHandle, Tap};

use crate::stream_analyzer::StreamAnalyzer;

/// Time without progress of the worker after which a block stops waiting. Longer than loading the largest models takes
/// on a slow and busy machine.
const STALL_TIMEOUT: Duration = Duration::from_secs(30);

/// Time without progress of the worker after which the end of a take stops waiting, once a block has timed out.
const RETRY_TIMEOUT: Duration = Duration::from_millis(500);

/// Source time after which an unverified offline flag is classified, in seconds. Shorter than the ring.
const CHECK_WINDOW_S: f64 = 1.0;

/// Largest ratio of wall time to source time that counts as an offline render. Well below 1, because hosts that play
/// may send several blocks at once when playback starts.
const MAX_RENDER_TIME_RATIO: f64 = 0.7;

/// Process mode of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Playback, in real time or ahead of it. Never blocks.
    #[default]
    Realtime,
    /// Offline render. Blocks until the analysis caught up.
    Offline,
    /// Offline render according to a host flag that may be out of date. A block is never waited for before blocks have
    /// arrived faster than real time for 1 s of source.
    UnverifiedOffline,
}

/// Barrier at which the host's thread waits for the worker thread in offline renders.
#[derive(Debug, Default)]
pub(crate) struct RenderBarrier {
    mode: Mode,
    timed_out: bool,
    check: OfflineCheck,
}

/// State of the check of an unverified offline flag.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
enum OfflineCheck {
    #[default]
    Pending,
    /// Running: start, and source time since then in seconds.
    Running(Instant, f64),
    Offline,
    RealTime,
}

impl RenderBarrier {
    pub(crate) fn new(mode: Mode) -> Self {
        Self { mode, timed_out: false, check: OfflineCheck::Pending }
    }

    /// Adds a block of `block_s` seconds that starts now to the check of an unverified offline flag. Returns true once,
    /// when the timing shows that the host plays in real time. Real-time safe on systems whose monotonic clock does not
    /// enter the kernel.
    pub(crate) fn add_block(&mut self, block_s: f64) -> bool {
        if self.mode != Mode::UnverifiedOffline {
            return false;
        }
        self.check = match self.check {
            OfflineCheck::Pending => OfflineCheck::Running(Instant::now(), block_s),
            OfflineCheck::Running(start, source_s) => classify(start, start.elapsed().as_secs_f64(), source_s, block_s),
            OfflineCheck::Offline | OfflineCheck::RealTime => return false,
        };
        self.check == OfflineCheck::RealTime
    }

    /// Blocks in an offline render until all pushed audio is processed. Returns false if this wait timed out; later
    /// calls then return at once, so that the host does not hang at every block.
    pub(crate) fn wait(&mut self, tap: &mut Tap, handle: &StreamHandle<StreamAnalyzer>) -> bool {
        let offline = match self.mode {
            Mode::Realtime => false,
            Mode::Offline => true,
            Mode::UnverifiedOffline => self.check == OfflineCheck::Offline,
        };
        if !offline || self.timed_out {
            return true;
        }
        let drained = drain(tap, handle, STALL_TIMEOUT);
        self.timed_out = !drained;
        drained
    }

    /// Blocks at the end of a take, unless the mode is real time, until all pushed audio is processed and the report is
    /// written. After a timeout the worker writes the report, or publishes the error, later. If an earlier wait timed
    /// out, the timeout is [`RETRY_TIMEOUT`].
    pub(crate) fn finish(&mut self, tap: &mut Tap, handle: &StreamHandle<StreamAnalyzer>) {
        if self.mode != Mode::Realtime {
            let timeout = if self.timed_out { RETRY_TIMEOUT } else { STALL_TIMEOUT };
            self.timed_out |= !drain(tap, handle, timeout);
        }
    }
}

/// Returns the next state of a check that began at `start`, when a block of `block_s` seconds arrives `elapsed_s`
/// seconds later and `source_s` seconds of audio came before it.
fn classify(start: Instant, elapsed_s: f64, source_s: f64, block_s: f64) -> OfflineCheck {
    if source_s < CHECK_WINDOW_S {
        OfflineCheck::Running(start, source_s + block_s)
    } else if elapsed_s < source_s * MAX_RENDER_TIME_RATIO {
        OfflineCheck::Offline
    } else {
        OfflineCheck::RealTime
    }
}

/// Blocks until all pushed audio is processed. Returns false if the worker made no progress for `timeout`.
pub(crate) fn drain(tap: &mut Tap, handle: &StreamHandle<StreamAnalyzer>, timeout: Duration) -> bool {
    loop {
        let all = tap.flush_marks();
        let before = handle.report().processed;
        match handle.wait_for_position(tap.position(), timeout) {
            true if all => return true,
            true => {}
            false if handle.report().processed == before => return false,
            false => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offline_flag_is_accepted_when_blocks_arrive_faster_than_real_time() {
        for (block_s, share, burst_blocks, expected) in [
            (0.01, 0.01, 0.0, OfflineCheck::Offline),
            (0.01, 0.6, 0.0, OfflineCheck::Offline),
            (0.01, 1.0, 0.0, OfflineCheck::RealTime),
            (0.02, 1.0, 10.0, OfflineCheck::RealTime),
            (0.17, 1.0, 1.0, OfflineCheck::RealTime),
            (0.17, 0.05, 0.0, OfflineCheck::Offline),
            (0.01, 3.0, 0.0, OfflineCheck::RealTime),
            (6.0, 0.001, 0.0, OfflineCheck::Offline),
        ] {
            let start = Instant::now();
            let mut check = OfflineCheck::Running(start, block_s);
            while let OfflineCheck::Running(start, source_s) = check {
                let elapsed_s = ((source_s - burst_blocks * block_s) * share).max(0.0);
                check = classify(start, elapsed_s, source_s, block_s);
            }
            assert_eq!(check, expected, "blocks of {block_s} s at {share} of real time");
        }
    }

    #[test]
    fn real_time_detection_fires_once() {
        let mut barrier = RenderBarrier::new(Mode::UnverifiedOffline);
        assert!(!barrier.add_block(0.5));
        let OfflineCheck::Running(start, _) = barrier.check else { panic!("{:?}", barrier.check) };
        // Simulates a start two seconds ago.
        barrier.check = OfflineCheck::Running(start.checked_sub(Duration::from_secs(2)).unwrap(), 1.0);
        assert!(barrier.add_block(0.5));
        assert!(!barrier.add_block(0.5));
        let mut barrier = RenderBarrier::new(Mode::Offline);
        assert!(!barrier.add_block(9.0) && !barrier.add_block(9.0), "a verified mode is not checked");
    }
}
