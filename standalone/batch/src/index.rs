//! Index of the shards of a generation: for each shard with files their number, and its key.

use std::sync::Arc;

use arrow_array::{Array, RecordBatch, StringArray, UInt32Array};
use arrow_schema::{DataType, Field, Schema};

use crate::error::BatchError;
use crate::parquet_object;

/// Shard of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IndexedShard {
    /// Number of the shard.
    pub(crate) shard: u32,
    /// Number of files.
    pub(crate) files: u32,
    /// Key of the object.
    pub(crate) key: String,
}

/// Returns the name of the index of the lists with this key.
pub(crate) fn name(lists: &str) -> String {
    format!("plan/index-{lists}.parquet")
}

/// Returns an index as an object.
pub(crate) fn write(shards: &[IndexedShard]) -> Result<Vec<u8>, BatchError> {
    let schema = Schema::new(vec![
        Field::new("shard", DataType::UInt32, false),
        Field::new("files", DataType::UInt32, false),
        Field::new("key", DataType::Utf8, false),
    ]);
    let rows = RecordBatch::try_new(
        Arc::new(schema.clone()),
        vec![
            Arc::new(UInt32Array::from_iter_values(shards.iter().map(|shard| shard.shard))),
            Arc::new(UInt32Array::from_iter_values(shards.iter().map(|shard| shard.files))),
            Arc::new(StringArray::from_iter_values(shards.iter().map(|shard| &shard.key))),
        ],
    );
    let rows = rows.map_err(BatchError::damaged("the index"))?;
    parquet_object::write(&schema, &[rows]).map_err(BatchError::damaged("the index"))
}

/// Reads an index; `name` is for messages.
pub(crate) fn read(bytes: Vec<u8>, name: &str) -> Result<Vec<IndexedShard>, BatchError> {
    let rows = parquet_object::read(bytes.into(), None, None).map_err(BatchError::damaged(name))?.rows;
    let numbers = |column: &str| rows.column_by_name(column)?.as_any().downcast_ref::<UInt32Array>().cloned();
    let keys = parquet_object::texts(&rows, "key");
    let (Some(shards), Some(files)) = (numbers("shard"), numbers("files")) else {
        return Err(BatchError::damaged(name)("expected the columns shard, files and key"));
    };
    let shards = shards.values().iter().zip(files.values()).zip(keys);
    Ok(shards
        .map(|((&shard, &files), key)| IndexedShard { shard, files, key: key.unwrap_or_default().to_owned() })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_is_read_as_it_was_written() {
        let shards =
            [(0, 3, "a"), (7, 1, "b")].map(|(shard, files, key)| IndexedShard { shard, files, key: key.into() });
        let bytes = write(&shards).unwrap();
        assert_eq!(read(bytes.clone(), "x").unwrap(), shards);
        let error = read(bytes[..bytes.len() - 1].to_vec(), "plan/index").unwrap_err().to_string();
        assert!(error.starts_with("cannot read plan/index: "), "{error}");
    }
}
