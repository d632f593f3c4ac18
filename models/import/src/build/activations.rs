//! Activations that are composed of several operations.

use super::{BuildResult, GraphBuilder, OpError, Value};
use crate::tensor::{ElementType, Tensor};

impl GraphBuilder {
    /// Multiplies a value by a number.
    pub(crate) fn scaled(&mut self, value: &Value, factor: f32) -> BuildResult {
        self.binary("Mul", value, &Value::Constant(Tensor::float(factor)))
    }

    /// Adds a number to a value.
    pub(crate) fn shifted(&mut self, value: &Value, shift: f32) -> BuildResult {
        self.binary("Add", value, &Value::Constant(Tensor::float(shift)))
    }

    /// Emits the scaled exponential linear unit.
    pub(crate) fn selu(&mut self, value: &Value, alpha: f32, gamma: f32) -> BuildResult {
        let elu = self.unary_with("Elu", value, alpha)?;
        self.scaled(&elu, gamma)
    }

    /// Emits the Gaussian error linear unit, or its approximation by `Tanh`.
    pub(crate) fn gelu(&mut self, value: &Value, approximate: bool) -> BuildResult {
        let bell = if approximate {
            let square = self.binary("Mul", value, value)?;
            let cube = self.binary("Mul", &square, value)?;
            let cube = self.scaled(&cube, 0.044_715)?;
            let sum = self.binary("Add", value, &cube)?;
            let scaled = self.scaled(&sum, (2.0 / std::f32::consts::PI).sqrt())?;
            self.unary("Tanh", &scaled)?
        } else {
            let scaled = self.scaled(value, std::f32::consts::FRAC_1_SQRT_2)?;
            self.unary("Erf", &scaled)?
        };
        let share = self.shifted(&bell, 1.0)?;
        let half = self.scaled(value, 0.5)?;
        self.binary("Mul", &half, &share)
    }

    /// Returns the element type of a value.
    pub(crate) fn element_type_of(&self, value: &Value) -> Result<ElementType, OpError> {
        match value {
            Value::Constant(tensor) => Ok(tensor.data.element_type()),
            Value::Dynamic(view) => Ok(self.element_type(view)),
            _ => Err(OpError::Unknown),
        }
    }
}
