//! Folders of the program: settings, logs and clips, recordings.

use std::path::{Path, PathBuf};

use directories::{BaseDirs, ProjectDirs, UserDirs};

/// Name of the user's music folder if the system does not name one.
const MUSIC: &str = "Music";

/// Folders that the program writes to. A folder is created when something is written to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Places {
    /// Folder of the settings and presets; `None` on systems without user folders.
    pub(crate) settings: Option<PathBuf>,
    /// Folder of logs and clips; `None` on systems without user folders.
    pub(crate) data: Option<PathBuf>,
    /// Folder of recordings: the user's music folder; `None` on systems without user folders.
    pub(crate) recordings: Option<PathBuf>,
}

impl Places {
    /// Returns the folders of the user.
    pub(crate) fn of_user() -> Self {
        let program = ProjectDirs::from("", "", "earmark");
        let music = UserDirs::new().and_then(|folders| folders.audio_dir().map(Path::to_owned));
        let home = || BaseDirs::new().map(|folders| folders.home_dir().join(MUSIC));
        Self {
            settings: program.as_ref().map(|folders| folders.config_dir().to_owned()),
            data: program.as_ref().map(|folders| folders.data_dir().to_owned()),
            recordings: music.or_else(home),
        }
    }

    /// Returns the path of the log of JSON lines.
    pub(crate) fn log(&self) -> Option<PathBuf> {
        self.data.as_ref().map(|folder| folder.join("live.jsonl"))
    }

    /// Returns the path of the event log.
    pub(crate) fn events(&self) -> Option<PathBuf> {
        self.data.as_ref().map(|folder| folder.join("events.csv"))
    }

    /// Returns the folder of clips.
    pub(crate) fn clips(&self) -> Option<PathBuf> {
        self.data.as_ref().map(|folder| folder.join("clips"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_and_clips_are_not_among_the_settings_and_recordings_are_in_the_music_folder() {
        let places = Places::of_user();
        let (settings, data) = (places.settings.clone().unwrap(), places.data.clone().unwrap());
        assert!(!cfg!(target_os = "linux") || data != settings, "{data:?}");
        for path in [places.log(), places.events(), places.clips()] {
            assert!(path.unwrap().starts_with(&data));
        }
        let recordings = places.recordings.unwrap();
        assert!(recordings.is_absolute() && !recordings.starts_with(settings), "{recordings:?}");
    }
}
