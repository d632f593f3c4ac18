//! Tags of an audio file: ID3v2, Vorbis comments or the list of MP4.

use std::borrow::Cow;
use std::fs::File;
use std::path::Path;

use lofty::TextEncoding;
use lofty::config::{ParseOptions, WriteOptions};
use lofty::error::FileParseError;
use lofty::file::{AudioFile, FileType};
use lofty::flac::FlacFile;
use lofty::id3::v2::{Frame, FrameId, Id3v2Tag, TextInformationFrame};
use lofty::mp4::{Atom, AtomData, AtomIdent, Ilst, Mp4File};
use lofty::mpeg::MpegFile;
use lofty::ogg::tag::VorbisComments;
use lofty::ogg::{OpusFile, VorbisFile};
use lofty::probe::Probe;
use lofty::tag::TagExt;

use super::error::WriteTagsError;
use super::tag_field::TagField;

/// Genre of MP4 as a number of ID3v1; a text replaces it.
const NUMBERED_GENRE: AtomIdent<'static> = AtomIdent::Fourcc(*b"gnre");

/// Tags of an audio file.
pub(super) enum AudioTags {
    Id3(Box<Id3v2Tag>),
    Flac(Box<FlacFile>),
    Vorbis(Box<VorbisFile>),
    Opus(Box<OpusFile>),
    Mp4(Box<Ilst>),
}

impl AudioTags {
    /// Reads the tags of a file, which may have none. Blocks.
    ///
    /// # Errors
    /// If the file is of another format, or its tags are damaged.
    pub(super) fn read(path: &Path) -> Result<Self, WriteTagsError> {
        let tags = |error: FileParseError| WriteTagsError::Tags(error.to_string());
        let kind = Probe::open(path).map_err(tags)?.guess_file_type()?.file_type();
        let mut file = File::open(path)?;
        let options = ParseOptions::new().read_properties(false);
        Ok(match kind {
            Some(FileType::Mpeg) => {
                let mut read = MpegFile::read_from(&mut file, options).map_err(tags)?;
                Self::Id3(Box::new(read.remove_id3v2().unwrap_or_default()))
            }
            Some(FileType::Flac) => {
                let mut read = FlacFile::read_from(&mut file, options).map_err(tags)?;
                // A tag of another kind before the file stays as it is.
                let _ = read.remove_id3v2();
                if read.vorbis_comments().is_none() {
                    let _ = read.set_vorbis_comments(VorbisComments::default());
                }
                Self::Flac(Box::new(read))
            }
            Some(FileType::Vorbis) => Self::Vorbis(Box::new(VorbisFile::read_from(&mut file, options).map_err(tags)?)),
            Some(FileType::Opus) => Self::Opus(Box::new(OpusFile::read_from(&mut file, options).map_err(tags)?)),
            Some(FileType::Mp4) => {
                let mut read = Mp4File::read_from(&mut file, options).map_err(tags)?;
                Self::Mp4(Box::new(read.remove_ilst().unwrap_or_default()))
            }
            other => {
                let got = other.map_or_else(|| "another format".to_owned(), |other| format!("{other:?}"));
                return Err(WriteTagsError::Format { got });
            }
        })
    }

    /// Returns the values of a field; none if it is absent.
    pub(super) fn get(&self, field: TagField) -> Vec<String> {
        let owned = |text: &str| text.to_owned();
        match self {
            Self::Id3(tag) if field == TagField::Genre => {
                tag.genres().map_or_else(Vec::new, |genres| genres.map(owned).collect())
            }
            Self::Id3(tag) => tag.get_texts(&frame_id(field)).map_or_else(Vec::new, |texts| texts.map(owned).collect()),
            Self::Flac(file) => {
                let comments = file.vorbis_comments();
                comments.map_or_else(Vec::new, |comments| comments.get_all(key(field)).map(owned).collect())
            }
            Self::Vorbis(file) => file.vorbis_comments().get_all(key(field)).map(owned).collect(),
            Self::Opus(file) => file.vorbis_comments().get_all(key(field)).map(owned).collect(),
            Self::Mp4(list) => list.get(&ident(field)).map_or_else(Vec::new, |atom| {
                let text = |data: &AtomData| match data {
                    AtomData::UTF8(text) | AtomData::UTF16(text) => Some(text.clone()),
                    AtomData::SignedInteger(number) => Some(number.to_string()),
                    AtomData::UnsignedInteger(number) => Some(number.to_string()),
                    _ => None,
                };
                atom.data().filter_map(text).collect()
            }),
        }
    }

    /// Replaces the values of a field by one.
    pub(super) fn set(&mut self, field: TagField, value: &str) {
        match self {
            Self::Id3(tag) => {
                drop(tag.remove(&frame_id(field)));
                let frame = TextInformationFrame::new(frame_id(field), TextEncoding::UTF8, value.to_owned());
                tag.insert(Frame::Text(frame));
            }
            Self::Flac(file) => {
                if let Some(comments) = file.vorbis_comments_mut() {
                    set_comment(comments, field, value);
                }
            }
            Self::Vorbis(file) => set_comment(file.vorbis_comments_mut(), field, value),
            Self::Opus(file) => set_comment(file.vorbis_comments_mut(), field, value),
            Self::Mp4(list) => {
                if field == TagField::Genre {
                    drop(list.remove(&NUMBERED_GENRE));
                }
                let data = match (field, value.parse()) {
                    (TagField::Bpm, Ok(bpm)) => AtomData::SignedInteger(bpm),
                    _ => AtomData::UTF8(value.to_owned()),
                };
                list.replace_atom(Atom::new(ident(field), data));
            }
        }
    }

    /// Returns all other tags, sorted, for a comparison.
    pub(super) fn others(&self) -> Vec<String> {
        let fields = [TagField::Bpm, TagField::Genre, TagField::Mood];
        let of_comments = |comments: &VorbisComments| {
            let is_other = |key: &str| !fields.iter().any(|field| key.eq_ignore_ascii_case(self::key(*field)));
            let items = comments.items().filter(|(key, _)| is_other(key)).map(|(key, value)| format!("{key}={value}"));
            items.collect::<Vec<_>>()
        };
        let mut others = match self {
            Self::Id3(tag) => {
                let is_other = |frame: &&Frame<'_>| !fields.iter().any(|field| *frame.id() == frame_id(*field));
                (&**tag).into_iter().filter(is_other).map(|frame| format!("{frame:?}")).collect()
            }
            Self::Flac(file) => {
                use lofty::ogg::OggPictureStorage;
                let pictures = file.pictures().iter().map(|picture| format!("{picture:?}"));
                pictures.chain(file.vorbis_comments().into_iter().flat_map(of_comments)).collect()
            }
            Self::Vorbis(file) => of_comments(file.vorbis_comments()),
            Self::Opus(file) => of_comments(file.vorbis_comments()),
            Self::Mp4(list) => {
                let is_other = |atom: &&Atom<'_>| {
                    *atom.ident() != NUMBERED_GENRE && !fields.iter().any(|field| *atom.ident() == ident(*field))
                };
                (&**list).into_iter().filter(is_other).map(|atom| format!("{atom:?}")).collect()
            }
        };
        others.sort();
        others
    }

    /// Writes the tags into a file, whose other parts stay. Blocks.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(super) fn save(&self, path: &Path) -> Result<(), WriteTagsError> {
        let options = WriteOptions::new();
        // Ogg has no room for later changes: it would be a page of 64 KiB.
        let without_padding = options.preferred_padding(0);
        let mut file = File::options().read(true).write(true).open(path)?;
        let saved = match self {
            Self::Id3(tag) => tag.save_to(&mut file, options),
            Self::Flac(tags) => tags.save_to(&mut file, options),
            Self::Vorbis(tags) => tags.save_to(&mut file, without_padding),
            Self::Opus(tags) => tags.save_to(&mut file, without_padding),
            Self::Mp4(list) => list.save_to(&mut file, options),
        };
        saved.map_err(|error| WriteTagsError::Tags(error.to_string()))
    }
}

fn set_comment(comments: &mut VorbisComments, field: TagField, value: &str) {
    drop(comments.remove(key(field)));
    comments.push(key(field).to_owned(), value.to_owned());
}

/// Returns the id of a frame of ID3v2.
fn frame_id(field: TagField) -> FrameId<'static> {
    FrameId::Valid(Cow::Borrowed(match field {
        TagField::Bpm => "TBPM",
        TagField::Genre => "TCON",
        TagField::Mood => "TMOO",
    }))
}

/// Returns the key of a Vorbis comment.
fn key(field: TagField) -> &'static str {
    match field {
        TagField::Bpm => "BPM",
        TagField::Genre => "GENRE",
        TagField::Mood => "MOOD",
    }
}

/// Returns the name of an atom of MP4.
fn ident(field: TagField) -> AtomIdent<'static> {
    match field {
        TagField::Bpm => AtomIdent::Fourcc(*b"tmpo"),
        TagField::Genre => AtomIdent::Fourcc(*b"\xa9gen"),
        TagField::Mood => AtomIdent::Freeform { mean: "com.apple.iTunes".into(), name: "MOOD".into() },
    }
}
