//! Where the sound comes from: an input of the machine, kept alive, or a file that is played.
//!
//! ```text
//!  sound card ─ callback ─ Feed (gain, channels) ─┬─► Tap ─► who listens
//!                  ▲                              └─► Tap ─► who keeps what was heard
//!  Keeper: opens, watches the frames, lets go of what is dead, opens again
//! ```

pub(crate) mod devices;
pub(crate) mod feed;
pub(crate) mod keeper;
mod opening;
pub(crate) mod player;
mod quiet;
pub(crate) mod tape;
mod trouble;

use std::io;

use earmark_dsp::{SampleRate, Tap};

pub(crate) use self::trouble::Trouble;

/// What is known of a stream before its first sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct StreamSpec {
    /// Its rate.
    pub(crate) rate: SampleRate,
    /// Channels that are mixed to one.
    pub(crate) channels: usize,
}

/// Who hears a source: is asked for taps whenever a stream begins, because another stream may have another rate.
pub(crate) trait Ear: Send {
    /// A stream begins: where its samples go. Each tap gets all of them.
    ///
    /// # Errors
    /// When the system gives no thread to listen with.
    fn begin(&mut self, spec: StreamSpec) -> io::Result<Vec<Tap>>;

    /// The stream is over, and its taps are gone or never will be used again.
    fn end(&mut self);
}
