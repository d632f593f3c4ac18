//! Beats from onsets: activation, forward filter over tempo and position, and pulse fit.

pub(crate) mod filter;
pub(crate) mod flux;
pub(crate) mod pulse;
