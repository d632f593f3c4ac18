//! Errors of the system in errors of Parquet.

use std::io;

use parquet::errors::ParquetError;

/// Returns the error of the system that an error of Parquet contains, so that a closed pipe or a full disk is recognized.
pub(crate) fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(cause) => io::Error::other(cause),
        },
        other => io::Error::other(other),
    }
}
