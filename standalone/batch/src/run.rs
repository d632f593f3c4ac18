//! Run of the shards of a plan by worker processes of this machine.

use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::process;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::error::BatchError;
use crate::inputs::TrackInputs;
use crate::plan::{BatchPlan, ShardPlace};
use crate::progress::{RunRecord, WriteClock};
use crate::shard_run::ShardRunner;
use crate::store::ObjectStore;
use crate::worker_process::WorkerCommand;

/// Folders of an output in which a killed run may leave temporary files.
const FOLDERS: [&str; 4] = ["data", "bad", "plan", "progress"];

/// Shards that a run takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ShardSelection {
    /// All shards (default).
    #[default]
    All,
    /// Shards with these numbers, in every generation.
    Range(RangeInclusive<u32>),
    /// Every `count`-th shard, from number `index` on.
    Stride {
        /// Number of the task, 0 to `count - 1`.
        index: u32,
        /// Number of tasks.
        count: u32,
    },
}

impl ShardSelection {
    fn contains(&self, shard: u32) -> bool {
        match self {
            Self::All => true,
            Self::Range(range) => range.contains(&shard),
            Self::Stride { index, count } => shard % (*count).max(1) == *index,
        }
    }
}

/// Options of a run.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Number of worker processes, at least 1.
    pub jobs: usize,
    /// Shards to run.
    pub shards: ShardSelection,
    /// Time for each file, to which half of its length is added (default 60 s).
    pub file_timeout: Option<Duration>,
}

/// Observer of a run, called on its threads.
pub trait RunObserver: Sync {
    /// Whether the run shall end: shards that are not complete are given up.
    fn is_stopped(&self) -> bool {
        false
    }

    /// Reports the number of shards to run and that of their files.
    fn begun(&self, _shards: usize, _files: u64) {}

    /// Reports the state of the run after each file and each shard.
    fn advanced(&self, _record: &RunRecord) {}
}

/// Result of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSummary {
    /// Number of shards that were done before.
    pub skipped: usize,
    /// Counts of this run.
    pub record: RunRecord,
    /// Number of temporary files of ended processes that were removed.
    pub swept: usize,
}

/// State that the threads of a run share.
struct ActiveRun<'a> {
    store: &'a dyn ObjectStore,
    observer: &'a dyn RunObserver,
    pending: Vec<ShardPlace>,
    next: AtomicUsize,
    is_ended: AtomicBool,
    record: Mutex<(RunRecord, WriteClock)>,
    error: Mutex<Option<BatchError>>,
}

impl ActiveRun<'_> {
    fn is_stopped(&self) -> bool {
        self.is_ended.load(Relaxed) || self.observer.is_stopped()
    }

    /// Changes the counts, and writes them now and then.
    fn count(&self, change: impl FnOnce(&mut RunRecord)) -> Result<(), BatchError> {
        let mut state = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        let (record, clock) = &mut *state;
        change(record);
        self.observer.advanced(record);
        if clock.is_due() { record.write(self.store) } else { Ok(()) }
    }

    /// Runs shards until there are none.
    fn work(&self, runner: &mut ShardRunner) -> Result<(), BatchError> {
        while !self.is_stopped()
            && let Some(&place) = self.pending.get(self.next.fetch_add(1, Relaxed))
        {
            let mut counted = Ok(());
            let outcome = runner.run(place, &|| self.is_stopped(), &mut |status, audio_s| {
                if counted.is_ok() {
                    counted = self.count(|record| record.add_file(status, audio_s));
                }
            })?;
            counted?;
            self.count(|record| record.shards += u64::from(!outcome.was_done))?;
        }
        Ok(())
    }
}

/// Runs the shards of a plan that have no result. Another run at the same output does no harm. Blocks.
///
/// # Errors
/// If the output cannot be read or written, or no worker process can be started; [`BatchError::Cancelled`] if the
/// observer stops the run.
pub fn run(
    plan: &Arc<BatchPlan>,
    store: &Arc<dyn ObjectStore>,
    inputs: &Arc<dyn TrackInputs>,
    command: &WorkerCommand,
    options: &RunOptions,
    observer: &dyn RunObserver,
) -> Result<RunSummary, BatchError> {
    let (mut pending, skipped) = pending(plan, &**store, &options.shards)?;
    observer.begun(pending.len(), pending.iter().map(|(_, files)| u64::from(*files)).sum());
    // Two runs at one output begin at different shards.
    let begin = process::id() as usize % pending.len().max(1);
    pending.rotate_left(begin);
    let jobs = options.jobs.clamp(1, pending.len().max(1));
    let state = ActiveRun {
        store: &**store,
        observer,
        pending: pending.into_iter().map(|(place, _)| place).collect(),
        next: AtomicUsize::new(0),
        is_ended: AtomicBool::new(false),
        record: Mutex::new((RunRecord::start(jobs), WriteClock::new())),
        error: Mutex::new(None),
    };
    if !state.pending.is_empty() {
        thread::scope(|scope| {
            for _ in 0..jobs {
                scope.spawn(|| {
                    let (plan, store, inputs) = (Arc::clone(plan), Arc::clone(store), Arc::clone(inputs));
                    let runner = ShardRunner::new(plan, store, inputs, command.clone());
                    let mut runner = match options.file_timeout {
                        Some(timeout) => runner.with_file_timeout(timeout),
                        None => runner,
                    };
                    if let Err(error) = state.work(&mut runner) {
                        state.is_ended.store(true, Relaxed);
                        state.error.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                    }
                });
            }
        });
    }
    finish(state, skipped)
}

/// Writes the last record, and returns the result or the first error.
fn finish(state: ActiveRun<'_>, skipped: usize) -> Result<RunSummary, BatchError> {
    let (mut record, _) = state.record.into_inner().unwrap_or_else(PoisonError::into_inner);
    record.ended = true;
    let written = if state.pending.is_empty() { Ok(()) } else { record.write(state.store) };
    let mut swept = 0;
    for folder in FOLDERS {
        swept += state.store.sweep(folder).unwrap_or(0);
    }
    match state.error.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None if state.observer.is_stopped() => Err(BatchError::Cancelled),
        None => written.map(|()| RunSummary { skipped, record, swept }),
    }
}

/// Returns the selected shards without a result and the number of their files, and the number of those with a result. Blocks.
///
/// # Errors
/// If the output cannot be read.
pub fn pending(
    plan: &BatchPlan,
    store: &dyn ObjectStore,
    selection: &ShardSelection,
) -> Result<(Vec<(ShardPlace, u32)>, usize), BatchError> {
    let done = published(store)?;
    let selected = plan.places().filter(|(place, _)| selection.contains(place.shard));
    let (mut pending, mut skipped) = (Vec::new(), 0);
    for (place, files) in selected {
        match plan.object(place)? {
            Some(name) if done.contains(&name.data()) => skipped += 1,
            Some(_) => pending.push((place, files)),
            None => {}
        }
    }
    Ok((pending, skipped))
}

/// Returns the names of all results.
pub(crate) fn published(store: &dyn ObjectStore) -> Result<HashSet<String>, BatchError> {
    let found = store.list("data").map_err(BatchError::store("data"))?;
    Ok(found.into_iter().map(|object| format!("data/{}", object.name)).collect())
}
