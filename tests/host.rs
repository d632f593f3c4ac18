//! The CLAP plugin in a host: what hosts and their validators ask of a plugin, and what Earmark promises in one.
//!
//! The plugin's entry is linked into these tests, so that every allocation is seen. Cases that clap-validator checks
//! have its names, in modules of their own; [`left_out`] says which of them do not apply, and why.

mod allocations;
mod asserting;
mod audio;
mod bounce;
mod bundled;
mod choices;
pub(crate) mod clip;
mod collapse;
mod crowd;
mod desk;
mod dice;
mod left_out;
mod library;
#[cfg(target_os = "linux")]
mod pages;
mod parameters;
mod passthrough;
mod planted;
mod played;
mod processing;
mod raw;
mod realtime;
mod resets;
pub(crate) mod rig;
mod sanitizer;
mod scan;
mod shelf;
mod stall;
mod state;
mod switches;
mod transport;
#[cfg(target_os = "linux")]
mod window;
