//! Audio files of a batch: found below roots, and fetched one by one.

use std::fs::Metadata;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf, absolute};
use std::time::UNIX_EPOCH;

use earmark_files::find;
use earmark_files::path_text::PathText;
use tempfile::TempDir;

use crate::error::BatchError;
use crate::planned_file::PlannedFile;

/// Size and version of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileVersion {
    /// Size in bytes.
    pub size_bytes: u64,
    /// Version of the content, as in [`PlannedFile`].
    pub version: String,
}

/// File on this machine.
#[derive(Debug)]
pub struct FetchedTrack {
    /// Path on this machine.
    pub path: PathBuf,
    /// Folder of a copy, which is removed after the analysis; `None` for a file that stays.
    pub copy: Option<TempDir>,
}

/// Audio files of a batch. All operations block.
pub trait TrackInputs: Send + Sync {
    /// Returns a file as a local one.
    ///
    /// # Errors
    /// If the file cannot be read, or is not the one of the plan any more.
    fn fetch(&self, file: &PlannedFile) -> io::Result<FetchedTrack>;

    /// Returns size and version of a file.
    ///
    /// # Errors
    /// If the file cannot be found.
    fn stamp(&self, path: &PathText) -> io::Result<FileVersion>;
}

/// Files in local or mounted folders.
#[derive(Debug)]
pub struct LocalInputs {
    roots: Vec<PathBuf>,
}

impl LocalInputs {
    /// Creates the inputs of these folders, which are absolute in plans.
    ///
    /// # Errors
    /// If a root is no folder, or two have the same name.
    pub fn new(roots: &[PathBuf]) -> Result<Self, BatchError> {
        let roots = roots.iter().map(absolute).collect::<io::Result<Vec<_>>>();
        let roots = roots.map_err(|error| BatchError::Inputs(error.to_string()))?;
        if roots.is_empty() {
            return Err(BatchError::Inputs("expected folders, got none".into()));
        }
        for (place, root) in roots.iter().enumerate() {
            if roots[..place].iter().any(|other| other.file_name() == root.file_name()) {
                let name = root.display();
                return Err(BatchError::Inputs(format!("expected folders of different names, got {name} twice")));
            }
        }
        Ok(Self { roots })
    }

    /// Returns the absolute paths of the roots.
    #[must_use]
    pub fn roots(&self) -> Vec<String> {
        self.roots.iter().map(|root| root.display().to_string()).collect()
    }

    /// Finds the audio files below the roots. Returns them, and messages about entries that cannot be read. Blocks.
    ///
    /// # Errors
    /// If a root is no folder.
    pub fn find(&self) -> Result<(Vec<PlannedFile>, Vec<String>), BatchError> {
        let (mut files, mut unreadable) = (Vec::new(), Vec::new());
        for root in &self.roots {
            if !root.is_dir() {
                return Err(BatchError::Inputs(format!("{} (expected a folder, got none)", root.display())));
            }
            let found = find::audio_files(std::slice::from_ref(root));
            unreadable.extend(found.unreadable.iter().map(ToString::to_string));
            for path in found.files {
                // A folder without audio files is returned as it is.
                let Ok(below) = path.strip_prefix(root) else { continue };
                if below.as_os_str().is_empty() {
                    continue;
                }
                match path.metadata() {
                    Ok(metadata) => {
                        let FileVersion { size_bytes, version } = FileVersion::of(&metadata);
                        let path = PathText::new(&self.name(root, below));
                        files.push(PlannedFile { path, size_bytes, version });
                    }
                    Err(error) => unreadable.push(format!("{}: {error}", path.display())),
                }
            }
        }
        Ok((files, unreadable))
    }

    /// Returns the path in plans of a file below a root: below the only root, or after the name of one of several.
    fn name(&self, root: &Path, below: &Path) -> PathBuf {
        match (&self.roots[..], root.file_name()) {
            ([_], _) | (_, None) => below.to_owned(),
            (_, Some(name)) => Path::new(name).join(below),
        }
    }

    fn path(&self, name: &PathText) -> PathBuf {
        let name = name.to_path();
        let of_several = || {
            let root = self.roots.iter().find(|root| root.file_name().is_some_and(|first| name.starts_with(first)))?;
            Some(root.parent()?.join(&name))
        };
        match &self.roots[..] {
            [root] => root.join(&name),
            _ => of_several().unwrap_or(name),
        }
    }
}

impl FileVersion {
    fn of(metadata: &Metadata) -> Self {
        let time = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let version = time.map_or_else(String::new, |time| time.as_nanos().to_string());
        Self { size_bytes: metadata.len(), version }
    }
}

impl TrackInputs for LocalInputs {
    fn fetch(&self, file: &PlannedFile) -> io::Result<FetchedTrack> {
        let path = self.path(&file.path);
        let found = FileVersion::of(&path.metadata()?);
        let planned = FileVersion { size_bytes: file.size_bytes, version: file.version.clone() };
        if found != planned {
            return Err(io::Error::new(ErrorKind::InvalidData, changed(&planned, &found)));
        }
        Ok(FetchedTrack { path, copy: None })
    }

    fn stamp(&self, path: &PathText) -> io::Result<FileVersion> {
        self.path(path).metadata().map(|metadata| FileVersion::of(&metadata))
    }
}

/// Returns the message about a file that is not the one of the plan.
fn changed(planned: &FileVersion, found: &FileVersion) -> String {
    let text = |stamp: &FileVersion| format!("{} bytes of version {}", stamp.size_bytes, stamp.version);
    format!("the file changed since it was planned (expected {}, got {})", text(planned), text(found))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn paths_are_relative_to_the_root_or_begin_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["rock/a/1.wav", "rock/2.wav", "jazz/1.wav"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        let root = |name: &str| folder.path().join(name);
        let names = |inputs: &LocalInputs| -> Vec<String> {
            let files = inputs.find().unwrap().0;
            assert!(files.iter().all(|file| inputs.fetch(file).unwrap().path.is_file()));
            files.into_iter().map(|file| file.path.path).collect()
        };
        let one = LocalInputs::new(&[root("rock")]).unwrap();
        assert_eq!(names(&one), ["2.wav", "a/1.wav"]);
        assert_eq!(
            names(&LocalInputs::new(&[root("rock"), root("jazz")]).unwrap()),
            ["rock/2.wav", "rock/a/1.wav", "jazz/1.wav"]
        );
        let file = one.find().unwrap().0.remove(0);
        fs::write(root("rock/2.wav"), "another content").unwrap();
        let error = one.fetch(&file).unwrap_err().to_string();
        assert!(error.contains("changed since it was planned (expected 10 bytes"), "{error}");
        assert!(LocalInputs::new(&[root("rock"), root("jazz/rock")]).unwrap_err().to_string().contains("twice"));
        assert!(LocalInputs::new(&[root("none")]).unwrap().find().is_err());
    }
}
