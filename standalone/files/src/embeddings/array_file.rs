//! NumPy files of embeddings.

use std::fs;
use std::io;
use std::path::Path;

use ndarray::ArrayView2;
use ndarray_npy::{WriteNpyError, WriteNpyExt};

use super::file_embeddings::FileEmbeddings;
use crate::whole_file::WholeFile;

/// Writes the values as an array of f32 in the order `[patch][value]`. Blocks.
pub(super) fn write_npy(path: &Path, embeddings: &FileEmbeddings) -> io::Result<()> {
    let mut file = create(path)?;
    values(embeddings)?.write_npy(&mut file).map_err(npy_error)?;
    file.finish()
}

/// Returns the values as `[patch][value]`.
pub(super) fn values(embeddings: &FileEmbeddings) -> io::Result<ArrayView2<'_, f32>> {
    let shape = (embeddings.spans.len(), embeddings.width);
    ArrayView2::from_shape(shape, &embeddings.values).map_err(io::Error::other)
}

/// Creates an array file, and its folder.
pub(super) fn create(path: &Path) -> io::Result<WholeFile> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    WholeFile::create(path)
}

/// Returns the error of the system that an error of an array contains.
pub(super) fn npy_error(error: WriteNpyError) -> io::Error {
    match error {
        WriteNpyError::Io(error) => error,
        other => io::Error::other(other),
    }
}
