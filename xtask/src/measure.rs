//! Programs that measure: they live in `tests/src/bin` and run optimised.

use crate::sh::{self, Done};

/// Runs the program of that name with `rest` as its arguments.
pub(crate) fn run(name: &str, rest: &[String]) -> Done {
    let program = sh::built(name, true)?;
    sh::run(sh::command(program).args(rest))
}
