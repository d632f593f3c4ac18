//! Check that the incremental engine gives the results of whole patches, at every hop and after an hour.

use super::check_result::{CheckResult, captured};
use crate::sh::{self, TaskError};

pub(super) fn run() -> Result<CheckResult, TaskError> {
    let tests = ["test", "--release", "--workspace", "--test", "all", "--", "incremental::"];
    captured(sh::cargo().args(tests).args(["--include-ignored", "--nocapture", "--test-threads=1"]), |line| {
        line.contains("worst difference")
            || line.contains("streaming")
            || line.starts_with("test result: ok. 8")
            || line.contains("ignored, ")
    })
}
