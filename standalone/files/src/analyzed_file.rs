//! Facts about a file that was analyzed, beside the results.

use std::borrow::Cow;
use std::time::UNIX_EPOCH;

use earmark_capture::decode::{Decoder, SizeAndTime};
use serde::{Deserialize, Serialize};

/// Facts about a file that was analyzed, as all outputs contain them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnalyzedFile {
    /// Size in bytes when the file was opened; `None` for a pipe.
    pub size_bytes: Option<u64>,
    /// Time of the last change when the file was opened, in seconds since 1970 (UTC); `None` for a pipe.
    pub modified_unix_s: Option<f64>,
    /// Duration of the decoded audio in seconds.
    pub duration_s: f64,
    /// Name of the codec, such as `flac`, `mp3` or `pcm_s16le`.
    pub codec: String,
    /// Bits per second: of the samples if they are not compressed, 0 for a lossless codec, else the mean of the packets.
    pub bit_rate: f64,
    /// Sample rate in Hz.
    pub sample_rate_hz: f64,
    /// Number of channels.
    pub channels: usize,
    /// Decoder: `builtin` or `ffmpeg`.
    pub decoder: Cow<'static, str>,
    /// MD5 digest of the encoded audio without tags, in hexadecimal digits; absent if it was not asked for or if ffmpeg
    /// decoded the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub md5_encoded: Option<String>,
}

impl AnalyzedFile {
    /// Returns the facts about a file that was decoded to its end.
    #[must_use]
    pub fn of(decoder: &Decoder) -> Self {
        let stamp = decoder.stamp().map(size_and_time);
        let duration_s = decoder.rate().seconds(decoder.frames());
        let encoding = decoder.encoding();
        Self {
            size_bytes: stamp.map(|(size_bytes, _)| size_bytes),
            modified_unix_s: stamp.and_then(|(_, modified_unix_s)| modified_unix_s),
            duration_s,
            codec: encoding.codec().to_owned(),
            bit_rate: encoding.bit_rate(duration_s),
            sample_rate_hz: decoder.rate().hz(),
            channels: decoder.channels(),
            decoder: decoder.backend().name().into(),
            md5_encoded: encoding.digest(),
        }
    }
}

/// Returns the size of a file in bytes, and its time in seconds since 1970.
pub(crate) fn size_and_time(stamp: SizeAndTime) -> (u64, Option<f64>) {
    let seconds = stamp.modified.map(|time| match time.duration_since(UNIX_EPOCH) {
        Ok(after) => after.as_secs_f64(),
        Err(before) => -before.duration().as_secs_f64(),
    });
    (stamp.size_bytes, seconds)
}
