//! Network file that was read.

use earmark_import::Source;
use earmark_models::{Origin, Registry};

/// A network file that was read.
#[derive(Clone, Copy)]
pub(crate) struct NetworkFile<'a> {
    /// Id of the model.
    pub(crate) id: &'a str,
    pub(crate) source: &'a Source,
    /// Content of the file.
    pub(crate) bytes: &'a [u8],
    pub(crate) origin: &'a Origin,
    pub(crate) registry: &'a Registry,
}
