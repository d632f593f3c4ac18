//! The entry points of both formats.

// The macros define the formats' C entry points, which hosts call with raw pointers; this file holds nothing else.
#![allow(unsafe_code, missing_docs)]

use nice_plug::prelude::*;

use crate::EarmarkPlugin;

nice_export_clap!(EarmarkPlugin);
nice_export_vst3!(EarmarkPlugin);
