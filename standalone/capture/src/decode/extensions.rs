//! Extensions of audio files.

use std::ffi::OsStr;
use std::path::Path;

/// Extensions of files with built-in decoders, in lower case.
pub const BUILTIN_EXTENSIONS: [&str; 33] = [
    "wav", "wave", "bwf", "rf64", "flac", "mp3", "mp2", "mp1", "mpga", "ogg", "oga", "ogx", "opus", "m4a", "m4b",
    "m4p", "m4r", "m4v", "mp4", "mov", "3gp", "3g2", "aac", "adts", "aif", "aiff", "aifc", "afc", "caf", "mka", "mkv",
    "webm", "weba",
];

/// Extensions of files that are decoded by ffmpeg, if it is installed, in lower case.
pub const FFMPEG_EXTENSIONS: [&str; 33] = [
    "wma", "asf", "wmv", "wv", "ape", "mpc", "mp+", "dsf", "dff", "ac3", "eac3", "ec3", "tta", "tak", "ofr", "au",
    "snd", "amr", "awb", "dts", "dtshd", "thd", "mlp", "ra", "rm", "shn", "spx", "voc", "w64", "avi", "flv", "m2ts",
    "mpg",
];

/// Extensions of all files that are read: those with built-in decoders and those that ffmpeg decodes.
pub const AUDIO_EXTENSIONS: [&str; 66] = {
    let mut all = [""; 66];
    let mut index = 0;
    while index < all.len() {
        all[index] = if index < BUILTIN_EXTENSIONS.len() {
            BUILTIN_EXTENSIONS[index]
        } else {
            FFMPEG_EXTENSIONS[index - BUILTIN_EXTENSIONS.len()]
        };
        index += 1;
    }
    all
};

/// Whether a path has one of these extensions, in any case.
#[must_use]
pub fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    let extension = path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
    extension.is_some_and(|extension| extensions.contains(&&*extension))
}
