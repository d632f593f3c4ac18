//! Offline renders: the host's thread waits for the analysis, so that nothing is left out and results are exact.
//!
//! The wait is bounded. When the worker does not come, the render goes on without it, and says so.

use std::time::{Duration, Instant};

use earmark_dsp::{StreamHandle, Tap};

use crate::stream_analyzer::StreamAnalyzer;

/// How long a block waits without anything being heard: more than loading the largest models takes on a slow and busy
/// machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long its end waits where a block has waited in vain: long enough to see that the worker has come back.
const GLANCE: Duration = Duration::from_millis(500);

/// How much source goes by before a claim is believed or not, in seconds: less than fits into the ring.
const TRIAL_S: f64 = 1.0;

/// The largest share of real time that an offline render takes for that. Hosts that play hand out a few blocks at once
/// when they begin, so it is well below 1.
const FAST: f64 = 0.7;

/// How the host processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// As the music plays, or ahead of that: nothing waits.
    #[default]
    Realtime,
    /// Offline.
    Offline,
    /// Offline as the host said, but perhaps at an earlier time. It is believed once the host turns out to be faster than the music, and until then, and
    /// otherwise, nothing waits.
    UnverifiedOffline,
}

/// Barrier at which the thread of an offline render waits for the analysis.
#[derive(Debug, Default)]
pub(crate) struct RenderBarrier {
    mode: Mode,
    given_up: bool,
    trial: Trial,
}

/// What is known of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
enum Trial {
    #[default]
    NotBegun,
    /// Since then so many seconds of source have come.
    Since(Instant, f64),
    Offline,
    Live,
}

impl RenderBarrier {
    pub(crate) fn new(mode: Mode) -> Self {
        Self { mode, given_up: false, trial: Trial::NotBegun }
    }

    /// Takes note of a block of so many seconds that begins now. True if the host turns out just now to play, whatever
    /// it claimed. Real-time safe: a claim is measured with a clock that does not enter the kernel where there is one.
    pub(crate) fn look(&mut self, block_s: f64) -> bool {
        if self.mode != Mode::UnverifiedOffline {
            return false;
        }
        self.trial = match self.trial {
            Trial::NotBegun => Trial::Since(Instant::now(), block_s),
            Trial::Since(begun, source_s) => judge(begun, begun.elapsed().as_secs_f64(), source_s, block_s),
            Trial::Offline | Trial::Live => return false,
        };
        self.trial == Trial::Live
    }

    /// Waits until everything pushed has been heard, if this is an offline render; false when it gave up just now. Once
    /// given up, it does not wait again: a host must not hang for every block.
    pub(crate) fn wait(&mut self, tap: &mut Tap, handle: &StreamHandle<StreamAnalyzer>) -> bool {
        let offline = match self.mode {
            Mode::Realtime => false,
            Mode::Offline => true,
            Mode::UnverifiedOffline => self.trial == Trial::Offline,
        };
        if !offline || self.given_up {
            return true;
        }
        let caught_up = catch_up(tap, handle, PATIENCE);
        self.given_up = !caught_up;
        caught_up
    }

    /// Waits for the end of a take, so that its report is there when the host asks for the file. If it does not come in
    /// time the report is written later, or tells why not. A host that has waited in vain already only looks whether
    /// something is heard again.
    pub(crate) fn finish(&mut self, tap: &mut Tap, handle: &StreamHandle<StreamAnalyzer>) {
        if self.mode != Mode::Realtime {
            let longest = if self.given_up { GLANCE } else { PATIENCE };
            self.given_up |= !catch_up(tap, handle, longest);
        }
    }
}

/// `elapsed_s` after a trial begun with the first of `source_s` seconds of audio, another block comes.
fn judge(begun: Instant, elapsed_s: f64, source_s: f64, block_s: f64) -> Trial {
    if source_s < TRIAL_S {
        Trial::Since(begun, source_s + block_s)
    } else if elapsed_s < source_s * FAST {
        Trial::Offline
    } else {
        Trial::Live
    }
}

/// Waits until everything pushed has been heard; false when for `longest` nothing was.
pub(crate) fn catch_up(tap: &mut Tap, handle: &StreamHandle<StreamAnalyzer>, longest: Duration) -> bool {
    loop {
        let all = tap.settle();
        let before = handle.report().heard;
        match handle.wait_until(tap.position(), longest) {
            true if all => return true,
            true => {}
            false if handle.report().heard == before => return false,
            false => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_believed_when_the_host_is_faster_than_the_music() {
        for (block_s, share, burst_blocks, expected) in [
            (0.01, 0.01, 0.0, Trial::Offline),
            (0.01, 0.6, 0.0, Trial::Offline),
            (0.01, 1.0, 0.0, Trial::Live),
            (0.02, 1.0, 10.0, Trial::Live),
            (0.17, 1.0, 1.0, Trial::Live),
            (0.17, 0.05, 0.0, Trial::Offline),
            (0.01, 3.0, 0.0, Trial::Live),
            (6.0, 0.001, 0.0, Trial::Offline),
        ] {
            let begun = Instant::now();
            let mut trial = Trial::Since(begun, block_s);
            while let Trial::Since(begun, source_s) = trial {
                let elapsed_s = ((source_s - burst_blocks * block_s) * share).max(0.0);
                trial = judge(begun, elapsed_s, source_s, block_s);
            }
            assert_eq!(trial, expected, "blocks of {block_s} s at {share} of real time");
        }
    }

    #[test]
    fn it_turns_out_once_that_a_host_plays() {
        let mut barrier = RenderBarrier::new(Mode::UnverifiedOffline);
        assert!(!barrier.look(0.5));
        let Trial::Since(begun, _) = barrier.trial else { panic!("{:?}", barrier.trial) };
        // As if that had been two seconds ago.
        barrier.trial = Trial::Since(begun.checked_sub(Duration::from_secs(2)).unwrap(), 1.0);
        assert!(barrier.look(0.5));
        assert!(!barrier.look(0.5));
        let mut barrier = RenderBarrier::new(Mode::Offline);
        assert!(!barrier.look(9.0) && !barrier.look(9.0), "no doubt, no trial");
    }
}
