//! Parallel execution with results in order.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};

/// Number of results per job that may wait for a slow item before them; bounds the memory.
const MAX_AHEAD: usize = 16;
/// Interval between two polls of [`StopSignal::is_stopped`].
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Condition under which a run ends early.
pub trait StopSignal<T> {
    /// Whether the run shall end: no further item is started.
    fn is_stopped(&self) -> bool;

    /// Returns the time that `item` gets to end by itself after a stop. Afterwards its thread is abandoned, because it may be
    /// blocked in reading.
    fn stop_timeout(&self, item: &T) -> Duration;
}

/// Signal that never stops a run.
#[derive(Debug, Clone, Copy, Default)]
pub struct NeverStopped;

impl<T> StopSignal<T> for NeverStopped {
    fn is_stopped(&self) -> bool {
        false
    }

    fn stop_timeout(&self, _: &T) -> Duration {
        Duration::MAX
    }
}

/// State that the threads of a run share.
struct SharedRun<T, W> {
    items: Vec<T>,
    work: W,
    next: AtomicUsize,
    is_ended: AtomicBool,
}

/// Runs `work` on up to `jobs` items in parallel. Passes each result to `handle` on the calling thread, in the order of
/// the items, until `handle` breaks or `stop` ends the run. Results that wait for an earlier item are bounded in number.
/// A panic of `work` is resumed at the end. Blocks.
pub fn run_ordered<T, R, W>(
    items: Vec<T>,
    jobs: usize,
    stop: &dyn StopSignal<T>,
    work: W,
    mut handle: impl FnMut(&T, R) -> ControlFlow<()>,
) where
    T: Send + Sync + 'static,
    R: Send + 'static,
    W: Fn(&T) -> R + Send + Sync + 'static,
{
    let jobs = jobs.min(items.len());
    let max_ahead = jobs * MAX_AHEAD;
    let run = Arc::new(SharedRun { items, work, next: AtomicUsize::new(0), is_ended: AtomicBool::new(false) });
    let (done, results) = bounded(max_ahead);
    // A worker takes a permit before an item, and gets one back when the result of an item was handled.
    let (permit, permits) = bounded(max_ahead);
    (0..max_ahead).for_each(|_| give(&permit));
    let mut workers = Vec::new();
    for _ in 0..jobs {
        let (run, done, permits) = (Arc::clone(&run), done.clone(), permits.clone());
        workers.push(thread::spawn(move || {
            while permits.recv().is_ok()
                && !run.is_ended.load(Relaxed)
                && let i = run.next.fetch_add(1, Relaxed)
                && let Some(item) = run.items.get(i)
            {
                if done.send((i, (run.work)(item))).is_err() {
                    break;
                }
            }
        }));
    }
    drop((done, permits));

    // Results from item `first` on.
    let mut waiting: VecDeque<Option<R>> = VecDeque::new();
    let mut first = 0;
    let mut permit = Some(permit);
    let mut stopped: Option<Instant> = None;
    let mut is_broken = false;
    loop {
        match results.recv_timeout(POLL_INTERVAL) {
            Ok((i, result)) => {
                waiting.resize_with(waiting.len().max(i - first + 1), || None);
                waiting[i - first] = Some(result);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        while let Some(result) = waiting.front_mut().and_then(Option::take) {
            waiting.pop_front();
            if !is_broken {
                is_broken = handle(&run.items[first], result).is_break();
            }
            first += 1;
            permit.iter().for_each(give);
        }
        if is_broken || stop.is_stopped() {
            run.is_ended.store(true, Relaxed);
            // Ends the workers that wait for a permit.
            permit = None;
            let since = *stopped.get_or_insert_with(Instant::now);
            let started = run.next.load(Relaxed).min(run.items.len());
            let is_running = |i: &usize| waiting.get(i - first).is_none_or(Option::is_none);
            let running = (first..started).filter(is_running);
            let timeout = running.map(|i| stop.stop_timeout(&run.items[i])).max().unwrap_or_default();
            if since.elapsed() >= timeout {
                return;
            }
        }
    }
    for worker in workers {
        if let Err(panic) = worker.join() {
            panic::resume_unwind(panic);
        }
    }
}

fn give(permit: &Sender<()>) {
    // The channel has room for all permits; it is closed when all workers have ended.
    let _ = permit.try_send(());
}
