//! Verification: every file of the plan has its rows, once.

use std::collections::{BTreeMap, HashSet};
use std::io::ErrorKind;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::BatchError;
use crate::file_status::FileStatus;
use crate::object_name::SUCCESS;
use crate::plan::BatchPlan;
use crate::recipe::hex;
use crate::results;
use crate::run::published;
use crate::store::ObjectStore;

/// Version of the object that states that all results are there.
const SCHEMA: &str = "earmark-batch-success/1";

/// Result of a verification.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VerifyReport {
    schema: &'static str,
    /// SHA-256 of the recipe.
    pub recipe_sha256: String,
    /// Number of shards with files.
    pub shards: usize,
    /// Number of files, each counted once.
    pub files: usize,
    /// Number of files in the newest generation of which the status is `ok`.
    pub ok: usize,
    /// Number of files of which audio is missing.
    pub damaged: usize,
    /// Number of files without a result.
    pub bad: usize,
    /// SHA-256 over the SHA-256 of each result, in the order of the shards; absent if results are missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Names of results that are missing.
    pub missing: Vec<String>,
    /// Names of results that were invalid, and were removed, with the reason.
    pub removed: BTreeMap<String, String>,
    /// Names of objects that belong to no shard.
    pub foreign: Vec<String>,
}

impl VerifyReport {
    /// Whether every file of the plan has its rows.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.digest.is_some()
    }
}

/// Reads all results, and checks that each has the files of its shard. If all are there, writes `_SUCCESS`. Invalid results are
/// removed, so that a run makes them again. Blocks.
///
/// # Errors
/// If the output cannot be read or written.
pub fn verify(plan: &BatchPlan, store: &dyn ObjectStore) -> Result<VerifyReport, BatchError> {
    let mut lists = plan.lists();
    let mut digest = Sha256::new();
    let mut status = std::collections::HashMap::new();
    let mut report = VerifyReport {
        schema: SCHEMA,
        recipe_sha256: plan.recipe_sha256().to_owned(),
        shards: 0,
        files: 0,
        ok: 0,
        damaged: 0,
        bad: 0,
        digest: None,
        missing: Vec::new(),
        removed: BTreeMap::new(),
        foreign: Vec::new(),
    };
    let names = results::names(plan)?;
    for name in &names {
        report.shards += 1;
        let data = name.data();
        let bytes = match store.read(&data) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                report.missing.push(data);
                continue;
            }
            bytes => bytes.map_err(BatchError::store(&data))?,
        };
        let read = |name: &str| store.read(name).map_err(BatchError::store(name));
        let planned = lists.files(name.generation, name.shard, read)?;
        digest.update(Sha256::digest(&bytes));
        let found = results::files(bytes.into()).and_then(|found| {
            if found.iter().map(|(path, _)| path).eq(planned.iter().map(|file| &file.path)) {
                Ok(found)
            } else {
                Err(format!("expected the {} files of the shard, got {} others", planned.len(), found.len()))
            }
        });
        match found {
            // Generations are in order: a later one replaces the status.
            Ok(found) => status.extend(found),
            Err(reason) => {
                store.remove(&data).map_err(BatchError::store(&data))?;
                report.removed.insert(data, reason);
            }
        }
    }
    let count = |wanted: FileStatus| status.values().filter(|status| **status == wanted).count();
    report.files = status.len();
    (report.ok, report.damaged, report.bad) =
        (count(FileStatus::Ok), count(FileStatus::Damaged), count(FileStatus::Bad));
    let known: HashSet<String> = names.iter().map(|name| name.data()).collect();
    report.foreign = published(store)?.into_iter().filter(|name| !known.contains(name)).collect();
    report.foreign.sort();
    for folder in ["data", "bad", "plan", "progress"] {
        store.sweep(folder).map_err(BatchError::store(folder))?;
    }
    if report.missing.is_empty() && report.removed.is_empty() {
        report.digest = Some(hex(&digest.finalize()));
        let json = serde_json::to_vec_pretty(&report).map_err(BatchError::damaged(SUCCESS))?;
        store.write(SUCCESS, &json).map_err(BatchError::store(SUCCESS))?;
    } else if store.exists(SUCCESS).map_err(BatchError::store(SUCCESS))? {
        store.remove(SUCCESS).map_err(BatchError::store(SUCCESS))?;
    }
    Ok(report)
}
