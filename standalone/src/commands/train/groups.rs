//! Groups of tracks: from tags, or from a file.

use std::path::{Path, PathBuf};

use earmark_files::classify::{TrackSource, track_source};
use earmark_files::extract::read_tags;
use earmark_gaia::{DescriptorSet, TrackValue};
use earmark_train::Groups;

use super::error::TrainCommandError;

/// Tags by which tracks can be grouped.
const TAGS: [&str; 2] = ["artist", "album"];

/// Reads the groups of tracks: by a tag, or from a file. Blocks.
pub(super) fn read(by: &str, files: &[(String, PathBuf)]) -> Result<Groups, TrainCommandError> {
    if !TAGS.contains(&by) {
        return Ok(Groups::read("group", Path::new(by))?);
    }
    let mut groups = Vec::with_capacity(files.len());
    let mut without: Vec<&PathBuf> = Vec::new();
    for (id, path) in files {
        match tag(path, by) {
            Some(group) => groups.push((id.clone(), group)),
            None => without.push(path),
        }
    }
    match without.first() {
        None => Ok(Groups::new(by, groups)),
        Some(path) => {
            Err(TrainCommandError::NoGroup { by: by.to_owned(), count: without.len(), path: path.to_path_buf() })
        }
    }
}

/// Returns the first text of a tag of a track; none if it has none or cannot be read.
fn tag(path: &Path, name: &str) -> Option<String> {
    match track_source(path) {
        TrackSource::Descriptors => match DescriptorSet::read(path).ok()?.get(&format!(".metadata.tags.{name}"))? {
            TrackValue::Text(texts) => texts.first().cloned(),
            _ => None,
        },
        TrackSource::Audio => {
            let tags = read_tags(path);
            tags.into_iter().find(|(tag, _)| tag == name).and_then(|(_, texts)| texts.into_iter().next())
        }
    }
}
