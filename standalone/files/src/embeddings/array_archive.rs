//! Archives of NumPy arrays (`.npz`): embeddings with their times and their origin.

use std::io;
use std::path::Path;

use ndarray::ArrayView1;
use ndarray_npy::{NpzWriter, WriteNpzError};
use serde::Serialize;

use super::array_file::{create, npy_error, values};
use super::file_embeddings::FileEmbeddings;
use crate::analyzed_file::AnalyzedFile;
use crate::path_text::PathText;
use crate::provenance::Provenance;

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

fn npz_error(error: WriteNpzError) -> io::Error {
    match error {
        WriteNpzError::Npy(error) => npy_error(error),
        other => io::Error::other(other),
    }
}
