//! Descriptors of the tracks of a training, kept in a folder so that an interrupted training continues.

use std::fs;
use std::path::{Path, PathBuf};

use earmark_files::classify::{TrackSource, track_source};
use earmark_files::extract::{ExtractedFile, FileExtractor, to_json};
use earmark_files::tag::FileProgress;
use earmark_train::FileList;

use super::error::TrainCommandError;
use crate::commands::batch::Batch;
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
    let place = |id: &str| folder.join(file_name(id));
    let is_audio = |path: &Path| track_source(path) == TrackSource::Audio;
    let missing = files.iter().enumerate().filter(|(_, (id, path))| is_audio(path) && !place(id).is_file());
    let missing: Vec<(usize, PathBuf)> = missing.map(|(index, (_, path))| (index, path.clone())).collect();
    if !missing.is_empty() {
        fs::create_dir_all(folder).map_err(TrainCommandError::write(folder))?;
    }
    let mut failed: Vec<(PathBuf, String)> = Vec::new();
    let (ids, out): (Vec<String>, _) = (files.iter().map(|(id, _)| id.clone()).collect(), folder.to_owned());
    let work = move |index: usize, path: &Path, progress: &dyn FileProgress| {
        let file = extractor.extract(path, progress)?;
        Ok(write(&out, &ids[index], &file))
    };
    let batch = Batch::new(false);
    batch.run(missing, jobs, work, |_, path, outcome| {
        if let Err(error) = outcome.map_err(|error| error.to_string()).flatten() {
            failed.push((path.to_owned(), error));
        }
        Ok(true)
    });
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

/// Writes the descriptors of a track into the folder.
fn write(folder: &Path, id: &str, file: &ExtractedFile) -> Result<(), String> {
    let pool = file.descriptions.first().map(|description| &description.pool);
    let pool = pool.filter(|pool| !pool.condition.silent).ok_or("the whole track is silent")?;
    let text = serde_json::to_string(&to_json(pool)).map_err(|error| error.to_string())?;
    // Renamed when complete, so that an interrupted run leaves no part of a file.
    let part = folder.join(format!(".{}.part", id.replace(['/', '\\'], "_")));
    fs::write(&part, text)
        .and_then(|()| fs::rename(&part, folder.join(file_name(id))))
        .map_err(|error| error.to_string())
}

/// Returns the name of the file with the descriptors of a track.
fn file_name(id: &str) -> String {
    format!("{}.json", id.replace(['/', '\\'], "_"))
}
