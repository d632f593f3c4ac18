//! Options of `tag` that write into the tags of audio files.

use std::path::PathBuf;

use clap::ValueEnum;
use earmark_files::write_tags::TagField;

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct WriteTagsOptions {
    /// Write these values into the tags of the files (MP3, FLAC, Ogg Vorbis, Opus, MP4), separated by commas, and print the
    /// changes instead of a report, as a table or JSON lines. The audio stays byte for byte.
    #[arg(long, value_name = "FIELDS", value_enum, value_delimiter = ',')]
    #[arg(conflicts_with_all = ["watch", "out", "skip_existing", "timeline", "summary"])]
    pub(crate) write: Vec<WriteField>,
    /// Smallest mean of a genre or mood, and smallest confidence of a tempo, that `--write` writes, 0 to 1.
    #[arg(long, value_name = "VALUE", default_value = "0.2", value_parser = share, requires = "write")]
    pub(crate) write_threshold: f32,
    /// Write only fields that have no value.
    #[arg(long, requires = "write")]
    pub(crate) only_missing: bool,
    /// Journal of `--write`, from which `--restore` restores the files; new entries follow those in it [default: a new file
    /// in the user's folder for program states, whose name is printed].
    #[arg(long, value_name = "FILE", requires = "write")]
    pub(crate) journal: Option<PathBuf>,
    /// Restore the files of a journal, byte for byte, as they were before their tags were written.
    #[arg(long, value_name = "JOURNAL", conflicts_with_all = ["write", "paths", "files_from", "watch", "out"])]
    pub(crate) restore: Option<PathBuf>,
    /// Print the changes of `--write` or `--restore` without changing a file.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Field of the tags of an audio file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WriteField {
    /// Tempo in whole beats per minute: TBPM, BPM, tmpo.
    Bpm,
    /// Strongest genre: TCON, GENRE, ©gen.
    Genre,
    /// Strongest mood, derived from the tags: TMOO, MOOD.
    Mood,
}

impl From<WriteField> for TagField {
    fn from(field: WriteField) -> Self {
        match field {
            WriteField::Bpm => Self::Bpm,
            WriteField::Genre => Self::Genre,
            WriteField::Mood => Self::Mood,
        }
    }
}

/// Parses a number from 0 to 1.
fn share(text: &str) -> Result<f32, String> {
    let accepted = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    accepted.ok_or_else(|| format!("expected 0 to 1, got {text}"))
}
