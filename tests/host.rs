//! The CLAP plugin in a host: checks of hosts and validators, and Earmark's own guarantees.
//!
//! The plugin's entry is linked into these tests, so that every allocation is counted. Cases of clap-validator have its
//! names, in modules of their own; [`clap_validator_coverage`] lists those that do not apply, with the reason.

pub(crate) mod allocations;
mod assert_process_allocs;
mod audio;
mod block_check;
mod bundled;
pub(crate) mod clap_raw;
mod clap_validator_coverage;
pub(crate) mod clip;
mod fault_injection;
pub(crate) mod host_callbacks;
pub(crate) mod many_instances;
mod model_switching;
mod offline_render;
#[cfg(target_os = "linux")]
pub(crate) mod page_faults;
pub(crate) mod parameters;
mod passthrough;
mod plugin_factory;
mod processing;
mod realtime;
mod report_dir;
mod resets;
pub(crate) mod rng;
mod sanitizer;
mod scan;
mod session_state;
mod stalled_worker;
mod state;
pub(crate) mod test_host;
mod transport;
#[cfg(target_os = "linux")]
pub(crate) mod window;
#[cfg(target_os = "linux")]
mod window_behavior;
#[cfg(target_os = "linux")]
mod window_loops;
mod worker_panic;
