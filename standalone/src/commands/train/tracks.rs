//! Tracks of a training: their files and classes.

use std::path::{Path, PathBuf};

use earmark_files::find;
use earmark_train::{FileList, GroundTruth, Groups, TrainError, from_folders};

use super::error::TrainCommandError;
use super::groups;
use crate::args::TrainOptions;

/// Tracks of a training.
pub(super) struct Tracks {
    pub(super) truth: GroundTruth,
    pub(super) list: FileList,
    /// Groups that no two folds share; none for plain folds.
    pub(super) groups: Option<Groups>,
}

impl Tracks {
    /// Reads the tracks that the options name. Blocks.
    ///
    /// # Errors
    /// If a file is invalid, ids differ, or a track has no group.
    pub(super) fn read(options: &TrainOptions) -> Result<Self, TrainCommandError> {
        let (truth, list) = match (&options.from_folders, &options.groundtruth, &options.filelist) {
            (Some(folder), ..) => from_folders(&options.name, folder, &|path: &Path| find::is_track(path))?,
            (None, Some(truth), Some(list)) => {
                let truth = GroundTruth::read(truth)?;
                (GroundTruth::new(options.name.clone(), truth.labels().to_vec()), FileList::read(list)?)
            }
            // The arguments require one of both.
            _ => return Err(TrainError::TooFewClasses { found: Vec::new() }.into()),
        };
        list.check_ids(&truth)?;
        truth.check_classes(options.folds.get())?;
        let groups = options.group_by.as_deref().map(|by| groups::read(by, list.files())).transpose()?;
        Ok(Self { truth, list, groups })
    }

    /// Returns the files with their ids.
    pub(super) fn files(&self) -> &[(String, PathBuf)] {
        self.list.files()
    }
}
