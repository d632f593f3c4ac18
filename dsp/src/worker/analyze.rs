//! Analyzer of one stream, as the worker drives it.

use std::error::Error;

use crate::MarkKind;

/// Error of an analyzer.
pub type AnalyzeError = Box<dyn Error + Send + Sync>;

/// Analyzer of a stream: samples and marks in, outputs out, in order, on the worker thread.
pub trait Analyze: Send {
    /// One result.
    type Output: Send + 'static;

    /// Analyzes mono samples.
    ///
    /// # Errors
    /// Any failure on these samples; the worker pushes the next samples regardless.
    fn push(&mut self, samples: &[f32], out: &mut dyn FnMut(Self::Output)) -> Result<(), AnalyzeError>;

    /// Handles a mark between two samples: an end flushes pending results, any other mark resets.
    ///
    /// # Errors
    /// As [`Analyze::push`].
    fn mark(&mut self, kind: MarkKind, out: &mut dyn FnMut(Self::Output)) -> Result<(), AnalyzeError>;
}
