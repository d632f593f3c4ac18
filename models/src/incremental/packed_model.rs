//! Trunk with packed weights.

use super::branch::FrontBranch;
use super::temporal_conv::TemporalConv;

/// Trunk with its weights packed for the kernels; streams share it.
pub(super) struct PackedModel {
    pub(super) frames: usize,
    pub(super) bands: usize,
    pub(super) input_scale: f32,
    pub(super) input_shift: f32,
    pub(super) branches: Vec<FrontBranch>,
    pub(super) middles: Vec<TemporalConv>,
}
