//! Analysis of one stream on several threads, with the predictions of [`Analyzer`] bit for bit.
//!
//! The caller's thread resamples and computes the frames. Worker threads run the networks on segments: the frames of
//! consecutive patches. The caller's thread joins the predictions of the segments in order.

mod segment;
#[cfg(test)]
mod tests;
mod worker;

use std::collections::BTreeMap;
use std::fmt;
use std::panic::resume_unwind;
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, unbounded};

use self::segment::{FrameSegment, SegmentCutter};
use self::worker::{SegmentResult, SegmentWorker};
use super::{Analyzer, AnalyzerBuilder};
use crate::{ModelError, Prediction};

/// Number of segments per thread that are sent before the caller's thread waits; bounds the memory.
const SEGMENTS_PER_THREAD: usize = 2;

/// Analyzer of one stream whose networks run on several threads. It has one segment: no gaps, jumps or changes of settings.
///
/// Each thread has networks of its own and holds at most two segments of 32 patches, about 5 MB with MusiCNN.
pub struct ParallelAnalyzer {
    /// Front ends, and the models whose patches depend on all patches before, which run on the caller's thread.
    analyzer: Analyzer,
    cutters: Vec<SegmentCutter>,
    /// Results of each cutter.
    joined: Vec<OrderedResults>,
    /// Number of segments that were sent and whose results were not received.
    waiting: usize,
    threads: Vec<JoinHandle<()>>,
    segments: Option<Sender<FrameSegment>>,
    results: Receiver<thread::Result<SegmentResult>>,
}

impl fmt::Debug for ParallelAnalyzer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParallelAnalyzer")
            .field("analyzer", &self.analyzer)
            .field("threads", &self.threads.len())
            .field("waiting", &self.waiting)
            .finish_non_exhaustive()
    }
}

/// Results of consecutive segments, which may be received in any order.
#[derive(Debug, Default)]
struct OrderedResults {
    next: u64,
    early: BTreeMap<u64, SegmentResult>,
}

impl AnalyzerBuilder {
    /// Creates an analyzer of one stream whose networks run on `threads` threads. With one thread everything runs on the
    /// caller's thread. A model that carries state from patch to patch, and a head that takes several embeddings, run on the
    /// caller's thread, too.
    ///
    /// # Errors
    /// As [`AnalyzerBuilder::build`], and [`ModelError::Threads`] if the system cannot start a thread.
    pub fn build_parallel(self, threads: usize) -> Result<ParallelAnalyzer, ModelError> {
        let mut analyzer = self.build()?;
        let mut cutters = Vec::new();
        let mut divided = Vec::new();
        if threads > 1 {
            for (pipeline, features) in analyzer.pipelines.iter_mut().enumerate() {
                let (parallel, serial): (Vec<_>, Vec<_>) =
                    features.patch_pipelines.drain(..).partition(|patches| patches.is_divisible());
                features.patch_pipelines = serial;
                for patch_pipeline in parallel {
                    cutters.push(SegmentCutter::new(cutters.len(), pipeline, features.front_end, &patch_pipeline));
                    divided.push((features.front_end, patch_pipeline));
                }
            }
        }
        let joined = cutters.iter().map(|_| OrderedResults::default()).collect();
        let ((segments, received), (done, results)) = (unbounded(), unbounded());
        let mut workers = Vec::new();
        for _ in 0..if cutters.is_empty() { 0 } else { threads } {
            let copies = divided.iter().map(|(front_end, patches)| Ok((*front_end, patches.fresh()?)));
            let worker = SegmentWorker::new(copies.collect::<Result<_, ModelError>>()?, analyzer.gate);
            workers.push((worker, received.clone(), done.clone()));
        }
        let mut parallel = ParallelAnalyzer {
            analyzer,
            cutters,
            joined,
            waiting: 0,
            threads: Vec::new(),
            segments: Some(segments),
            results,
        };
        for (worker, received, done) in workers {
            let thread =
                thread::Builder::new().name("earmark-networks".into()).spawn(move || worker.run(&received, &done));
            parallel.threads.push(thread.map_err(|error| ModelError::Threads { error: error.to_string() })?);
        }
        Ok(parallel)
    }
}

impl ParallelAnalyzer {
    /// Adds mono samples and calls `out` with predictions that are complete; those of one model are in order. Waits while too
    /// many segments wait for a thread.
    ///
    /// # Errors
    /// The first error of a network that is known. The other models continue.
    pub fn push(&mut self, samples: &[f32], out: &mut dyn FnMut(Prediction)) -> Result<(), ModelError> {
        let (cutters, mut full) = (&mut self.cutters, Vec::new());
        let result = self.analyzer.push_frames(samples, out, |pipeline, frame, clock| {
            let cutters = cutters.iter_mut().filter(|cutter| cutter.pipeline() == pipeline);
            full.extend(cutters.filter_map(|cutter| cutter.push(frame, clock)));
        });
        let sent = self.send(full, out);
        result.and(sent)
    }

    /// Ends the stream: calls `out` with all predictions that are left.
    ///
    /// # Errors
    /// As [`ParallelAnalyzer::push`].
    pub fn finish(mut self, out: &mut dyn FnMut(Prediction)) -> Result<(), ModelError> {
        let (cutters, mut full) = (&mut self.cutters, Vec::new());
        let clock = self.analyzer.segment.clock;
        let mut result = self.analyzer.flush_frames(out, |pipeline, frame, clock| {
            let cutters = cutters.iter_mut().filter(|cutter| cutter.pipeline() == pipeline);
            full.extend(cutters.filter_map(|cutter| cutter.push(frame, clock)));
        });
        full.extend(self.cutters.iter_mut().map(|cutter| cutter.finish(clock)));
        result = result.and(self.send(full, out));
        while self.waiting > 0 {
            result = result.and(self.receive(out));
        }
        result
    }

    /// Sends segments to the threads.
    fn send(&mut self, segments: Vec<FrameSegment>, out: &mut dyn FnMut(Prediction)) -> Result<(), ModelError> {
        let mut result = Ok(());
        for segment in segments {
            while self.waiting >= SEGMENTS_PER_THREAD * self.threads.len() {
                result = result.and(self.receive(out));
            }
            if self.segments.as_ref().is_some_and(|channel| channel.send(segment).is_ok()) {
                self.waiting += 1;
            }
        }
        result
    }

    /// Waits for the result of a segment, and emits the predictions that are next.
    fn receive(&mut self, out: &mut dyn FnMut(Prediction)) -> Result<(), ModelError> {
        self.waiting -= 1;
        let received = match self.results.recv() {
            Ok(Ok(received)) => received,
            Ok(Err(panic)) => resume_unwind(panic),
            // The threads run until the channel of segments is closed.
            Err(_) => return Ok(()),
        };
        let Some(ordered) = self.joined.get_mut(received.cutter) else { return Ok(()) };
        ordered.early.insert(received.index, received);
        let mut result = Ok(());
        while let Some(next) = ordered.early.remove(&ordered.next) {
            next.predictions.into_iter().for_each(&mut *out);
            result = result.and(next.result);
            ordered.next += 1;
        }
        result
    }
}

impl Drop for ParallelAnalyzer {
    fn drop(&mut self) {
        self.segments = None;
        for thread in self.threads.drain(..) {
            // A panic was caught on the thread and passed on as a result.
            let _ = thread.join();
        }
    }
}
