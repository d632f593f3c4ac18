//! Normalizations by mean and variance of the value itself.

use super::{BuildResult, GraphBuilder, Value, op_error};
use crate::tensor::{Tensor, count};

impl GraphBuilder {
    /// Subtracts the mean over these axes and divides by the standard deviation.
    pub(crate) fn standardized(&mut self, value: &Value, over: &[i64], epsilon: f32) -> BuildResult {
        let mean = self.reduce("ReduceMean", value, over, true)?;
        let centred = self.binary("Sub", value, &mean)?;
        let squared = self.binary("Mul", &centred, &centred)?;
        let variance = self.reduce("ReduceMean", &squared, over, true)?;
        let variance = self.binary("Add", &variance, &Value::Constant(Tensor::float(epsilon)))?;
        let deviation = self.unary("Sqrt", &variance)?;
        self.binary("Div", &centred, &deviation)
    }

    /// Standardizes groups of channels of `[batch, channels, spatial axes...]`.
    pub(crate) fn group_standardized(&mut self, value: &Value, groups: usize, epsilon: f32) -> BuildResult {
        let shape = value.shape()?;
        let &[batch, channels, ..] = &*shape else {
            return op_error(format!("expected batch and channels, got shape {shape:?}"));
        };
        if groups == 0 || !channels.is_multiple_of(groups) {
            return op_error(format!("expected a number of groups that divides {channels}, got {groups}"));
        }
        if groups == channels && shape.len() > 2 {
            return self.standardized(value, &(2..shape.len() as i64).collect::<Vec<_>>(), epsilon);
        }
        if groups == 1 {
            return self.standardized(value, &(1..shape.len() as i64).collect::<Vec<_>>(), epsilon);
        }
        let rest = count(&shape[1..])? / groups;
        let grouped = self.shaped(value, vec![batch, groups, rest])?;
        let normal = self.standardized(&grouped, &[2], epsilon)?;
        self.shaped(&normal, shape)
    }

    /// Multiplies and adds a number for each channel, along axis 1.
    pub(crate) fn per_channel(&mut self, value: &Value, scale: &Value, bias: &Value) -> BuildResult {
        let shape = value.shape()?;
        let aligned = |build: &mut Self, part: &Value| {
            let own = part.shape()?;
            if own.len() != 1 || (own != [1] && own.first() != shape.get(1)) {
                return op_error(format!("expected a number for each of the channels of {shape:?}, got {own:?}"));
            }
            let mut dims = own;
            dims.resize(shape.len() - 1, 1);
            build.shaped(part, dims)
        };
        let (scale, bias) = (aligned(self, scale)?, aligned(self, bias)?);
        let scaled = self.binary("Mul", value, &scale)?;
        self.binary("Add", &scaled, &bias)
    }
}
