//! Reading of ONNX constants.

use std::sync::Arc;

use crate::ImportError;
use crate::files::Folder;
use crate::graph::malformed;
use crate::protobuf::{FieldValue, ProtobufError};
use crate::tensor::{Data, Tensor, count};
use crate::tensorflow::half;

/// A constant of a file.
#[derive(Debug)]
pub(super) struct Constant {
    pub(super) name: String,
    /// Element type as ONNX numbers it.
    pub(super) element_type: i64,
    /// The elements; `None` for an unsupported element type.
    pub(super) tensor: Option<Arc<Tensor>>,
}

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
    /// Name of the file with the data, first byte and number of bytes.
    location: &'a str,
    offset: u64,
    length: Option<u64>,
}

/// Reads a constant. Data in another file is read from `folder`.
pub(super) fn read(wire: FieldValue<'_>, folder: &mut Folder) -> Result<Constant, ImportError> {
    let mut proto = fields(wire).map_err(malformed("constant"))?;
    let (name, element_type) = (proto.name.to_owned(), proto.kind);
    let shape: Option<Vec<usize>> = proto.dims.iter().map(|&dim| usize::try_from(dim).ok()).collect();
    let shape = shape.ok_or_else(|| ImportError::Malformed(format!("malformed shape of constant `{name}`")))?;
    let stored;
    if proto.external {
        stored = external(&proto, &shape, folder)?;
        proto.raw = &stored;
    }
    let data = numbers(proto).map_err(malformed(format!("constant `{name}`")))?;
    Ok(Constant { name, element_type, tensor: data.map(|data| Tensor::new(shape, data)).transpose()? })
}

/// Returns the name of a sparse constant, the name of its values.
pub(super) fn sparse_name(wire: FieldValue<'_>) -> String {
    let values = wire.fields().ok().and_then(|mut fields| {
        fields.find_map(|field| if let Ok((1, values)) = field { fields_name(values) } else { None })
    });
    values.unwrap_or_default()
}

fn fields_name(wire: FieldValue<'_>) -> Option<String> {
    fields(wire).ok().map(|proto| proto.name.to_owned())
}

/// Reads the data of a constant from the file that it names.
fn external(proto: &RawTensor<'_>, shape: &[usize], folder: &mut Folder) -> Result<Vec<u8>, ImportError> {
    if !folder.exists() || proto.location.is_empty() {
        return Err(ImportError::ExternalData(proto.name.to_owned()));
    }
    let failed = |why| ImportError::ExternalFile { name: proto.name.to_owned(), file: proto.location.to_owned(), why };
    let width = match proto.kind {
        2 | 3 | 9 => 1,
        4 | 5 | 10 | 16 => 2,
        1 | 6 | 12 => 4,
        7 | 11 | 13 => 8,
        kind => return Err(failed(format!("expected numbers of a known type, got element type {kind}"))),
    };
    let bytes = count(shape)? * width;
    match proto.length.filter(|&length| length != bytes as u64) {
        Some(length) => Err(failed(format!("expected {bytes} bytes for shape {shape:?}, got {length}"))),
        None => folder.read(proto.location, proto.offset, bytes).map_err(failed),
    }
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
            (13, entry) => {
                proto.external = true;
                external_entry(entry, &mut proto)?;
            }
            (14, number) => proto.external |= number.integer()? == 1,
            _ => {}
        }
    }
    Ok(proto)
}

fn external_entry<'a>(wire: FieldValue<'a>, proto: &mut RawTensor<'a>) -> Result<(), ProtobufError> {
    let (mut key, mut value) = ("", "");
    for field in wire.fields()? {
        match field? {
            (1, text) => key = text.text()?,
            (2, text) => value = text.text()?,
            _ => {}
        }
    }
    match key {
        "location" => proto.location = value,
        "offset" => proto.offset = value.parse().map_err(|_| ProtobufError)?,
        "length" => proto.length = Some(value.parse().map_err(|_| ProtobufError)?),
        _ => {}
    }
    Ok(())
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
            4 => Data::I64(each(raw, |bytes| u16::from_le_bytes(bytes).into())?),
            5 => Data::I64(each(raw, |bytes| i16::from_le_bytes(bytes).into())?),
            6 => Data::I64(each(raw, |bytes| i32::from_le_bytes(bytes).into())?),
            7 => Data::I64(each(raw, i64::from_le_bytes)?),
            12 => Data::I64(each(raw, |bytes| u32::from_le_bytes(bytes).into())?),
            13 => Data::I64(each(raw, |bytes| u64::from_le_bytes(bytes).cast_signed())?),
            9 => Data::Bool(each(raw, |[byte]| byte != 0)?),
            10 => Data::F32(each(raw, |bytes| half(u16::from_le_bytes(bytes)))?),
            16 => Data::F32(each(raw, |bytes| brain(u16::from_le_bytes(bytes)))?),
            _ => return Ok(None),
        }
    }))
}
