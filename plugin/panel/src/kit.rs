//! Colours, sizes and widgets of the panel, for windows of other plugins.

pub use crate::text_field::{ValidatedTextField, Validation};
pub use crate::theme::{BODY, CAPTION, EDGE, HEADING, Palette, apply};
pub use crate::widgets::{attention, caption};
