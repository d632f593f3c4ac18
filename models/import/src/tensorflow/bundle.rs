//! Reading of the weights of a SavedModel: TensorFlow's tensor bundle, the folder `variables`.
//!
//! `variables.index` is a table of LevelDB's format. It maps the name of each tensor to its type, shape and place in the
//! files `variables.data-00000-of-00001` and so on, which contain the elements only.

mod crc32c;
mod table;

use std::collections::HashMap;
use std::sync::Arc;

use super::tensor::{self, read_shape};
use crate::ImportError;
use crate::files::Folder;
use crate::protobuf::{FieldValue, Fields, ProtobufError};
use crate::tensor::{Tensor, count};

/// Name of the index in the folder.
const INDEX: &str = "variables.index";
/// Maximum size of the index in bytes; an entry has about 100.
const MAX_INDEX_BYTES: usize = 64 << 20;
/// Maximum number of files with elements.
const MAX_SHARDS: u64 = 4_096;

/// Type, shape and place of a tensor.
#[derive(Debug, Default)]
struct Entry {
    kind: i64,
    shape: Vec<usize>,
    shard: u64,
    offset: u64,
    size: u64,
    checksum: Option<u32>,
    /// Whether the tensor is stored in parts.
    is_sliced: bool,
}

/// The weights of a SavedModel.
#[derive(Debug)]
pub(super) struct Bundle {
    folder: Folder,
    entries: HashMap<String, Entry>,
    shards: u64,
}

impl Bundle {
    /// Reads the index of the folder `variables`.
    pub(super) fn open(mut folder: Folder) -> Result<Self, ImportError> {
        let failed = |why: String| ImportError::ExternalFile { name: "variables".into(), file: INDEX.into(), why };
        let bytes = folder.read_all(INDEX, MAX_INDEX_BYTES).map_err(failed)?;
        let (mut entries, mut shards) = (HashMap::new(), 1);
        for (key, value) in table::entries(&bytes).map_err(failed)? {
            let Ok(key) = String::from_utf8(key) else { return Err(failed("expected names in UTF-8".into())) };
            let damaged = |ProtobufError| failed(format!("malformed entry `{key}`"));
            if key.is_empty() {
                let big_endian;
                (shards, big_endian) = header(&value).map_err(damaged)?;
                if big_endian || !(1..=MAX_SHARDS).contains(&shards) {
                    let got = format!("{shards} files{}", if big_endian { ", big-endian" } else { "" });
                    return Err(failed(format!("expected 1 to {MAX_SHARDS} files in little-endian order, got {got}")));
                }
            } else {
                let entry = entry(&value).map_err(damaged)?;
                entries.insert(key, entry);
            }
        }
        Ok(Self { folder, entries, shards })
    }

    /// Returns the number of bytes that were read.
    pub(super) fn bytes_read(&self) -> usize {
        self.folder.bytes_read()
    }

    /// Reads the tensor `key`, the value of the variable `name`.
    pub(super) fn tensor(&mut self, key: &str, name: &str) -> Result<Arc<Tensor>, ImportError> {
        let failed = |file: String, why: String| ImportError::ExternalFile { name: name.to_owned(), file, why };
        let Some(entry) = self.entries.get(key) else {
            return Err(failed(INDEX.into(), format!("expected an entry `{key}`, got none")));
        };
        let file = format!("variables.data-{:05}-of-{:05}", entry.shard, self.shards);
        let failed = |why: String| failed(file.clone(), why);
        if entry.is_sliced {
            return Err(failed("expected a whole variable, got one in parts. Freeze the graph".into()));
        }
        let Some(width) = tensor::width(entry.kind) else {
            return Err(failed(format!("expected numbers, got element type {}", entry.kind)));
        };
        let expected = count(&entry.shape)? * width;
        if entry.size != expected as u64 {
            return Err(failed(format!("expected {expected} bytes for shape {:?}, got {}", entry.shape, entry.size)));
        }
        let bytes = self.folder.read(&file, entry.offset, expected).map_err(failed)?;
        let got = crc32c::masked(&bytes);
        if let Some(checksum) = entry.checksum.filter(|&checksum| checksum != got) {
            return Err(failed(format!("expected checksum {checksum:08x}, got {got:08x}")));
        }
        let data = tensor::raw(entry.kind, &bytes).ok().flatten();
        let data = data.ok_or_else(|| failed(format!("expected numbers, got element type {}", entry.kind)))?;
        Tensor::new(entry.shape.clone(), data)
    }
}

/// Returns the number of files, and whether they are big-endian.
fn header(bytes: &[u8]) -> Result<(u64, bool), ProtobufError> {
    let (mut shards, mut big_endian) = (1, false);
    for field in Fields(bytes) {
        match field? {
            (1, FieldValue::Number(number)) => shards = number,
            (2, number) => big_endian = number.integer()? != 0,
            _ => {}
        }
    }
    Ok((shards, big_endian))
}

fn entry(bytes: &[u8]) -> Result<Entry, ProtobufError> {
    let mut entry = Entry::default();
    for field in Fields(bytes) {
        match field? {
            (1, number) => entry.kind = number.integer()?,
            (2, shape) => {
                let shape = read_shape(shape)?.ok_or(ProtobufError)?;
                entry.shape = shape.into_iter().collect::<Option<_>>().ok_or(ProtobufError)?;
            }
            (3, FieldValue::Number(number)) => entry.shard = number,
            (4, FieldValue::Number(number)) => entry.offset = number,
            (5, FieldValue::Number(number)) => entry.size = number,
            (6, FieldValue::Four(bytes)) => entry.checksum = Some(u32::from_le_bytes(bytes)),
            (7, _) => entry.is_sliced = true,
            _ => {}
        }
    }
    Ok(entry)
}
