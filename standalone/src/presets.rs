//! Presets: named settings, one file each, in a subfolder of the settings folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::app_settings::{AppSettings, parse, write_file};

/// Maximum length of a name, in characters.
const MAX_NAME_LEN: usize = 40;

/// Returns the names of the presets, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder.join("presets")).into_iter().flatten().flatten();
    let paths =
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|extension| extension == "toml"));
    let mut names: Vec<String> = paths.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    names
}

/// Saves settings under a name; replaces an existing preset.
///
/// # Errors
/// If the name is not valid, or the file cannot be written; as a message.
pub(crate) fn save(folder: &Path, name: &str, settings: &AppSettings) -> Result<(), String> {
    let path = path(folder, name)?;
    write_file(&path, settings).map_err(|error| format!("Cannot write the preset {}: {error}.", path.display()))
}

/// Loads the preset with this name.
///
/// # Errors
/// If the preset does not exist, or its file is damaged; as a message. A damaged file is not changed.
pub(crate) fn load(folder: &Path, name: &str) -> Result<AppSettings, String> {
    let path = path(folder, name)?;
    let text =
        fs::read_to_string(&path).map_err(|error| format!("Cannot read the preset {}: {error}.", path.display()))?;
    parse(&text).map_err(|message| format!("The preset {} is damaged: {message}.", path.display()))
}

/// Deletes the preset with this name.
///
/// # Errors
/// If the preset does not exist, or its file cannot be deleted; as a message.
pub(crate) fn remove(folder: &Path, name: &str) -> Result<(), String> {
    let path = path(folder, name)?;
    fs::remove_file(&path).map_err(|error: io::Error| format!("Cannot delete the preset {}: {error}.", path.display()))
}

/// Returns the path of a preset. The name must be valid as a file name on every system.
fn path(folder: &Path, name: &str) -> Result<PathBuf, String> {
    let name = name.trim();
    let is_allowed = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    if name.is_empty() || name.chars().count() > MAX_NAME_LEN || !name.chars().all(is_allowed) {
        return Err(format!(
            "Invalid preset name: expected 1 to {MAX_NAME_LEN} letters, digits, spaces, `-` or `_`, got `{name}`."
        ));
    }
    Ok(folder.join("presets").join(format!("{name}.toml")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preset_saved_is_loaded() {
        let folder = tempfile::tempdir().unwrap();
        assert!(names(folder.path()).is_empty());
        let club = AppSettings { gain_db: 6.0, ..AppSettings::default() };
        save(folder.path(), "club", &AppSettings::default()).unwrap();
        save(folder.path(), " club ", &club).unwrap();
        save(folder.path(), "At home", &AppSettings::default()).unwrap();
        assert_eq!(names(folder.path()), ["At home", "club"]);
        assert_eq!(load(folder.path(), "club"), Ok(club));
        remove(folder.path(), "club").unwrap();
        assert!(load(folder.path(), "club").unwrap_err().contains("club.toml"));
        assert_eq!(names(folder.path()), ["At home"]);
    }

    #[test]
    fn invalid_name_and_damaged_file_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["", "  ", "../settings", "a/b", "a.b", &"x".repeat(41)] {
            let error = save(folder.path(), name, &AppSettings::default()).unwrap_err();
            assert!(error.contains("expected 1 to 40 letters"), "{error}");
        }
        save(folder.path(), "club", &AppSettings::default()).unwrap();
        fs::write(folder.path().join("presets/club.toml"), "gain_db = \"loud\"").unwrap();
        assert!(load(folder.path(), "club").unwrap_err().contains("is damaged"));
    }
}
