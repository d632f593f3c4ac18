//! Analysis of a stage that is built when it is needed first, and not again after it could not be built.

/// Analysis of a stage, if it runs.
#[derive(Debug)]
pub(super) struct LazyRun<R> {
    run: Option<R>,
    /// Whether it cannot be built; not tried again.
    failed: bool,
}

impl<R> LazyRun<R> {
    /// Creates it without an analysis.
    pub(super) fn new() -> Self {
        Self { run: None, failed: false }
    }

    /// Returns the analysis, which `build` makes if there is none; `None` after it could not be built.
    ///
    /// # Errors
    /// If it cannot be built. The next calls return `None`.
    pub(super) fn start<E>(&mut self, build: impl FnOnce() -> Result<R, E>) -> Result<Option<&mut R>, E> {
        if self.failed {
            return Ok(None);
        }
        if self.run.is_none() {
            match build() {
                Ok(run) => self.run = Some(run),
                Err(error) => {
                    self.failed = true;
                    return Err(error);
                }
            }
        }
        Ok(self.run.as_mut())
    }

    /// Returns the analysis if there is one.
    pub(super) fn running(&mut self) -> Option<&mut R> {
        self.run.as_mut()
    }

    /// Drops the analysis and its memory. Returns whether there was one.
    pub(super) fn stop(&mut self) -> bool {
        self.run.take().is_some()
    }
}
