//! A trunk that is ready to run.

use super::branch::Branch;
use super::middle::Middle;

/// A trunk with its weights packed; streams share it.
pub(super) struct PackedModel {
    pub(super) frames: usize,
    pub(super) bands: usize,
    pub(super) input_scale: f32,
    pub(super) input_shift: f32,
    pub(super) branches: Vec<Branch>,
    pub(super) middles: Vec<Middle>,
}
