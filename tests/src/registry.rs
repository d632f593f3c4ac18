//! Registry of the tests and entry points of the integration binary. The attributes of `earmark-tests-macros` fill the
//! lists.

pub use inventory::submit;

use crate::requirements::Need;

/// Test as described by its attribute.
pub struct Test {
    /// Path of the function, with the name of the binary's crate in front.
    pub path: &'static str,
    /// Function, which panics if the test fails.
    pub run: fn(),
    /// Needs of the test; if one is absent, the test is ignored.
    pub needs: &'static [Need],
    /// Reason that the test only runs on request.
    pub ignored: Option<&'static str>,
    /// Whether it runs in a process of its own.
    pub alone: bool,
}

/// A function that a test runs in a process of its own.
pub struct EntryPoint {
    /// Path of the function, with the name of the binary's crate in front.
    pub path: &'static str,
    /// The function.
    pub run: fn(),
}

inventory::collect!(Test);
inventory::collect!(EntryPoint);

impl Test {
    /// Returns the name for lists and filters: the path without the crate.
    #[must_use]
    pub fn name(&self) -> &'static str {
        without_crate(self.path)
    }

    /// Returns the absent needs, each with its reason.
    #[must_use]
    pub fn absent(&self) -> Vec<(Need, &'static str)> {
        self.needs.iter().filter_map(|&need| Some((need, need.presence().as_ref().err()?.as_str()))).collect()
    }
}

/// Returns all tests, in order of their names.
#[must_use]
pub fn tests() -> Vec<&'static Test> {
    let mut tests: Vec<&Test> = inventory::iter::<Test>.into_iter().collect();
    tests.sort_by_key(|test| test.name());
    tests
}

/// Returns the function with that name that may run in a process of its own: an entry point, or a test that runs alone.
#[must_use]
pub fn function(name: &str) -> Option<fn()> {
    let entry = inventory::iter::<EntryPoint>.into_iter().find(|entry| without_crate(entry.path) == name);
    let test = || tests().into_iter().find(|test| test.alone && test.name() == name);
    entry.map(|entry| entry.run).or_else(|| test().map(|test| test.run))
}

fn without_crate(path: &'static str) -> &'static str {
    path.split_once("::").map_or(path, |(_, name)| name)
}
