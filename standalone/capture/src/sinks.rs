//! Sinks of a captured stream: the analysis and the recorder.

use std::fmt;
use std::io;
use std::time::Duration;

use earmark_dsp::{SampleRate, Tap};

use crate::recorder::Recorder;

/// Length in samples of the longest block that a sink gets.
pub const MAX_BLOCK: usize = 4096;

/// Time after which the end of a stream is not waited for any longer.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// Form of a stream, known before its first sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StreamSpec {
    /// Sample rate.
    pub rate: SampleRate,
    /// Number of interleaved channels, at least 1.
    pub channels: usize,
}

/// Constraint under which samples are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamMode {
    /// Samples come at their own rate: a sink must not block.
    Realtime,
    /// Samples come as fast as they are processed: a sink may block until it has room.
    Offline,
}

/// Analysis end of a captured stream. Lives on the thread that has the samples.
pub trait StreamSink: Send {
    /// Prepares for samples that come in that mode. Allocates.
    fn activate(&mut self, mode: StreamMode);

    /// Processes interleaved frames of at most [`MAX_BLOCK`] samples; `seek_s` is the source time of the first one in
    /// seconds if it does not follow the last block. Real-time safe after `activate(StreamMode::Realtime)`.
    fn process(&mut self, samples: &[f32], seek_s: Option<f64>);

    /// Source time of the next sample, in seconds. Real-time safe.
    fn source_s(&self) -> f64;

    /// Ends the stretch that `activate` began and waits, at most for `timeout`, until its results are published. Blocks.
    fn deactivate(&mut self, timeout: Duration);
}

/// Opens the analysis of a stream of that form.
type OpenSink = Box<dyn FnMut(StreamSpec) -> io::Result<Box<dyn StreamSink>> + Send>;

/// Fans captured audio out to the analysis and the recorder.
pub(crate) struct CaptureSinks {
    analysis: Box<dyn StreamSink>,
    recorder: Tap,
    spec: StreamSpec,
    /// Source time of the next sample in seconds, if that is not the end of the last one.
    seek_s: Option<f64>,
    /// Whether no sample has come yet: the recorder may have had another stream before.
    fresh: bool,
}

impl CaptureSinks {
    /// Processes interleaved frames. Real-time safe in real time; blocks offline.
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

    /// Source time of the next sample, in seconds. Real-time safe.
    #[cfg(any(feature = "live-input", test))]
    pub(crate) fn source_s(&self) -> f64 {
        self.seek_s.unwrap_or_else(|| self.analysis.source_s())
    }
}

/// Makes the sinks of one stream after the other. While the form of the stream stays the same, so does the analysis: its
/// models stay prepared and source time goes on.
pub struct SinkFactory {
    open: OpenSink,
    recorder: Recorder,
    kept: Option<CaptureSinks>,
}

impl fmt::Debug for SinkFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SinkFactory").field("kept", &self.kept.as_ref().map(|sinks| sinks.spec)).finish_non_exhaustive()
    }
}

impl SinkFactory {
    /// Creates a factory; `open` opens the analysis of a stream of that form.
    pub fn new(
        recorder: &Recorder,
        open: impl FnMut(StreamSpec) -> io::Result<Box<dyn StreamSink>> + Send + 'static,
    ) -> Self {
        Self { open: Box::new(open), recorder: recorder.clone(), kept: None }
    }

    /// Begins a stream.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn begin(&mut self, spec: StreamSpec, mode: StreamMode) -> io::Result<CaptureSinks> {
        let mut sinks = match self.kept.take().filter(|sinks| sinks.spec == spec) {
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

    /// Ends a stream: waits until the analysis has published its last results.
    pub(crate) fn end(&mut self, mut sinks: CaptureSinks) {
        sinks.analysis.deactivate(DRAIN_TIMEOUT);
        self.kept = Some(sinks);
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

    /// Sink that counts samples and logs its calls.
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
    fn sink_factory_same_form_keeps_the_analysis_and_another_form_opens_a_new_one() {
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
        assert_eq!(sinks.source_s(), 0.1, "source time goes on");
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
