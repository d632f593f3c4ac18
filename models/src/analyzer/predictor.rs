//! Predictions for the patches of a part of a stream.

use std::sync::Arc;

use earmark_dsp::{Frame, FrameIndex, FrontEnd, Patch, SourceClock};

use super::patch_pipeline::PatchPipeline;
use super::runner::ModelRunner;
use crate::{Gate, ModelError, Prediction};

/// Part of the stream since its start or the last discontinuity.
pub(super) struct StreamSegment {
    pub(super) clock: SourceClock,
    pub(super) origin_s: f64,
    pub(super) generation: u64,
}

impl StreamSegment {
    /// Returns the length of the segment so far, in seconds.
    pub(super) fn elapsed_s(&self) -> f64 {
        self.clock.now_s() - self.origin_s
    }
}

/// Predictor for the patches of one call; stores the first error.
pub(super) struct Predictor<'a> {
    front_end: FrontEnd,
    /// Time of the front end's first sample since the start of the segment, in seconds.
    front_end_start_s: f64,
    gate: Option<Gate>,
    skips: bool,
    /// Number of patches that were skipped.
    pub(super) skipped: u64,
    segment: &'a StreamSegment,
    out: &'a mut dyn FnMut(Prediction),
    /// First error of a network.
    pub(super) result: Result<(), ModelError>,
}

impl<'a> Predictor<'a> {
    /// Creates a predictor for the next part of the stream of a front end, which started at a time in seconds since the start of the
    /// segment.
    pub(super) fn new(
        (front_end, front_end_start_s): (FrontEnd, f64),
        gate: Option<Gate>,
        skips: bool,
        segment: &'a StreamSegment,
        out: &'a mut dyn FnMut(Prediction),
    ) -> Self {
        Self { front_end, front_end_start_s, gate, skips, skipped: 0, segment, out, result: Ok(()) }
    }

    /// Creates a predictor for any part of the stream of a front end, which started with it.
    pub(super) fn of_part(
        front_end: FrontEnd,
        gate: Option<Gate>,
        segment: &'a StreamSegment,
        out: &'a mut dyn FnMut(Prediction),
    ) -> Self {
        Self { front_end, front_end_start_s: 0.0, gate, skips: false, skipped: 0, segment, out, result: Ok(()) }
    }

    /// Adds a frame to the patches, and predicts for those that it completes.
    pub(super) fn process_frame(&mut self, patch_pipelines: &mut [PatchPipeline], frame: &mut Frame<'_>) {
        for PatchPipeline { patches, runner, first_frame, .. } in patch_pipelines {
            let level = frame.level;
            let bands = if patches.needs_frame() { frame.bands() } else { &[] };
            patches.push(bands, level, |patch| self.predict(runner, &patch, *first_frame));
        }
    }

    /// Ends the stream, and predicts for the last patches.
    pub(super) fn end(&mut self, patch_pipelines: &mut [PatchPipeline]) {
        for PatchPipeline { patches, runner, first_frame, .. } in patch_pipelines {
            patches.flush(|patch| self.predict(runner, &patch, *first_frame));
        }
    }

    /// Predicts for a patch, whose frame 0 is frame `first_frame` of the front end.
    pub(super) fn predict(&mut self, runner: &mut ModelRunner, patch: &Patch<'_>, first_frame: u64) {
        if self.skips {
            self.skipped += 1;
            runner.skip(patch.new_frames);
            return;
        }
        let (start_s, end_s) = self.front_end.span(FrameIndex(first_frame + patch.first_frame.0), patch.valid_frames);
        let generation = self.segment.generation;
        let (origin_s, now_s) = (self.segment.origin_s + self.front_end_start_s, self.segment.clock.now_s());
        let out = &mut *self.out;
        // Source time, without the zero padding before and after the stream.
        let mut emit = |id: &Arc<str>, outcome, (start_s, end_s): (f64, f64)| {
            let (start_s, end_s) = (origin_s + start_s.max(0.0), (origin_s + end_s).min(now_s));
            out(Prediction { model: Arc::clone(id), generation, start_s, end_s, outcome });
        };
        if self.gate.is_some_and(|gate| gate.is_silent(patch.levels)) {
            runner.emit_silence(patch.new_frames, (start_s, end_s), &mut emit);
        } else {
            let ran = runner.run_patch(patch, (start_s, end_s), self.front_end.rate(), &mut emit);
            self.result = std::mem::replace(&mut self.result, Ok(())).and(ran);
        }
    }
}
