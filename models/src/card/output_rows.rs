//! Rows of a network's outputs: values over time within a patch.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// Maximum number of rows of a patch, and of samples from one to the next.
const MAX_ROWS: usize = 1 << 20;

/// Rows of the outputs of a patch, in order of time. Each becomes a prediction of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputRows {
    /// Number of rows.
    pub count: usize,
    /// Samples, at the rate of the front end, from one row to the next. The first row is at the start of the patch.
    pub hop: usize,
    /// Number of rows at the start of a patch that are not used, because a neighbouring patch covers them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skip_first: usize,
    /// Number of rows at the end of a patch that are not used.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skip_last: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl OutputRows {
    /// Returns the rows that are used.
    #[must_use]
    pub fn used(&self) -> Range<usize> {
        self.skip_first..self.count.saturating_sub(self.skip_last).max(self.skip_first)
    }

    /// Returns an error if no row is used, or if rows take no time.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.used().is_empty() {
            let skipped = self.skip_first.saturating_add(self.skip_last);
            return Err(format!(
                "output_rows: expected more than the {skipped} rows that are skipped, got {}",
                self.count
            ));
        }
        for (what, got) in [("rows", self.count), ("samples from one row to the next", self.hop)] {
            if !(1..=MAX_ROWS).contains(&got) {
                return Err(format!("output_rows: expected 1 to {MAX_ROWS} {what}, got {got}"));
            }
        }
        Ok(())
    }
}
