//! Extensions of audio files.

/// Extensions of supported audio files, in lower case.
pub const AUDIO_EXTENSIONS: [&str; 18] = [
    "wav", "wave", "flac", "mp3", "mp2", "mp1", "ogg", "oga", "opus", "m4a", "m4b", "mp4", "aac", "aif", "aiff", "caf",
    "mka", "webm",
];
