//! NumPy files of embeddings: `.npy`, and `.npz` with times and origin.

use std::fs;
use std::io;
use std::path::Path;

use ndarray::{ArrayView1, ArrayView2};
use ndarray_npy::{NpzWriter, WriteNpyError, WriteNpyExt, WriteNpzError};
use serde::Serialize;

use super::file_embeddings::FileEmbeddings;
use crate::analyzed_file::AnalyzedFile;
use crate::path_text::PathText;
use crate::provenance::Provenance;
use crate::whole_file::WholeFile;

/// Schema of the JSON in an archive of arrays.
const SCHEMA: &str = "earmark-array/1";

/// Content of `about` in an archive of arrays: UTF-8 bytes of JSON.
#[derive(Serialize)]
struct ArchiveNote<'a> {
    schema: &'static str,
    #[serde(flatten)]
    path: PathText,
    model: &'a str,
    file: Option<&'a AnalyzedFile>,
    provenance: &'a Provenance,
}

/// Writes the values as an array of f32 in the order `[patch][value]`. Blocks.
pub(super) fn write_npy(path: &Path, embeddings: &FileEmbeddings) -> io::Result<()> {
    let mut file = create(path)?;
    values(embeddings)?.write_npy(&mut file).map_err(npy_error)?;
    file.finish()
}

/// Writes an archive of the arrays `values` (f32, `[patch][value]`), `start_s` and `end_s` (f64, `[patch]`), and `about`
/// (u8: JSON with path, model, file and origin). Blocks.
pub(super) fn write_npz(path: &Path, embeddings: &FileEmbeddings, origin: &Provenance) -> io::Result<()> {
    let (starts, ends): (Vec<f64>, Vec<f64>) = embeddings.spans.iter().copied().unzip();
    let note = serde_json::to_vec(&ArchiveNote {
        schema: SCHEMA,
        path: PathText::new(&embeddings.path),
        model: &embeddings.model,
        file: embeddings.file.as_ref(),
        provenance: origin,
    })?;
    let mut archive = NpzWriter::new(io::Cursor::new(Vec::new()));
    archive.add_array("values", &values(embeddings)?).map_err(npz_error)?;
    archive.add_array("start_s", &ArrayView1::from(&starts)).map_err(npz_error)?;
    archive.add_array("end_s", &ArrayView1::from(&ends)).map_err(npz_error)?;
    archive.add_array("about", &ArrayView1::from(&note)).map_err(npz_error)?;
    let bytes = archive.finish().map_err(npz_error)?.into_inner();
    let mut file = create(path)?;
    io::Write::write_all(&mut file, &bytes)?;
    file.finish()
}

fn values(embeddings: &FileEmbeddings) -> io::Result<ArrayView2<'_, f32>> {
    let shape = (embeddings.spans.len(), embeddings.width);
    ArrayView2::from_shape(shape, &embeddings.values).map_err(io::Error::other)
}

fn create(path: &Path) -> io::Result<WholeFile> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    WholeFile::create(path)
}

fn npy_error(error: WriteNpyError) -> io::Error {
    match error {
        WriteNpyError::Io(error) => error,
        other => io::Error::other(other),
    }
}

fn npz_error(error: WriteNpzError) -> io::Error {
    match error {
        WriteNpzError::Npy(error) => npy_error(error),
        other => io::Error::other(other),
    }
}
