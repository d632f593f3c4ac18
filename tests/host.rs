//! The CLAP plugin in a host: what hosts and their validators ask of a plugin, and what Earmark promises in one.
//!
//! The plugin's entry is linked into these tests, so that every allocation is seen. Cases that clap-validator checks
//! have its names, in modules of their own; [`clap_validator_coverage`] says which of them do not apply, and why.

mod allocations;
mod assert_process_allocs;
mod audio;
mod offline_render;
mod bundled;
mod session_state;
pub(crate) mod clip;
mod worker_panic;
mod many_instances;
mod host_callbacks;
mod rng;
mod clap_validator_coverage;
mod plugin_factory;
#[cfg(target_os = "linux")]
mod page_faults;
mod parameters;
mod passthrough;
mod fault_injection;
mod block_check;
mod processing;
mod clap_raw;
mod realtime;
mod resets;
pub(crate) mod test_host;
mod sanitizer;
mod scan;
mod report_dir;
mod stalled_worker;
mod state;
mod model_switching;
mod transport;
#[cfg(target_os = "linux")]
mod window;
