//! Table of needs that `cargo xtask test` prints after a run.

use std::fmt::Write as _;

use super::{Need, REQUIRE, REQUIRE_ALL, Required};
use crate::registry;

/// Returns the table: every need, whether it is present, and the tests that are ignored without it.
#[must_use]
pub fn text(required: &Required) -> String {
    let tests = registry::tests();
    let mut text = format!("Needs of the {} integration tests ({REQUIRE}, {REQUIRE_ALL}):\n", tests.len());
    for need in Need::ALL {
        let needing: Vec<_> = tests.iter().filter(|test| test.needs.contains(&need)).collect();
        let is_required = if required.contains(need) { "required" } else { "" };
        let (state, about) = match need.presence() {
            Ok(found) => ("present", found.clone()),
            Err(reason) => ("ABSENT", format!("{reason}; {}", need.remedy())),
        };
        let _ = writeln!(text, "  {:<13} {state:<8} {is_required:<9} {:>2} tests  {about}", need.name(), needing.len());
        if need.presence().is_err() {
            let outcome = if required.contains(need) { "fails" } else { "ignored" };
            for test in needing {
                let _ = writeln!(text, "      {outcome}: {}", test.name());
            }
        }
    }
    let ignored: Vec<_> = tests.iter().filter(|test| !test.absent().is_empty()).collect();
    let _ = writeln!(text, "{} of {} tests lack something.", ignored.len(), tests.len());
    for test in &tests {
        if let Some(reason) = test.ignored {
            let _ = writeln!(text, "  on request: {} ({reason})", test.name());
        }
    }
    text
}
