//! Encoding of a track: codec, bit rate, and a digest of the encoded audio.

use std::borrow::Cow;

use md5::{Digest, Md5};
use symphonia::core::codecs::audio::AudioCodecParameters;

/// Codecs without loss, by name; all others whose name does not begin with `pcm_` lose information.
const LOSSLESS: &[&str] = &["alac", "ape", "flac", "shorten", "tak", "truehd", "tta", "wavpack", "wmalossless"];

/// Encoding of a track.
#[derive(Debug, Clone)]
pub struct Encoding {
    codec: Cow<'static, str>,
    /// Bits per second of uncompressed samples.
    pcm_bit_rate: Option<u64>,
    bytes: u64,
    digest: Option<Md5>,
}

impl Encoding {
    pub(super) fn new(parameters: &AudioCodecParameters, digest: bool) -> Self {
        let known = symphonia::default::get_codecs().get_audio_decoder(parameters.codec);
        let codec = known
            .map_or(if super::opus::is(parameters) { "opus" } else { "unknown" }, |known| known.codec.info.short_name);
        let channels = parameters.channels.as_ref().map(|channels| channels.count() as u64);
        let bits = parameters.bits_per_coded_sample.or(parameters.bits_per_sample).map(u64::from);
        let pcm_bit_rate = match (parameters.sample_rate, channels, bits) {
            (Some(rate), Some(channels), Some(bits)) if codec.starts_with("pcm_") => {
                Some(u64::from(rate) * channels * bits)
            }
            _ => None,
        };
        Self { codec: codec.into(), pcm_bit_rate, bytes: 0, digest: digest.then(Md5::new) }
    }

    /// Creates the encoding of a track that another program decodes: neither its bit rate nor a digest is known.
    pub(super) fn foreign(codec: Option<String>) -> Self {
        Self { codec: codec.map_or("unknown".into(), Cow::from), pcm_bit_rate: Some(0), bytes: 0, digest: None }
    }

    /// Adds an encoded packet.
    pub(super) fn packet(&mut self, data: &[u8]) {
        self.bytes += data.len() as u64;
        if let Some(digest) = &mut self.digest {
            digest.update(data);
        }
    }

    /// Returns the name of the codec, such as `flac`, `mp3` or `pcm_s16le`.
    #[must_use]
    pub fn codec(&self) -> &str {
        &self.codec
    }

    /// Whether the codec keeps every bit of the samples.
    #[must_use]
    pub fn is_lossless(&self) -> bool {
        self.codec.starts_with("pcm_") || LOSSLESS.contains(&&*self.codec)
    }

    /// Returns the bit rate in bits per second: that of the samples if they are not compressed, 0 for a lossless codec,
    /// which declares none, and the mean of the packets so far, which last `seconds`, for all others.
    #[must_use]
    pub fn bit_rate(&self, seconds: f64) -> f64 {
        match self.pcm_bit_rate {
            Some(rate) => rate as f64,
            None if self.is_lossless() || seconds <= 0.0 => 0.0,
            None => (8.0 * self.bytes as f64 / seconds).round(),
        }
    }

    /// Returns the MD5 digest of the packets so far, in hexadecimal digits; `None` if it was not asked for.
    ///
    /// The packets of a WAV file are its `data` chunk, those of a FLAC file everything after its metadata blocks.
    #[must_use]
    pub fn digest(&self) -> Option<String> {
        let digest = self.digest.clone()?.finalize();
        Some(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}
