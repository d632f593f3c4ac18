//! Reading of TensorFlow constants and shapes.

use std::sync::Arc;

use crate::ImportError;
use crate::graph::Shape;
use crate::limits::Limits;
use crate::protobuf::{FieldValue, ProtobufError};
use crate::tensor::{Data, Tensor, count};

/// Number of the string type in TensorFlow's `DataType`.
pub(crate) const TEXT: i64 = 7;

/// Reads a constant; `None` for an unsupported element type such as strings. If the list is shorter than the shape, its
/// last element is repeated; an empty list means zeros.
pub(super) fn read(
    wire: FieldValue<'_>,
    limits: &mut Limits,
) -> Result<Result<Option<Arc<Tensor>>, ImportError>, ProtobufError> {
    let (mut kind, mut shape, mut content) = (0, Some(Vec::new()), [].as_slice());
    let (mut floats, mut doubles, mut integers) = (Vec::new(), Vec::new(), Vec::new());
    for field in wire.fields()? {
        match field? {
            (1, number) => kind = number.integer()?,
            (2, wire) => shape = read_shape(wire)?,
            (4, bytes) => content = bytes.bytes()?,
            (5, list) => list.floats(&mut floats)?,
            (6, list) => list.doubles(&mut doubles)?,
            (7 | 10 | 11 | 13 | 16 | 17, list) => list.integers(&mut integers)?,
            _ => {}
        }
    }
    let shape: Option<Vec<usize>> = shape.unwrap_or_default().into_iter().collect();
    let shape = shape.ok_or(ProtobufError)?;
    let data = if content.is_empty() {
        match kind {
            1 => Data::F32(floats),
            2 => Data::F32(doubles.into_iter().map(|value| value as f32).collect()),
            3..=6 | 9 | 17 | 22 | 23 => Data::I64(integers),
            10 => Data::Bool(integers.into_iter().map(|value| value != 0).collect()),
            14 => Data::F32(integers.into_iter().map(|bits| f32::from_bits((bits as u32) << 16)).collect()),
            19 => Data::F32(integers.into_iter().map(|bits| half(bits as u16)).collect()),
            _ => return Ok(Ok(None)),
        }
    } else {
        match raw(kind, content)? {
            Some(data) => data,
            None => return Ok(Ok(None)),
        }
    };
    Ok(expand(shape, data, limits).map(Some))
}

fn expand(shape: Vec<usize>, data: Data, limits: &mut Limits) -> Result<Arc<Tensor>, ImportError> {
    let (expected, got) = (count(&shape)?, data.len());
    if expected == got {
        return Tensor::new(shape, data);
    }
    if expected < got {
        return Err(ImportError::Malformed(format!(
            "constant of shape {shape:?}: expected {expected} elements, got {got}"
        )));
    }
    limits.numbers(expected)?;
    let data = data.pick((0..expected).map(|place| place.min(got.saturating_sub(1))));
    Tensor::new(shape, data)
}

/// Returns the elements of a constant of texts; `None` for another type.
pub(super) fn texts(wire: FieldValue<'_>) -> Result<Option<Vec<String>>, ProtobufError> {
    let (mut kind, mut texts) = (0, Vec::new());
    for field in wire.fields()? {
        match field? {
            (1, number) => kind = number.integer()?,
            (8, text) => texts.push(String::from_utf8_lossy(text.bytes()?).into_owned()),
            _ => {}
        }
    }
    Ok((kind == TEXT).then_some(texts))
}

/// Returns the number of bytes of an element; `None` for an unsupported type.
pub(super) fn width(kind: i64) -> Option<usize> {
    match kind {
        4 | 6 | 10 => Some(1),
        5 | 14 | 19 => Some(2),
        1 | 3 => Some(4),
        2 | 9 => Some(8),
        _ => None,
    }
}

/// Decodes the elements of a constant; `None` for an unsupported type.
pub(super) fn raw(kind: i64, bytes: &[u8]) -> Result<Option<Data>, ProtobufError> {
    fn each<const N: usize, T>(bytes: &[u8], read: impl Fn([u8; N]) -> T) -> Result<Vec<T>, ProtobufError> {
        let (chunks, rest) = bytes.as_chunks();
        if rest.is_empty() { Ok(chunks.iter().map(|bytes| read(*bytes)).collect()) } else { Err(ProtobufError) }
    }
    Ok(Some(match kind {
        1 => Data::F32(each(bytes, f32::from_le_bytes)?),
        2 => Data::F32(each(bytes, |bytes| f64::from_le_bytes(bytes) as f32)?),
        3 => Data::I64(each(bytes, |bytes| i32::from_le_bytes(bytes).into())?),
        4 => Data::I64(each(bytes, |[byte]| byte.into())?),
        5 => Data::I64(each(bytes, |bytes| i16::from_le_bytes(bytes).into())?),
        6 => Data::I64(each(bytes, |bytes| i8::from_le_bytes(bytes).into())?),
        9 => Data::I64(each(bytes, i64::from_le_bytes)?),
        10 => Data::Bool(each(bytes, |[byte]| byte != 0)?),
        14 => Data::F32(each(bytes, |bytes| f32::from_bits(u32::from(u16::from_le_bytes(bytes)) << 16))?),
        19 => Data::F32(each(bytes, |bytes| half(u16::from_le_bytes(bytes)))?),
        _ => return Ok(None),
    }))
}

/// Converts a half-precision number.
pub(crate) fn half(bits: u16) -> f32 {
    let (sign, exponent, mantissa) = (bits >> 15, (bits >> 10) & 31, f32::from(bits & 1023));
    let size = match exponent {
        0 => mantissa * 2.0_f32.powi(-24),
        31 if mantissa == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1024.0 + mantissa) * 2.0_f32.powi(i32::from(exponent) - 25),
    };
    if sign == 1 { -size } else { size }
}

/// Reads a shape: `None` for an open dimension, and `None` as a whole for an open rank.
pub(super) fn read_shape(wire: FieldValue<'_>) -> Result<Shape, ProtobufError> {
    let mut shape = Some(Vec::new());
    for field in wire.fields()? {
        match field? {
            (2, dimension) => {
                let mut dim = 0;
                for field in dimension.fields()? {
                    if let (1, number) = field? {
                        dim = number.integer()?;
                    }
                }
                if let Some(shape) = &mut shape {
                    shape.push(usize::try_from(dim).ok());
                }
            }
            (3, unknown) if unknown.integer()? != 0 => shape = None,
            _ => {}
        }
    }
    Ok(shape)
}
