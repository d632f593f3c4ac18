//! Copies of row groups from one Parquet file to another, without decoding them.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use parquet::column::writer::ColumnCloseResult;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;

use super::io_error::io_error;

/// Appends the row groups of the file `part`, which has the same schema. Blocks.
pub(super) fn append<W: Write + Send>(file: &mut SerializedFileWriter<W>, part: &Path) -> io::Result<()> {
    let source = File::open(part)?;
    let reader = SerializedFileReader::new(source.try_clone()?).map_err(io_error)?;
    for rows in reader.metadata().row_groups() {
        let mut group = file.next_row_group().map_err(io_error)?;
        for column in rows.columns() {
            let closed = ColumnCloseResult {
                bytes_written: column.compressed_size().try_into().map_err(io::Error::other)?,
                rows_written: rows.num_rows().try_into().map_err(io::Error::other)?,
                metadata: column.clone(),
                bloom_filter: None,
                column_index: None,
                offset_index: None,
            };
            group.append_column(&source, closed).map_err(io_error)?;
        }
        group.close().map_err(io_error)?;
    }
    Ok(())
}
