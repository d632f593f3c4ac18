//! Tags of a file, as the reference writes them: lower-case names, each with a list of texts.

use std::path::Path;

use lofty::config::ParseOptions;
use lofty::file::TaggedFileExt;
use lofty::probe::Probe;
use lofty::tag::{ItemKey, ItemValue};

/// Name of the MusicBrainz id of the recording.
pub(super) const RECORDING_ID: &str = "musicbrainz_trackid";

/// Tags that are written.
const TAGS: &[(ItemKey, &str)] = &[
    (ItemKey::AlbumTitle, "album"),
    (ItemKey::AlbumArtist, "albumartist"),
    (ItemKey::TrackArtist, "artist"),
    (ItemKey::Composer, "composer"),
    (ItemKey::CopyrightMessage, "copyright"),
    (ItemKey::RecordingDate, "date"),
    (ItemKey::Year, "date"),
    (ItemKey::DiscNumber, "discnumber"),
    (ItemKey::Genre, "genre"),
    (ItemKey::License, "license"),
    (ItemKey::TrackTitle, "title"),
    (ItemKey::TrackNumber, "tracknumber"),
    (ItemKey::AudioFileUrl, "website"),
    (ItemKey::MusicBrainzRecordingId, RECORDING_ID),
];

/// Returns the names of all tags that are written; a name may occur twice.
#[cfg(feature = "parquet")]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TAGS.iter().map(|(_, name)| *name)
}

/// Reads the tags of an audio file: lower-case names, each with its texts. A file whose tags cannot be read has none: its
/// audio is analyzed nevertheless.
#[must_use]
pub fn read(path: &Path) -> Vec<(String, Vec<String>)> {
    let options = ParseOptions::new().read_properties(false).read_cover_art(false);
    let probed = Probe::open(path).and_then(|probe| probe.options(options).guess_file_type().map_err(Into::into));
    let Ok(file) = probed.and_then(Probe::read) else { return Vec::new() };
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for (key, name) in TAGS {
        if found.iter().any(|(known, _)| known == name) {
            continue;
        }
        let texts = |tag: &lofty::tag::Tag| -> Vec<String> {
            let text = |value: &ItemValue| value.text().or_else(|| value.locator()).map(str::to_owned);
            tag.get_items(*key).filter_map(|item| text(item.value())).collect()
        };
        if let Some(texts) = file.tags().iter().map(texts).find(|texts| !texts.is_empty()) {
            found.push(((*name).to_owned(), texts));
        }
    }
    found
}
