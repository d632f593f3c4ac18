//! Mappings: values that are sent all the time, as OSC messages, MIDI controllers or notes, or DMX channels.
//!
//! ```toml
//! [[map]]
//! from = "level.low"                # a tag, `tempo`, `silence`, `level.…`, `onset.…` or `descriptor.…`
//! osc = "/composition/layers/1/video/opacity"
//! in = [0.0, 0.5]                   # values that become the ends of `out`
//! out = [0.0, 1.0]
//! curve = "square"
//! release_s = 0.3
//! ```

mod engine;
mod envelope;
mod mapped_source;
mod preview;
mod raw_mapping;
mod shape;
mod target;

pub(super) use self::engine::{MappedLabels, MappingEngine, MappingOutputs};
pub(super) use self::mapped_source::{source_names, usual_range};
pub use self::preview::MappingPreview;
pub(super) use self::raw_mapping::{Mapping, RawMapping};
pub(super) use self::shape::CURVES;
