//! Waiting of the host's thread for the worker thread: in offline renders, never in real time.

use std::sync::atomic::Ordering::Relaxed;
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use crate::lead::Lead;
use crate::link::Progress;
use crate::status::{SeparationState, StreamStatus, add};

/// Time without progress of the worker thread after which a block of an offline render goes on.
const STALL_TIMEOUT: Duration = Duration::from_secs(30);

/// The same time after one block has gone on, so that the host does not hang at every block.
const RETRY_TIMEOUT: Duration = Duration::from_millis(500);

/// Part of the lead over real time that is never spent with waiting, in seconds.
const LEAD_RESERVE_S: f64 = 0.1;

/// Interval at which a waiting thread looks for progress.
const POLL_INTERVAL: Duration = Duration::from_micros(200);

/// Permission to wait.
#[derive(Debug)]
pub(crate) enum Patience {
    /// Real time.
    Never,
    /// Unknown process mode: only the time by which the host is ahead of real time is spent.
    WhileAhead(Lead),
    /// Offline render.
    Offline {
        /// Whether a block has gone on without its vocals.
        timed_out: bool,
    },
}

/// Barrier at which the host's thread waits.
pub(crate) struct RenderWait {
    patience: Patience,
    worker: Thread,
    /// Longest wait in the current block.
    budget: Duration,
}

impl RenderWait {
    pub(crate) fn new(patience: Patience, worker: Thread) -> Self {
        Self { patience, worker, budget: Duration::ZERO }
    }

    /// Whether a block may wait, and so allocate.
    pub(crate) fn may_wait(&self) -> bool {
        !matches!(self.patience, Patience::Never)
    }

    /// Starts a block of `block_s` seconds. Returns whether the block may wait. Real-time safe.
    pub(crate) fn begin_block(&mut self, block_s: f64) -> bool {
        self.budget = match &mut self.patience {
            Patience::Never => Duration::ZERO,
            Patience::WhileAhead(lead) => {
                let lead_s = lead.add_block(Instant::now(), block_s);
                Duration::from_secs_f64((lead_s - LEAD_RESERVE_S).max(0.0))
            }
            Patience::Offline { timed_out } => {
                if *timed_out {
                    RETRY_TIMEOUT
                } else {
                    STALL_TIMEOUT
                }
            }
        };
        !self.budget.is_zero()
    }

    /// Waits until `ready` returns true, if the block may wait.
    pub(crate) fn wait(&mut self, status: &StreamStatus, progress: &Progress, ready: impl Fn() -> bool) {
        if self.budget.is_zero() || ready() {
            return;
        }
        let offline = matches!(self.patience, Patience::Offline { .. });
        let mut start = Instant::now();
        let mut processed = progress.processed.load(Relaxed);
        loop {
            self.worker.unpark();
            thread::sleep(POLL_INTERVAL);
            if ready() || status.state() == SeparationState::Failed {
                break;
            }
            let now = progress.processed.load(Relaxed);
            if offline && now != processed {
                (start, processed) = (Instant::now(), now);
            }
            if start.elapsed() >= self.budget {
                if let Patience::Offline { timed_out } = &mut self.patience {
                    *timed_out = true;
                    self.budget = RETRY_TIMEOUT;
                    add(&status.render_timeouts, 1);
                }
                break;
            }
        }
        if !offline {
            self.budget = self.budget.saturating_sub(start.elapsed());
        }
    }
}
