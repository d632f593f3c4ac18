//! Conversion of ONNX's `Resize` and `Upsample`.

use super::call::Call;
use crate::build::{
    AxisSize, BuildResult, Coordinates, GraphBuilder, Interpolation, OpError, Resize, Rounding, Value, axis, op_error,
};

/// First version of `Resize` with coordinate transformations.
const HAS_COORDINATES: i64 = 11;

pub(super) fn make(build: &mut GraphBuilder, call: &Call<'_>) -> BuildResult {
    let (node, value) = (call.node, call.input(0));
    let is_new = node.op == "Resize" && call.version >= HAS_COORDINATES;
    let shape = value.shape()?;
    let sizes = sizes(call, &shape, is_new)?;
    let coordinates = match node.text("coordinate_transformation_mode") {
        _ if !is_new => Coordinates::Asymmetric,
        None | Some("half_pixel") => Coordinates::HalfPixel,
        Some("half_pixel_symmetric") => Coordinates::HalfPixelSymmetric,
        Some("pytorch_half_pixel") => Coordinates::HalfPixelOfMany,
        Some("tf_half_pixel_for_nn") => Coordinates::HalfPixelUnshifted,
        Some("align_corners") => Coordinates::AlignCorners,
        Some("asymmetric") => Coordinates::Asymmetric,
        Some(other) => return op_error(format!("expected coordinates of the whole input, got {other}")),
    };
    let is_larger = sizes.iter().all(|size| size.scale >= 1.0);
    let rounding = match node.text("nearest_mode") {
        _ if !is_new && is_larger => Rounding::Floor,
        _ if !is_new => Rounding::Ceil,
        None | Some("round_prefer_floor") => Rounding::HalfDown,
        Some("round_prefer_ceil") => Rounding::HalfUp,
        Some("floor") => Rounding::Floor,
        Some("ceil") => Rounding::Ceil,
        Some(other) => return op_error(format!("expected a rounding, got {other}")),
    };
    let interpolation = match node.text("mode") {
        None | Some("nearest") => Interpolation::Nearest(rounding),
        Some("linear" | "bilinear") => Interpolation::Linear,
        Some("cubic") => Interpolation::Cubic(node.float("cubic_coeff_a").unwrap_or(-0.75)),
        Some(other) => return op_error(format!("expected mode nearest, linear or cubic, got {other}")),
    };
    if node.is_set("antialias") && !is_larger && !matches!(interpolation, Interpolation::Nearest(_)) {
        return op_error("expected a resize without `antialias`");
    }
    build.resize(
        value,
        &sizes,
        &Resize { interpolation, coordinates, excludes_outside: node.is_set("exclude_outside") },
    )
}

/// Returns the sizes of every axis, from the sizes or the factors in the file.
fn sizes(call: &Call<'_>, shape: &[usize], is_new: bool) -> Result<Vec<AxisSize>, OpError> {
    let node = call.node;
    let axes = match node.ints("axes") {
        Some(axes) => axes.iter().map(|&one| axis(one, shape.len())).collect::<Result<Vec<_>, _>>()?,
        None => (0..shape.len()).collect(),
    };
    let mut sizes: Vec<_> = shape.iter().map(|&dim| AxisSize::new(dim, dim)).collect();
    let is_list = |value: &Value| matches!(value, Value::Constant(tensor) if tensor.data.len() > 0);
    let expected = |got: usize| op_error(format!("expected sizes of {} axes, got {got}", axes.len()));
    if is_new && is_list(call.input(3)) {
        if node.text("keep_aspect_ratio_policy").is_some_and(|policy| policy != "stretch") {
            return op_error("expected `keep_aspect_ratio_policy` stretch");
        }
        let given = call.input(3).dims()?;
        if given.len() != axes.len() {
            return expected(given.len());
        }
        axes.iter().zip(given).for_each(|(&along, to)| sizes[along] = AxisSize::new(shape[along], to));
        return Ok(sizes);
    }
    let scales = call.input(if is_new { 2 } else { 1 });
    let scales = match node.floats("scales") {
        Some(scales) => scales.to_vec(),
        None if is_list(scales) => scales.constant()?.to_floats(),
        None => return op_error("expected constant sizes or factors"),
    };
    if scales.len() != axes.len() {
        return expected(scales.len());
    }
    for (&along, scale) in axes.iter().zip(scales) {
        let to = (shape[along] as f32 * scale).floor().clamp(0.0, (1 << 26) as f32) as usize;
        sizes[along] = AxisSize { from: shape[along], to, scale };
    }
    Ok(sizes)
}
