//! Needs of tests: programs, data and builds that a machine may lack, by name. `tests/requirements.md` describes them
//! for readers.

mod detect;
mod need;
mod python;
pub mod report;

use std::sync::OnceLock;

pub use self::need::Need;
pub use self::python::{PYTHON, python};

/// Makes every absent need a failure if it is set to anything but `0` or nothing.
pub const REQUIRE_ALL: &str = "EARMARK_REQUIRE_ALL";
/// Names of needs, with commas between them, whose absence is a failure.
pub const REQUIRE: &str = "EARMARK_REQUIRE";

impl Need {
    /// Returns a description of the need if it is present, or the reason for its absence. The result is detected once
    /// per process.
    pub fn presence(self) -> &'static Result<String, String> {
        static FOUND: [OnceLock<Result<String, String>>; Need::ALL.len()] =
            [const { OnceLock::new() }; Need::ALL.len()];
        FOUND[self as usize].get_or_init(|| detect::detect(self))
    }
}

/// Set of needs whose absence is a failure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Required([bool; Need::ALL.len()]);

impl Required {
    /// Returns the set that `EARMARK_REQUIRE_ALL` and `EARMARK_REQUIRE` name.
    ///
    /// # Errors
    /// When `EARMARK_REQUIRE` has a name that no need has.
    pub fn from_environment() -> Result<Self, String> {
        let text = |variable: &str| std::env::var(variable).unwrap_or_default();
        Self::parse(&text(REQUIRE_ALL), &text(REQUIRE))
    }

    /// Parses the values of the two variables.
    ///
    /// # Errors
    /// When the list has a name that no need has.
    pub fn parse(all: &str, list: &str) -> Result<Self, String> {
        let mut required = Self([!matches!(all.trim(), "" | "0"); Need::ALL.len()]);
        for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let need = Need::ALL.into_iter().find(|need| need.name() == name);
            let need = need.ok_or_else(|| {
                let names = Need::ALL.map(Need::name).join(", ");
                format!("cannot read {REQUIRE}: expected names of {names}, got {name}")
            })?;
            required.0[need as usize] = true;
        }
        Ok(required)
    }

    /// Whether the absence of a need is a failure.
    #[must_use]
    pub fn contains(self, need: Need) -> bool {
        self.0[need as usize]
    }
}
