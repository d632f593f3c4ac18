//! Progress of a batch, from the names of its results and the records of its runs.

use serde::Serialize;

use crate::error::BatchError;
use crate::object_name::SUCCESS;
use crate::plan::BatchPlan;
use crate::progress::{FOLDER, RunRecord, unix_s};
use crate::run::published;
use crate::store::ObjectStore;

/// Age of a record from which on its run is not counted as running, in seconds.
const MAX_RECORD_AGE_S: f64 = 60.0;

/// Progress of a batch.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BatchStatus {
    /// Number of generations of the plan.
    pub generations: u32,
    /// Number of shards with files.
    pub shards: u64,
    /// Number of shards with a result.
    pub shards_done: u64,
    /// Number of files, each counted once per generation.
    pub files: u64,
    /// Number of files in shards with a result.
    pub files_done: u64,
    /// Number of files without a result, of those that the records count.
    pub bad: u64,
    /// Number of files of which audio is missing, of those that the records count.
    pub damaged: u64,
    /// Number of files that the records count: a run that was killed has not recorded its last seconds.
    pub files_recorded: u64,
    /// Analyzed audio in hours, of the files that the records count.
    pub audio_h: f64,
    /// Number of worker processes of running runs.
    pub jobs: usize,
    /// Analyzed seconds per second of running runs; `None` if there is no such run.
    pub speed_x: Option<f64>,
    /// Estimated time to the end in seconds; `None` if no run is running, or none has analyzed a file.
    pub left_s: Option<f64>,
    /// Whether `verify` has found all results.
    pub verified: bool,
}

/// Returns the progress of a batch. Any machine may ask. Blocks.
///
/// # Errors
/// If the output cannot be read.
pub fn status(plan: &BatchPlan, store: &dyn ObjectStore) -> Result<BatchStatus, BatchError> {
    let done = published(store)?;
    let (mut shards, mut shards_done, mut files, mut files_done) = (0, 0, 0, 0);
    for (place, count) in plan.places() {
        let is_done = plan.object(place)?.is_some_and(|name| done.contains(&name.data()));
        shards += 1;
        files += u64::from(count);
        shards_done += u64::from(is_done);
        files_done += if is_done { u64::from(count) } else { 0 };
    }
    let records = records(store)?;
    let sum = |pick: fn(&RunRecord) -> u64| records.iter().map(pick).sum::<u64>();
    let now = unix_s();
    let live = || records.iter().filter(|record| !record.ended && now - record.updated_unix_s < MAX_RECORD_AGE_S);
    let per_s = |pick: fn(&RunRecord) -> f64| -> Option<f64> {
        let rates = live().map(|record| pick(record) / (record.updated_unix_s - record.started_unix_s).max(1.0));
        live().next().map(|_| rates.sum())
    };
    let files_per_s = per_s(|record| record.files as f64).filter(|rate| *rate > 0.0);
    Ok(BatchStatus {
        generations: plan.generations(),
        shards,
        shards_done,
        files,
        files_done,
        bad: sum(|record| record.bad),
        damaged: sum(|record| record.damaged),
        files_recorded: sum(|record| record.files),
        audio_h: records.iter().map(|record| record.audio_s).sum::<f64>() / 3600.0,
        jobs: live().map(|record| record.jobs).sum(),
        speed_x: per_s(|record| record.audio_s),
        left_s: files_per_s.map(|rate| (files - files_done) as f64 / rate),
        verified: store.exists(SUCCESS).map_err(BatchError::store(SUCCESS))?,
    })
}

fn records(store: &dyn ObjectStore) -> Result<Vec<RunRecord>, BatchError> {
    let mut records = Vec::new();
    for object in store.list(FOLDER).map_err(BatchError::store(FOLDER))? {
        let name = format!("{FOLDER}/{}", object.name);
        let bytes = store.read(&name).map_err(BatchError::store(&name))?;
        records.push(serde_json::from_slice(&bytes).map_err(BatchError::damaged(&name))?);
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local_store::LocalStore;

    #[test]
    fn records_of_several_runs_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let store = LocalStore::new(folder.path());
        let mut record = RunRecord::start(2);
        record.add_file(crate::FileStatus::Bad, 0.0);
        record.add_file(crate::FileStatus::Ok, 30.0);
        record.write(&store).unwrap();
        let mut other = RunRecord { run: "other-1".into(), ended: true, ..record.clone() };
        other.write(&store).unwrap();
        let mut read = records(&store).unwrap();
        read.sort_by_key(|record| record.ended);
        assert_eq!(read, [record, other]);
        assert_eq!((read[0].files, read[0].bad, read[0].audio_s), (2, 1, 30.0));
    }
}
