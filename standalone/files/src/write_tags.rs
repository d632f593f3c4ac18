//! Tempo, genre and mood in the tags of audio files, with a journal from which the files are restored byte for byte.

mod audio_tags;
mod byte_difference;
mod error;
mod journal;
mod replacement;
mod restore;
mod safe_target;
mod tag_field;
mod tag_values;
mod vocabulary;
mod writer;

pub use self::error::WriteTagsError;
pub use self::journal::TagJournal;
pub use self::restore::{RestoreOutcome, RestoredFile, restore_files};
pub use self::tag_field::TagField;
pub use self::tag_values::TagValueRules;
pub use self::writer::{FieldChange, TagWriter, TagsWritten};
