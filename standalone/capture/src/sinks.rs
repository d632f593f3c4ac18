//! Sinks that receive a captured stream: the analysis and the recorder.

use std::fmt;
use std::io;
use std::time::Duration;

use earmark_dsp::{SampleRate, Tap};

use crate::recorder::Recorder;

/// Maximum length of a block passed to a sink, in samples.
pub const MAX_BLOCK: usize = 4096;

/// Maximum time to wait for the results of a stream that has ended.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// Sample rate and channel count of a stream, known before its first sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StreamSpec {
    /// Sample rate.
    pub rate: SampleRate,
    /// Number of interleaved channels, at least 1.
    pub channels: usize,
}

/// Timing constraint under which samples are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamMode {
    /// Samples arrive at their sample rate. A sink must be real-time safe.
    Realtime,
    /// Samples arrive as fast as they are processed. A sink may block until it has room.
    Offline,
}

/// Analysis of a captured stream. Called on the thread that produces the samples.
pub trait StreamSink: Send {
    /// Prepares for samples delivered in `mode`. Allocates.
    fn activate(&mut self, mode: StreamMode);

    /// Processes interleaved frames of at most [`MAX_BLOCK`] samples. `seek_s` is the source time of the first frame in
    /// seconds, or `None` if the frames continue the last block. Real-time safe after `activate(StreamMode::Realtime)`.
    fn process(&mut self, samples: &[f32], seek_s: Option<f64>);

    /// Returns the source time of the next sample, in seconds. Real-time safe.
    fn source_s(&self) -> f64;

    /// Ends the stream started by `activate` and waits until its results are published, at most for `timeout`. Blocks.
    fn deactivate(&mut self, timeout: Duration);
}

/// Function that opens the analysis of a stream with the given specification.
type OpenSink = Box<dyn FnMut(StreamSpec) -> io::Result<Box<dyn StreamSink>> + Send>;

/// Pair of sinks that receives every block of a stream: the analysis and the recorder.
pub(crate) struct CaptureSinks {
    analysis: Box<dyn StreamSink>,
    recorder: Tap,
    spec: StreamSpec,
    /// Source time of the next sample in seconds, if it does not continue the last block.
    seek_s: Option<f64>,
    /// Whether no sample was processed yet. The recorder may still be at the source time of the previous stream.
    fresh: bool,
}

impl CaptureSinks {
    /// Processes interleaved frames. Real-time safe in [`StreamMode::Realtime`]; blocks in [`StreamMode::Offline`].
    pub(crate) fn process(&mut self, samples: &[f32]) {
        let seek_s = self.seek_s.take();
        if let Some(to_s) = seek_s {
            self.recorder.seek(to_s);
        } else if self.fresh {
            self.recorder.seek(self.analysis.source_s());
        }
        self.fresh = false;
        self.analysis.process(samples, seek_s);
        self.recorder.push_interleaved(samples, self.spec.channels);
    }

    /// Sets the source time of the next sample, in seconds. Real-time safe.
    pub(crate) fn seek(&mut self, to_s: f64) {
        self.seek_s = Some(to_s);
    }

    /// Returns the source time of the next sample, in seconds. Real-time safe.
    #[cfg(any(feature = "live-input", test))]
    pub(crate) fn source_s(&self) -> f64 {
        self.seek_s.unwrap_or_else(|| self.analysis.source_s())
    }
}

/// Factory of the sinks of consecutive streams. A stream with the same specification as the last one reuses its
/// analysis: the models stay loaded and source time continues.
pub struct SinkFactory {
    open: OpenSink,
    recorder: Recorder,
    reusable: Option<CaptureSinks>,
}

impl fmt::Debug for SinkFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SinkFactory")
            .field("reusable", &self.reusable.as_ref().map(|sinks| sinks.spec))
            .finish_non_exhaustive()
    }
}

impl SinkFactory {
    /// Creates a factory. `open` opens the analysis of a stream with the given specification.
    pub fn new(
        recorder: &Recorder,
        open: impl FnMut(StreamSpec) -> io::Result<Box<dyn StreamSink>> + Send + 'static,
    ) -> Self {
        Self { open: Box::new(open), recorder: recorder.clone(), reusable: None }
    }

    /// Starts a stream and returns its sinks.
    ///
    /// # Errors
    /// If no thread can be started.
    pub(crate) fn begin(&mut self, spec: StreamSpec, mode: StreamMode) -> io::Result<CaptureSinks> {
        let mut sinks = match self.reusable.take().filter(|sinks| sinks.spec == spec) {
            Some(sinks) => sinks,
            None => {
                self.recorder.end();
                let analysis = (self.open)(spec)?;
                CaptureSinks { analysis, recorder: self.recorder.begin(spec.rate)?, spec, seek_s: None, fresh: true }
            }
        };
        sinks.analysis.activate(mode);
        Ok(sinks)
    }

    /// Ends a stream: waits until the analysis has published its last results. Blocks.
    pub(crate) fn end(&mut self, mut sinks: CaptureSinks) {
        sinks.analysis.deactivate(DRAIN_TIMEOUT);
        self.reusable = Some(sinks);
    }
}

impl Drop for SinkFactory {
    fn drop(&mut self) {
        self.recorder.end();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parking_lot::Mutex;

    use super::*;

    /// Sink that counts samples and logs each call.
    struct LoggingSink {
        samples: usize,
        log: Arc<Mutex<Vec<String>>>,
    }

    impl StreamSink for LoggingSink {
        fn activate(&mut self, mode: StreamMode) {
            self.log.lock().push(format!("{mode:?}"));
        }

        fn process(&mut self, samples: &[f32], seek_s: Option<f64>) {
            self.samples += samples.len();
            self.log.lock().push(format!("{} samples at {seek_s:?}", samples.len()));
        }

        fn source_s(&self) -> f64 {
            self.samples as f64 / 16_000.0
        }

        fn deactivate(&mut self, _timeout: Duration) {
            self.log.lock().push("end".to_owned());
        }
    }

    #[test]
    fn sink_factory_reuses_the_analysis_unless_the_specification_changes() {
        let log = Arc::new(Mutex::new(Vec::new()));
        let (recorder, opened) = (Recorder::new(0.0), Arc::clone(&log));
        let mut factory = SinkFactory::new(&recorder, move |spec| {
            opened.lock().push(format!("open {}", spec.channels));
            Ok(Box::new(LoggingSink { samples: 0, log: Arc::clone(&opened) }))
        });
        let mono = StreamSpec { rate: SampleRate::HZ_16000, channels: 1 };
        let mut sinks = factory.begin(mono, StreamMode::Realtime).unwrap();
        sinks.process(&[0.0; 1600]);
        assert_eq!(sinks.source_s(), 0.1);
        factory.end(sinks);
        let mut sinks = factory.begin(mono, StreamMode::Offline).unwrap();
        assert_eq!(sinks.source_s(), 0.1, "source time continues");
        sinks.seek(7.0);
        assert_eq!(sinks.source_s(), 7.0);
        sinks.process(&[0.0; 2]);
        sinks.process(&[0.0; 3]);
        factory.end(sinks);
        let stereo = StreamSpec { channels: 2, ..mono };
        let sinks = factory.begin(stereo, StreamMode::Realtime).unwrap();
        factory.end(sinks);
        let expected = [
            "open 1",
            "Realtime",
            "1600 samples at None",
            "end",
            "Offline",
            "2 samples at Some(7.0)",
            "3 samples at None",
            "end",
            "open 2",
            "Realtime",
            "end",
        ];
        assert_eq!(*log.lock(), expected);
    }
}
