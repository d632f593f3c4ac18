#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod analysis;
mod compact;
mod error;
mod file_rows;
mod file_status;
mod index;
mod inputs;
mod local_store;
mod message;
mod object_name;
mod parquet_object;
mod plan;
mod plan_files;
mod planned_file;
mod planted_fault;
mod progress;
mod recipe;
mod results;
mod retry;
mod run;
mod shard_run;
mod status;
mod store;
mod verify;
mod worker;
mod worker_process;

pub use self::compact::{CompactReport, compact};
pub use self::error::BatchError;
pub use self::file_status::FileStatus;
pub use self::inputs::{FetchedTrack, FileVersion, LocalInputs, TrackInputs};
pub use self::local_store::LocalStore;
pub use self::object_name::ObjectName;
pub use self::plan::{BatchPlan, PlanReport, ShardPlace, TRACKS_PER_SHARD};
pub use self::planned_file::PlannedFile;
pub use self::progress::RunRecord;
pub use self::recipe::{AnalysisKind, BatchRecipe, RecipeOrigin};
pub use self::retry::{RetryReport, retry};
pub use self::run::{RunObserver, RunOptions, RunSummary, ShardSelection, pending, run};
pub use self::shard_run::{ShardOutcome, ShardRunner};
pub use self::status::{BatchStatus, status};
pub use self::store::{ObjectStore, StoredObject};
pub use self::verify::{VerifyReport, verify};
pub use self::worker::serve;
pub use self::worker_process::WorkerCommand;
