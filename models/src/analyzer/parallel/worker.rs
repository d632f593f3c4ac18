//! Thread that runs networks on segments.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use crossbeam_channel::{Receiver, Sender};
use earmark_dsp::FrontEnd;

use super::segment::FrameSegment;
use crate::analyzer::patch_pipeline::PatchPipeline;
use crate::analyzer::predictor::{Predictor, StreamSegment};
use crate::{Gate, ModelError, Prediction};

/// Predictions of a segment, up to the first error.
#[derive(Debug)]
pub(super) struct SegmentResult {
    /// Number of the cutter, and of the segment among its segments.
    pub(super) cutter: usize,
    pub(super) index: u64,
    pub(super) predictions: Vec<Prediction>,
    /// First error of a network.
    pub(super) result: Result<(), ModelError>,
}

/// Networks of one thread.
pub(super) struct SegmentWorker {
    /// Front end and networks for the segments of each cutter.
    pipelines: Vec<(FrontEnd, PatchPipeline)>,
    gate: Option<Gate>,
}

impl SegmentWorker {
    pub(super) fn new(pipelines: Vec<(FrontEnd, PatchPipeline)>, gate: Option<Gate>) -> Self {
        Self { pipelines, gate }
    }

    /// Runs segments until the channel is closed. A panic is sent instead of a result.
    pub(super) fn run(mut self, segments: &Receiver<FrameSegment>, results: &Sender<thread::Result<SegmentResult>>) {
        for segment in segments {
            let result = catch_unwind(AssertUnwindSafe(|| self.analyze(segment)));
            if results.send(result).is_err() {
                return;
            }
        }
    }

    fn analyze(&mut self, segment: FrameSegment) -> SegmentResult {
        let FrameSegment { cutter, index, first_frame, dropped, bands, levels, is_last, clock } = segment;
        let (front_end, PatchPipeline { patches, runner, .. }) = &mut self.pipelines[cutter];
        patches.reset();
        runner.reset();
        let (stream, is_dropped) = (StreamSegment { clock, origin_s: 0.0, generation: 0 }, Cell::new(true));
        let mut predictions = Vec::new();
        let mut keep = |prediction| {
            if !is_dropped.get() {
                predictions.push(prediction);
            }
        };
        let mut predictor = Predictor::of_part(*front_end, self.gate, &stream, &mut keep);
        let first_kept = (dropped * patches.hop()) as u64;
        let mut features = bands.chunks_exact(front_end.bands());
        for level in levels {
            let bands = if patches.needs_frame() { features.next().unwrap_or_default() } else { &[] };
            patches.push(bands, level, |patch| {
                is_dropped.set(patch.first_frame.0 < first_kept);
                predictor.predict(runner, &patch, first_frame);
            });
        }
        if is_last {
            patches.flush(|patch| {
                is_dropped.set(patch.first_frame.0 < first_kept);
                predictor.predict(runner, &patch, first_frame);
            });
        }
        let result = predictor.result;
        SegmentResult { cutter, index, predictions, result }
    }
}
