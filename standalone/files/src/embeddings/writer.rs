//! Writer of embeddings: NumPy arrays, JSON lines, or a Parquet table (feature `parquet`).

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use ndarray::ArrayView2;
use ndarray_npy::WriteNpyExt;
use serde_json::json;

use super::file_embeddings::FileEmbeddings;
#[cfg(feature = "parquet")]
use super::parquet_table::ParquetTable;
use crate::error::FileError;

/// Format of embeddings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EmbeddingsFormat {
    /// NumPy arrays: `<file>.npy` for each file, f32 in the order `[patch][value]`.
    Npy,
    /// JSON lines: one object per file.
    Json,
    /// Parquet table: one row per patch.
    #[cfg(feature = "parquet")]
    Parquet,
}

/// Writer of the embeddings of consecutive files.
pub struct EmbeddingsWriter(Destination);

enum Destination {
    Npy {
        folder: PathBuf,
        written: Vec<PathBuf>,
    },
    Json(Box<dyn Write>),
    #[cfg(feature = "parquet")]
    Parquet(ParquetTable),
}

impl EmbeddingsWriter {
    /// Opens the destination: for NumPy arrays a folder (default: the current folder), otherwise a file (default:
    /// standard output).
    ///
    /// # Errors
    /// If the folder or the file cannot be created.
    pub fn new(format: EmbeddingsFormat, out: Option<&Path>) -> Result<Self, FileError> {
        let open_error = |error: &dyn std::fmt::Display| FileError::Open {
            name: out.map_or("standard output".into(), |out| out.display().to_string()),
            error: error.to_string(),
        };
        Ok(Self(match format {
            EmbeddingsFormat::Npy => {
                let folder = out.unwrap_or(Path::new(".")).to_owned();
                fs::create_dir_all(&folder).map_err(|error| open_error(&error))?;
                Destination::Npy { folder, written: Vec::new() }
            }
            EmbeddingsFormat::Json => Destination::Json(open(out).map_err(|error| open_error(&error))?),
            #[cfg(feature = "parquet")]
            EmbeddingsFormat::Parquet => {
                let out = open(out).map_err(|error| open_error(&error))?;
                Destination::Parquet(ParquetTable::new(out).map_err(|error| open_error(&error))?)
            }
        }))
    }

    /// Writes the embeddings of one file. Blocks.
    ///
    /// # Errors
    /// If the destination cannot be written.
    pub fn write(&mut self, embeddings: &FileEmbeddings) -> io::Result<()> {
        match &mut self.0 {
            Destination::Npy { folder, written } => npy(folder, written, embeddings),
            Destination::Json(out) => {
                let patch = |((start_s, end_s), values): ((f64, f64), &[f32])| json!({ "start_s": start_s, "end_s": end_s, "values": values });
                let patches: Vec<_> = embeddings.patches().map(patch).collect();
                let path = embeddings.path.display().to_string();
                let object = json!({ "schema": "earmark-embeddings/1", "path": path, "model": embeddings.model,
                                     "width": embeddings.width, "embeddings": patches });
                writeln!(out, "{object}")?;
                out.flush()
            }
            #[cfg(feature = "parquet")]
            Destination::Parquet(table) => table.write(embeddings),
        }
    }

    /// Completes and closes the destination.
    ///
    /// # Errors
    /// If the destination cannot be written.
    pub fn finish(self) -> io::Result<()> {
        match self.0 {
            Destination::Npy { .. } => Ok(()),
            Destination::Json(mut out) => out.flush(),
            #[cfg(feature = "parquet")]
            Destination::Parquet(table) => table.finish(),
        }
    }
}

fn open(out: Option<&Path>) -> io::Result<Box<dyn Write + Send>> {
    Ok(match out {
        Some(path) => Box::new(BufWriter::new(File::create(path)?)),
        None => Box::new(BufWriter::new(io::stdout())),
    })
}

/// Writes an array. Files of the same name in different folders get numbered arrays.
fn npy(folder: &Path, written: &mut Vec<PathBuf>, embeddings: &FileEmbeddings) -> io::Result<()> {
    let name = embeddings.path.file_name().map_or("-".into(), |name| name.to_string_lossy().into_owned());
    let numbered = (0_u32..).map(|number| match number {
        0 => folder.join(format!("{name}.npy")),
        number => folder.join(format!("{name}.{number}.npy")),
    });
    let path = numbered.into_iter().find(|path| !written.contains(path)).unwrap_or_default();
    let shape = (embeddings.spans.len(), embeddings.width);
    let array = ArrayView2::from_shape(shape, &embeddings.values).map_err(io::Error::other)?;
    let mut file = BufWriter::new(File::create(&path)?);
    array.write_npy(&mut file).map_err(io::Error::other)?;
    file.flush()?;
    written.push(path);
    Ok(())
}
