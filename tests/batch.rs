//! Analysis of whole libraries in shards: `earmark batch`.

mod ends;
mod faults;
mod library;
mod outputs;
mod plans;
