//! The panel as its owners see it, without a window.

mod asking;
mod bounds;
#[cfg(feature = "pictures")]
mod pictures;
mod states;
mod support;
