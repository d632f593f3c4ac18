//! Who hears a source: the session that listens, and the tape that keeps.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use earmark_dsp::{SampleRate, Tap};
use earmark_session::{Instance, Mode, Pool, Session, SessionConfig, Transport};

use super::tape::Tape;

/// The longest block that is handed on at once, in samples.
pub(super) const MOST_BLOCK: usize = 4096;

/// How long what is still to be heard at the end of a stream is waited for.
const SETTLING: Duration = Duration::from_secs(10);

/// What is known of a stream before its first sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct StreamSpec {
    /// Its rate.
    pub(crate) rate: SampleRate,
    /// Channels that are mixed to one.
    pub(crate) channels: usize,
}

/// The thread's own that has the samples: takes them, and tells of jumps.
pub(super) struct Ears {
    session: Session,
    tape: Tap,
    channels: usize,
    /// Source time of the next sample, if that is not where the last one ended.
    jump_s: Option<f64>,
    /// Whether nothing has come yet: the tape may have had another stream before.
    fresh: bool,
}

impl Ears {
    /// Takes interleaved frames. Real-time safe, but for a file that is played as fast as it is heard: that waits.
    pub(super) fn take(&mut self, samples: &[f32]) {
        let mut transport = Transport::default();
        if let Some(to_s) = self.jump_s.take() {
            (transport.playing, transport.position_s) = (true, Some(to_s));
            self.tape.seek(to_s);
        } else if self.fresh {
            self.tape.seek(self.session.source_s());
        }
        self.fresh = false;
        self.session.process_interleaved(samples, &transport);
        self.tape.push_interleaved(samples, self.channels);
    }

    /// The next sample's source time is this, in seconds. Real-time safe.
    pub(super) fn jump(&mut self, to_s: f64) {
        self.jump_s = Some(to_s);
    }

    /// Source time of the next sample, in seconds. Real-time safe.
    pub(super) fn source_s(&self) -> f64 {
        self.jump_s.unwrap_or_else(|| self.session.source_s())
    }
}

/// Makes ears, and keeps them from one stream to the next: as long as the form of the stream stays, so do the models, and
/// source time goes on.
pub(crate) struct Hearing {
    instance: Arc<Instance>,
    pool: Arc<Pool>,
    tape: Tape,
    kept: Option<Ears>,
}

impl Hearing {
    /// For an instance, and a tape.
    pub(crate) fn new(instance: &Arc<Instance>, tape: &Tape) -> Self {
        Self { instance: Arc::clone(instance), pool: Pool::shared(), tape: tape.clone(), kept: None }
    }

    /// A stream begins.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn begin(&mut self, spec: StreamSpec, mode: Mode) -> io::Result<Ears> {
        let config = SessionConfig { rate: spec.rate, channels: spec.channels, most_block: MOST_BLOCK };
        let mut ears = match self.kept.take().filter(|ears| ears.session.config() == config) {
            Some(ears) => ears,
            None => {
                self.tape.end();
                let session = Session::new(&self.instance, &self.pool, config)?;
                Ears { session, tape: self.tape.begin(spec.rate)?, channels: spec.channels, jump_s: None, fresh: true }
            }
        };
        ears.session.activate(mode);
        Ok(ears)
    }

    /// The stream is over: what was held back is heard, and told.
    pub(super) fn end(&mut self, mut ears: Ears) {
        ears.session.deactivate();
        // Whoever does not come to an end in this time is not waited for: what was told by then is told.
        let _ = ears.session.settle(SETTLING);
        self.kept = Some(ears);
    }
}

impl Drop for Hearing {
    fn drop(&mut self) {
        self.tape.end();
    }
}
