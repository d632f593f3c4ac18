//! Sink of captured audio that feeds a session of the live analysis.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use earmark_capture::recorder::Recorder;
use earmark_capture::sinks::{MAX_BLOCK, SinkFactory, StreamMode, StreamSink};
use earmark_session::{Instance, Mode, Pool, Session, SessionConfig, Transport};

/// Sink that passes one captured stream to a session.
struct SessionSink(Session);

impl StreamSink for SessionSink {
    fn activate(&mut self, mode: StreamMode) {
        self.0.activate(match mode {
            StreamMode::Realtime => Mode::Realtime,
            StreamMode::Offline => Mode::Offline,
        });
    }

    fn process(&mut self, samples: &[f32], seek_s: Option<f64>) {
        let mut transport = Transport::default();
        if let Some(to_s) = seek_s {
            (transport.playing, transport.position_s) = (true, Some(to_s));
        }
        self.0.process_interleaved(samples, &transport);
    }

    fn source_s(&self) -> f64 {
        self.0.source_s()
    }

    fn deactivate(&mut self, timeout: Duration) {
        self.0.deactivate();
        // Best effort: after the timeout, missing results are not waited for.
        let _ = self.0.settle(timeout);
    }
}

/// Returns a factory of sinks that feed sessions of `instance` and record to `recorder`.
pub(crate) fn sink_factory(instance: &Arc<Instance>, recorder: &Recorder) -> SinkFactory {
    let (instance, pool) = (Arc::clone(instance), Pool::shared());
    SinkFactory::new(recorder, move |spec| -> io::Result<Box<dyn StreamSink>> {
        let config = SessionConfig { rate: spec.rate, channels: spec.channels, most_block: MAX_BLOCK };
        Ok(Box::new(SessionSink(Session::new(&instance, &pool, config)?)))
    })
}
