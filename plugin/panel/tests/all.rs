//! The panel as its owners see it, without a window.

mod asking;
mod bounds;
mod choosing;
#[cfg(feature = "pictures")]
mod pictures;
mod states;
mod support;
