//! Files beside a network: its card or its description.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::model_id::{file_name, without_copy_number};
use crate::{InstallError, metadata};

/// A file beside a network.
#[derive(Debug)]
pub(crate) struct Sidecar {
    pub(crate) path: PathBuf,
    pub(crate) bytes: Vec<u8>,
    /// Whether the name is that of the network without the number of a second download.
    pub(crate) is_of_first_download: bool,
}

impl Sidecar {
    /// Returns the file name.
    pub(crate) fn name(&self) -> String {
        self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }
}

/// Reads the file of the same name with another extension, if it exists. For a second download such as `net (1).onnx`, that
/// is `net (1).json`, else `net.json`.
pub(crate) fn read(network: &Path, extension: &str) -> Result<Option<Sidecar>, InstallError> {
    let name = file_name(network);
    let first = without_copy_number(&name);
    for candidate in [name.as_str(), first] {
        // The folder `.` stands for a name in its parent.
        let path = match network.file_name() {
            Some(_) => network.with_file_name(format!("{candidate}.{extension}")),
            None => network.join("..").join(format!("{candidate}.{extension}")),
        };
        if let Some(bytes) = read_file(&path)? {
            return Ok(Some(Sidecar { path, bytes, is_of_first_download: candidate != name }));
        }
    }
    Ok(None)
}

fn read_file(path: &Path) -> Result<Option<Vec<u8>>, InstallError> {
    // Reading a pipe or a device may never end.
    if path.exists() && !path.is_file() {
        return Err(InstallError::File { path: path.to_owned(), why: "expected a file, got something else".into() });
    }
    match File::open(path) {
        Ok(file) => {
            let mut bytes = Vec::new();
            let read = file.take(metadata::MAX_BYTES + 1).read_to_end(&mut bytes);
            read.map_err(|error| InstallError::file(path, &error))?;
            Ok(Some(bytes))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(InstallError::file(path, &error)),
    }
}
