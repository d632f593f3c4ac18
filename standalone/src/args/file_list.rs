//! Options of commands that process files: lists of paths, and a file of errors.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use earmark_files::find::{PathEnd, read_path_list};

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct FileListOptions {
    /// Also read paths of files and folders from FILE, one per line; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    files_from: Option<PathBuf>,
    /// Paths in `--files-from` end with a NUL byte, as those of `find -print0`.
    #[arg(short = '0', long, requires = "files_from")]
    null: bool,
    /// Write a JSON line to FILE for each file that failed: `path`, `stage`, `error`, `expected`, `got`.
    #[arg(long, value_name = "FILE")]
    pub(crate) errors: Option<PathBuf>,
}

impl FileListOptions {
    /// Whether paths are read from a list.
    pub(crate) fn is_used(&self) -> bool {
        self.files_from.is_some()
    }

    /// Returns the paths of the command line and then those of the list. Blocks.
    ///
    /// # Errors
    /// A message if the list cannot be read or has no path.
    pub(crate) fn paths(&self, given: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
        let Some(list) = &self.files_from else { return Ok(given.to_vec()) };
        let stdin = Path::new("-");
        let end = if self.null { PathEnd::Nul } else { PathEnd::Line };
        let listed = if list != stdin {
            File::open(list).and_then(|file| read_path_list(file, end))
        } else if given.iter().any(|path| path == stdin) {
            return Err(
                "standard input is a list of files (expected files and folders beside --files-from -, got -)".into()
            );
        } else {
            read_path_list(io::stdin().lock(), end)
        };
        let listed = listed.map_err(|error| format!("cannot read the list of files {}: {error}", list.display()))?;
        let paths = [given, &listed].concat();
        match paths.is_empty() {
            true => Err(format!("no files (expected paths in {}, got none)", list.display())),
            false => Ok(paths),
        }
    }
}
