//! Inputs of the machine, kept open: sound cards, lines, and monitors of what the machine plays.
//!
//! ```text
//!  sound card ─ cpal ─ CaptureCallback: ChannelSelector, HighPass ─► CaptureSinks
//!                          │ InputStats, StreamErrors
//!  InputSupervisor: opens, watches the frames, closes a dead stream, opens again
//! ```

mod backend_lock;
mod callback;
mod channel_selector;
mod devices;
mod error;
mod high_pass;
mod input_stats;
mod open_stream;
mod silence_backend_logs;
mod stream_errors;
mod supervisor;

pub use self::devices::{InputDevice, InputKind, list};
pub use self::error::InputError;
pub use self::high_pass::CORNERS_HZ;
pub use self::input_stats::{GAINS_DB, InputStats};
pub use self::open_stream::InputRequest;
pub use self::supervisor::{InputState, InputStatus, InputSupervisor};
