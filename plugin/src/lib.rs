//! Earmark in a DAW: a VST3 and CLAP effect that passes audio on untouched and says what it hears.
//!
//! ```text
//! host ─ process ─► Session ── Tap ═══ ring ═══► Listener (Analyzer that follows the parameters)      ─┐ Pool: a few
//!          ▲            │                             │ Heard: predictions, breaks, takes              │ threads for
//!          │            │                             ▼                                                │ all instances
//!          └── MIDI ◄── board ◄───────────────── Publisher ─► time line, OSC, report of a render      ─┘
//!                         └─► Instance ─► editor
//! ```
//!
//! The audio thread has the [`Session`]: it feeds the tap and reads its slot of the board. Everybody else knows the
//! [`Instance`]. The worker notices what the parameters and the saved [`State`](state::State) ask for, loads models
//! when the first audio comes, and never gives what earlier models said as the present ones'.

mod editor;
mod export;
mod instance;
mod listener;
mod offline;
pub mod outputs;
mod params;
mod pool;
mod process;
mod publisher;
pub mod report;
mod session;
pub mod state;
mod transport;
mod view;

pub use editor::Window;
pub use export::clap_entry;
pub use instance::{Entry, Instance, Report, TIMELINE_ENTRIES};
pub use listener::{Heard, Listener, Setup};
pub use offline::Mode;
pub use params::{EarmarkParams, TagModel, TempoModel};
pub use pool::{Attached, Pool};
pub use process::EarmarkPlugin;
pub use session::{Session, SessionConfig};
pub use transport::{BarBeat, Follower, Musical};
pub use view::{Choice, Status, TagsView, TempoView, View};

/// How many models this process has loaded so far: none by scanning, creating or activating the plugin.
#[must_use]
pub fn models_loaded() -> u64 {
    earmark_models::Registry::shipped().loads()
}
