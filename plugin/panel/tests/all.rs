//! The panel as its owners see it, without a window.

#[cfg(feature = "pictures")]
mod pictures;
mod support;
