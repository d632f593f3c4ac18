//! Entry points of CLAP and VST3.

// The macros define C entry points, which hosts call with raw pointers. This file contains nothing else.
#![allow(unsafe_code, missing_docs)]

use nice_plug::prelude::*;

use crate::process::{EarmarkStems, EarmarkStemsVst3};

nice_export_clap!(EarmarkStems);
nice_export_vst3!(EarmarkStemsVst3);
