//! Audio inputs that are reopened after a failure: sound cards and monitors of the system output.
//!
//! ```text
//!  sound card ─ cpal ─ CaptureCallback: ChannelSelector, HighPass ─► CaptureSinks
//!                          │ InputStats, StreamErrors
//!  InputSupervisor: opens the stream, checks that frames arrive, closes a stalled stream and reopens it
//! ```

mod alsa_plugins;
mod callback;
mod channel_selector;
mod devices;
mod error;
mod high_pass;
mod input_device;
mod input_stats;
mod open_stream;
mod silence_backend_logs;
mod stream_errors;
mod supervisor;

pub(crate) use self::devices::hosts_default_first;
pub(crate) use self::open_stream::OPEN_TIMEOUT;
pub(crate) use self::silence_backend_logs::silence_backend_logs;
pub(crate) use self::stream_errors::is_fatal;

pub use self::devices::{InputSelection, list};
pub use self::error::InputError;
pub use self::high_pass::CORNERS_HZ;
pub use self::input_device::{InputDevice, InputKind};
pub use self::input_stats::{GAINS_DB, InputStats};
pub use self::open_stream::InputRequest;
pub use self::supervisor::{InputState, InputStatus, InputSupervisor};
