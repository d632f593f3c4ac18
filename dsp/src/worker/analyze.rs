//! What listens to a stream.

use std::error::Error;

use crate::MarkKind;

/// What an analyzer says went wrong.
pub type AnalyzeError = Box<dyn Error + Send + Sync>;

/// What listens to a stream: samples and marks in, outputs out, in order, on the worker's thread.
pub trait Analyze: Send {
    /// What it gives.
    type Output: Send + 'static;

    /// Hears mono samples.
    ///
    /// # Errors
    /// Whatever went wrong with these samples; it will be given the next ones all the same.
    fn push(&mut self, samples: &[f32], out: &mut dyn FnMut(Self::Output)) -> Result<(), AnalyzeError>;

    /// Hears of a mark between two samples: at an end it gives what it held back, at any other it forgets.
    ///
    /// # Errors
    /// As [`Analyze::push`].
    fn mark(&mut self, kind: MarkKind, out: &mut dyn FnMut(Self::Output)) -> Result<(), AnalyzeError>;
}
