//! Reading of ONNX constants.

use std::sync::Arc;

use crate::ImportError;
use crate::graph::malformed;
use crate::protobuf::{FieldValue, ProtobufError};
use crate::tensor::{Data, Tensor};
use crate::tensorflow::half;

/// The fields of a serialized tensor.
#[derive(Default)]
struct RawTensor<'a> {
    name: &'a str,
    kind: i64,
    dims: Vec<i64>,
    floats: Vec<f32>,
    doubles: Vec<f64>,
    integers: Vec<i64>,
    raw: &'a [u8],
    external: bool,
}

/// Reads the name and elements of a constant; `None` for an unsupported element type. Data in another file is an error,
/// because an import reads one file only.
pub(super) fn read(wire: FieldValue<'_>) -> Result<(String, Option<Arc<Tensor>>), ImportError> {
    let proto = fields(wire).map_err(malformed("constant"))?;
    if proto.external {
        return Err(ImportError::ExternalData(proto.name.to_owned()));
    }
    let name = proto.name.to_owned();
    let shape: Option<Vec<usize>> = proto.dims.iter().map(|&dim| usize::try_from(dim).ok()).collect();
    let shape = shape.ok_or_else(|| ImportError::Malformed(format!("malformed shape of constant `{name}`")))?;
    let data = numbers(proto).map_err(malformed(format!("constant `{name}`")))?;
    Ok((name, data.map(|data| Tensor::new(shape, data)).transpose()?))
}

fn fields(wire: FieldValue<'_>) -> Result<RawTensor<'_>, ProtobufError> {
    let mut proto = RawTensor::default();
    for field in wire.fields()? {
        match field? {
            (1, list) => list.integers(&mut proto.dims)?,
            (2, number) => proto.kind = number.integer()?,
            (4, list) => list.floats(&mut proto.floats)?,
            (5 | 7 | 11, list) => list.integers(&mut proto.integers)?,
            (8, text) => proto.name = text.text()?,
            (9, bytes) => proto.raw = bytes.bytes()?,
            (10, list) => list.doubles(&mut proto.doubles)?,
            (13, _) => proto.external = true,
            (14, number) => proto.external |= number.integer()? == 1,
            _ => {}
        }
    }
    Ok(proto)
}

fn numbers(proto: RawTensor<'_>) -> Result<Option<Data>, ProtobufError> {
    fn each<const N: usize, T>(bytes: &[u8], read: impl Fn([u8; N]) -> T) -> Result<Vec<T>, ProtobufError> {
        let (chunks, rest) = bytes.as_chunks();
        if rest.is_empty() { Ok(chunks.iter().map(|bytes| read(*bytes)).collect()) } else { Err(ProtobufError) }
    }
    let (raw, integers) = (proto.raw, proto.integers);
    let brain = |bits: u16| f32::from_bits(u32::from(bits) << 16);
    Ok(Some(if raw.is_empty() {
        match proto.kind {
            1 => Data::F32(proto.floats),
            11 => Data::F32(proto.doubles.into_iter().map(|value| value as f32).collect()),
            2..=7 | 12 | 13 => Data::I64(integers),
            9 => Data::Bool(integers.into_iter().map(|value| value != 0).collect()),
            10 => Data::F32(integers.into_iter().map(|bits| half(bits as u16)).collect()),
            16 => Data::F32(integers.into_iter().map(|bits| brain(bits as u16)).collect()),
            _ => return Ok(None),
        }
    } else {
        match proto.kind {
            1 => Data::F32(each(raw, f32::from_le_bytes)?),
            11 => Data::F32(each(raw, |bytes| f64::from_le_bytes(bytes) as f32)?),
            2 => Data::I64(each(raw, |[byte]| byte.into())?),
            3 => Data::I64(each(raw, |bytes| i8::from_le_bytes(bytes).into())?),
            5 => Data::I64(each(raw, |bytes| i16::from_le_bytes(bytes).into())?),
            6 => Data::I64(each(raw, |bytes| i32::from_le_bytes(bytes).into())?),
            7 => Data::I64(each(raw, i64::from_le_bytes)?),
            9 => Data::Bool(each(raw, |[byte]| byte != 0)?),
            10 => Data::F32(each(raw, |bytes| half(u16::from_le_bytes(bytes)))?),
            16 => Data::F32(each(raw, |bytes| brain(u16::from_le_bytes(bytes)))?),
            _ => return Ok(None),
        }
    }))
}
