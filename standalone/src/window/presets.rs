//! Settings under a name: a file each, in a folder beside the settings.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Remembered, parse, write_file};

/// The longest name, in characters.
pub(crate) const LONGEST: usize = 40;

/// The names there are, in order.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder.join("presets")).into_iter().flatten().flatten();
    let paths =
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|ending| ending == "toml"));
    let mut names: Vec<String> = paths.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    names
}

/// Keeps settings under a name, in place of what was kept so before.
///
/// # Errors
/// In words: a name that is none, or a file that cannot be written.
pub(crate) fn save(folder: &Path, name: &str, remembered: &Remembered) -> Result<(), String> {
    let path = path(folder, name)?;
    write_file(&path, remembered)
        .map_err(|error| format!("The preset cannot be written to {}: {error}.", path.display()))
}

/// The settings that were kept under a name.
///
/// # Errors
/// In words: there are none, or the file is damaged; it is left as it is.
pub(crate) fn load(folder: &Path, name: &str) -> Result<Remembered, String> {
    let path = path(folder, name)?;
    let text = fs::read_to_string(&path).map_err(|error| format!("The preset {}: {error}.", path.display()))?;
    parse(&text).map_err(|complaint| format!("The preset {} is damaged: {complaint}.", path.display()))
}

/// Forgets what was kept under a name.
///
/// # Errors
/// In words: there is nothing, or it cannot be removed.
pub(crate) fn remove(folder: &Path, name: &str) -> Result<(), String> {
    let path = path(folder, name)?;
    fs::remove_file(&path).map_err(|error: io::Error| format!("The preset {}: {error}.", path.display()))
}

/// A name is the name of a file on every system.
fn path(folder: &Path, name: &str) -> Result<PathBuf, String> {
    let name = name.trim();
    let fits = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    if name.is_empty() || name.chars().count() > LONGEST || !name.chars().all(fits) {
        return Err(format!(
            "A preset's name: expected 1 to {LONGEST} letters, digits, spaces, `-` or `_`, got `{name}`."
        ));
    }
    Ok(folder.join("presets").join(format!("{name}.toml")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_under_a_name_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        assert!(names(folder.path()).is_empty());
        let club = Remembered { gain_db: 6.0, ..Remembered::default() };
        save(folder.path(), "club", &Remembered::default()).unwrap();
        save(folder.path(), " club ", &club).unwrap();
        save(folder.path(), "At home", &Remembered::default()).unwrap();
        assert_eq!(names(folder.path()), ["At home", "club"]);
        assert_eq!(load(folder.path(), "club"), Ok(club));
        remove(folder.path(), "club").unwrap();
        assert!(load(folder.path(), "club").unwrap_err().contains("club.toml"));
        assert_eq!(names(folder.path()), ["At home"]);
    }

    #[test]
    fn names_that_are_none_and_damaged_files_are_told() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["", "  ", "../settings", "a/b", "a.b", &"x".repeat(41)] {
            let error = save(folder.path(), name, &Remembered::default()).unwrap_err();
            assert!(error.contains("expected 1 to 40 letters"), "{error}");
        }
        save(folder.path(), "club", &Remembered::default()).unwrap();
        fs::write(folder.path().join("presets/club.toml"), "gain_db = \"loud\"").unwrap();
        assert!(load(folder.path(), "club").unwrap_err().contains("is damaged"));
    }
}
