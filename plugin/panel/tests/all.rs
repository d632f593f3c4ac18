//! The panel as its owners see it, without a window.

mod added;
mod asking;
mod bounds;
mod choosing;
mod moods;
#[cfg(feature = "pictures")]
mod pictures;
mod states;
mod support;
