//! Resizing of axes by interpolation. Each axis is resized by itself: by rows, or by a product with a constant matrix.

use super::{BuildResult, GraphBuilder, OpError, Value, op_error};
use crate::tensor::{Data, Tensor, count};

/// The weights of one element of the result take as long as so many elements of the matrix.
const WEIGHTS_COST: usize = 16;

/// Interpolation between elements.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Interpolation {
    /// One element, chosen by a rounding of its coordinate.
    Nearest(Rounding),
    Linear,
    /// A cubic with this coefficient.
    Cubic(f32),
}

/// Rounding of the coordinate of the nearest element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rounding {
    HalfDown,
    HalfUp,
    Floor,
    Ceil,
}

/// Coordinate in the input of an element of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coordinates {
    HalfPixel,
    /// As `HalfPixel`; 0 if the result has one element.
    HalfPixelOfMany,
    HalfPixelSymmetric,
    /// As `HalfPixel`, not shifted back by half an element: for the nearest element, in older files.
    HalfPixelUnshifted,
    AlignCorners,
    Asymmetric,
}

/// A method of resizing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Resize {
    pub(crate) interpolation: Interpolation,
    pub(crate) coordinates: Coordinates,
    /// Whether elements outside of the input have no weight; otherwise the border is repeated.
    pub(crate) excludes_outside: bool,
}

/// Sizes of one axis: of the input, of the result, and the factor between them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct AxisSize {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) scale: f32,
}

impl AxisSize {
    /// Returns the sizes with the factor that they imply.
    pub(crate) fn new(from: usize, to: usize) -> Self {
        Self { from, to, scale: to as f32 / from as f32 }
    }
}

impl Resize {
    fn coordinate(&self, index: usize, size: AxisSize) -> f32 {
        let (index, from, to) = (index as f32, size.from as f32, size.to as f32);
        let centre = (index + 0.5) / size.scale;
        match self.coordinates {
            Coordinates::HalfPixelOfMany | Coordinates::AlignCorners if size.to == 1 => 0.0,
            Coordinates::HalfPixel | Coordinates::HalfPixelOfMany => centre - 0.5,
            Coordinates::HalfPixelUnshifted => centre,
            Coordinates::HalfPixelSymmetric => {
                let adjustment = to / (size.scale * from);
                from / 2.0 * (1.0 - adjustment) + centre - 0.5
            }
            Coordinates::AlignCorners => index * (from - 1.0) / (to - 1.0),
            Coordinates::Asymmetric => index / size.scale,
        }
    }

    /// Returns the weight of an element at a distance from the coordinate.
    fn kernel(&self, distance: f32) -> f32 {
        let x = distance.abs();
        match self.interpolation {
            Interpolation::Cubic(a) if x <= 1.0 => ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0,
            Interpolation::Cubic(a) if x < 2.0 => ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a,
            Interpolation::Linear => (1.0 - x).max(0.0),
            _ => 0.0,
        }
    }

    /// Returns the row of the input for each row of the result.
    fn rows(&self, rounding: Rounding, size: AxisSize) -> Vec<usize> {
        let row = |index| {
            let coordinate = self.coordinate(index, size);
            let rounded = match rounding {
                Rounding::HalfDown => (coordinate - 0.5).ceil(),
                Rounding::HalfUp => (coordinate + 0.5).floor(),
                Rounding::Floor => coordinate.floor(),
                Rounding::Ceil => coordinate.ceil(),
            };
            (rounded.max(0.0) as usize).min(size.from - 1)
        };
        (0..size.to).map(row).collect()
    }

    /// Returns the matrix `[from, to]` that a row of the input is multiplied with.
    fn matrix(&self, size: AxisSize) -> Vec<f32> {
        let mut matrix = vec![0.0; size.from * size.to];
        let reach = if matches!(self.interpolation, Interpolation::Cubic(_)) { 2.0 } else { 1.0 };
        let last = size.from as i64 - 1;
        for index in 0..size.to {
            let mut coordinate = self.coordinate(index, size);
            if self.interpolation == Interpolation::Linear {
                coordinate = coordinate.clamp(0.0, last as f32);
            }
            let (first, end) = ((coordinate - reach).ceil() as i64, (coordinate + reach).floor() as i64);
            let mut sum = 0.0;
            for at in first..=end {
                let weight = self.kernel(at as f32 - coordinate);
                if !self.excludes_outside || (0..=last).contains(&at) {
                    let row = usize::try_from(at.clamp(0, last)).unwrap_or(0);
                    matrix[row * size.to + index] += weight;
                    sum += weight;
                }
            }
            if self.excludes_outside && sum != 0.0 {
                (0..size.from).for_each(|row| matrix[row * size.to + index] /= sum);
            }
        }
        matrix
    }
}

impl GraphBuilder {
    /// Resizes every axis whose sizes differ.
    pub(crate) fn resize(&mut self, value: &Value, sizes: &[AxisSize], method: &Resize) -> BuildResult {
        let shape = value.shape()?;
        if sizes.len() != shape.len() || sizes.iter().zip(&shape).any(|(size, &dim)| size.from != dim) {
            return op_error(format!("expected sizes of {} axes, got {sizes:?}", shape.len()));
        }
        let mut value = value.clone();
        for (along, &size) in sizes.iter().enumerate() {
            if size.from == size.to && size.scale == 1.0 {
                continue;
            }
            let is_usable = size.from > 0 && size.to > 0 && size.scale.is_finite() && size.scale > 0.0;
            // A factor so small would need a window of the whole file.
            if !is_usable || size.scale < 1.0 / 4_096.0 {
                return op_error(format!("expected a positive size and factor, got {size:?}"));
            }
            let weights = count(&[size.to, WEIGHTS_COST])?;
            value = match method.interpolation {
                Interpolation::Nearest(rounding) => {
                    self.net.charge(weights)?;
                    self.take(&value, along, &method.rows(rounding, size))?
                }
                _ => {
                    self.net.charge(weights.saturating_add(count(&[size.from, size.to])?))?;
                    let kernel = Tensor::new(vec![size.from, size.to], Data::F32(method.matrix(size)))?;
                    self.multiplied(&value, along, &Value::Constant(kernel))?
                }
            };
        }
        Ok(value)
    }

    /// Multiplies the rows along an axis with a matrix.
    fn multiplied(&mut self, value: &Value, along: usize, matrix: &Value) -> BuildResult {
        let rank = value.shape()?.len();
        let order: Vec<_> = (0..rank).filter(|&axis| axis != along).chain([along]).map(|axis| axis as i64).collect();
        let back: Vec<_> = (0..rank)
            .map(|axis| order.iter().position(|&from| from == axis as i64).map(|place| place as i64))
            .collect::<Option<_>>()
            .ok_or(OpError::Unknown)?;
        let last = self.transpose(value, &order)?;
        let product = self.matmul(&last, matrix)?;
        self.transpose(&product, &back)
    }
}
