//! Descriptors of the tracks of a training, kept in a folder so that an interrupted training continues.

use std::fs;
use std::path::{Path, PathBuf};

use earmark_files::classify::{TrackSource, track_source};
use earmark_files::error::FileError;
use earmark_files::extract::{FileExtractor, to_json};
use earmark_files::ordered::run_ordered;
use earmark_train::FileList;

use super::error::TrainCommandError;
use crate::commands::progress::FilesProgress;
use crate::interrupt;

/// Extracts the descriptors of audio files into `folder`, one JSON file each, and returns the list of the files with
/// descriptors. Files that are there are kept. Blocks.
///
/// # Errors
/// If a track cannot be analyzed; all others are analyzed nevertheless.
pub(super) fn extracted(
    files: &[(String, PathBuf)],
    folder: &Path,
    jobs: usize,
) -> Result<FileList, TrainCommandError> {
    let extractor = FileExtractor::default();
    let place = |id: &str| folder.join(format!("{}.json", id.replace(['/', '\\'], "_")));
    let is_audio = |path: &Path| track_source(path) == TrackSource::Audio;
    let missing: Vec<&(String, PathBuf)> =
        files.iter().filter(|(id, path)| is_audio(path) && !place(id).is_file()).collect();
    if !missing.is_empty() {
        fs::create_dir_all(folder).map_err(TrainCommandError::write(folder))?;
    }
    let progress = FilesProgress::new(missing.len());
    let mut failed: Vec<(PathBuf, String)> = Vec::new();
    let work = |(id, path): &&(String, PathBuf)| {
        if interrupt::is_requested() {
            return Err("interrupted".to_owned());
        }
        let message = |error: FileError| error.to_string();
        let file = extractor.extract(path, &progress).map_err(message)?;
        let pool = file.descriptions.first().map(|description| &description.pool);
        let pool = pool.filter(|pool| !pool.condition.silent).ok_or("the whole track is silent")?;
        let text = serde_json::to_string(&to_json(pool)).map_err(|error| error.to_string())?;
        // Renamed when complete, so that an interrupted run leaves no part of a file.
        let (part, place) = (folder.join(format!(".{}.part", id.replace(['/', '\\'], "_"))), place(id));
        fs::write(&part, text).and_then(|()| fs::rename(&part, &place)).map_err(|error| error.to_string())
    };
    run_ordered(&missing, jobs, work, |(_, path), outcome| {
        if let Err(error) = outcome {
            failed.push((path.clone(), error));
        }
    });
    progress.finish();
    if interrupt::is_requested() {
        return Err(TrainCommandError::Interrupted);
    }
    if let Some((path, error)) = failed.first().cloned() {
        return Err(TrainCommandError::Tracks { count: failed.len(), path, error });
    }
    let described =
        |(id, path): &(String, PathBuf)| (id.clone(), if is_audio(path) { place(id) } else { path.clone() });
    Ok(FileList::new(files.iter().map(described).collect()))
}
