//! Names of codecs and formats that the built-in decoders lack.

use symphonia::core::codecs::audio::well_known::*;
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters};

/// Codecs without a built-in decoder that occur in containers with a built-in demuxer.
const CODECS: [(AudioCodecId, &str); 17] = [
    (CODEC_ID_AAC, "a profile of AAC other than LC"),
    (CODEC_ID_AC3, "AC-3"),
    (CODEC_ID_AC4, "AC-4"),
    (CODEC_ID_ADPCM_G722, "G.722"),
    (CODEC_ID_ADPCM_G726, "G.726"),
    (CODEC_ID_ATRAC3, "ATRAC3"),
    (CODEC_ID_ATRAC3PLUS, "ATRAC3plus"),
    (CODEC_ID_COOK, "RealAudio"),
    (CODEC_ID_DCA, "DTS"),
    (CODEC_ID_EAC3, "E-AC-3"),
    (CODEC_ID_MONKEYS_AUDIO, "Monkey's Audio"),
    (CODEC_ID_MUSEPACK, "Musepack"),
    (CODEC_ID_SPEEX, "Speex"),
    (CODEC_ID_TRUEHD, "Dolby TrueHD"),
    (CODEC_ID_TTA, "True Audio"),
    (CODEC_ID_WAVPACK, "WavPack"),
    (CODEC_ID_WMA, "Windows Media Audio"),
];

/// Formats by their first bytes, at an offset.
const FORMATS: [(usize, &[u8], &str); 23] = [
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "Windows Media Audio"),
    (0, b"wvpk", "WavPack"),
    (0, b"MAC ", "Monkey's Audio"),
    (0, b"MPCK", "Musepack"),
    (0, b"MP+", "Musepack"),
    (0, b"DSD ", "DSD"),
    (0, b"FRM8", "DSD"),
    (0, b"TTA1", "True Audio"),
    (0, b"TTA2", "True Audio"),
    (0, b"tBaK", "TAK"),
    (28, b"Speex   ", "Speex"),
    (0, b"OFR ", "OptimFROG"),
    (0, b".snd", "AU"),
    (0, b"#!AMR", "AMR"),
    (0, b"\x7f\xfe\x80\x01", "DTS"),
    (0, b"\xfe\x7f\x01\x80", "DTS"),
    (0, b".RMF", "RealMedia"),
    (0, b"FLV\x01", "Flash Video"),
    (8, b"AVI ", "AVI"),
    (0, b"\x00\x00\x01\xba", "MPEG program stream"),
    (0, b"Creative Voice File", "Creative Voice"),
    (0, b"riff\x2e\x91\xcf\x11", "Wave64"),
    (4, b"\xf8\x72\x6f\xba", "Dolby TrueHD"),
];

/// Number of bytes that [`format`] looks at.
pub(super) const FORMAT_HEAD: usize = 192;
/// Distance of the packets of an MPEG transport stream.
const TRANSPORT_PACKET: usize = 188;

/// Returns the name of a codec that has no built-in decoder.
pub(super) fn name(parameters: &AudioCodecParameters) -> String {
    let known = CODECS.iter().find(|(id, _)| *id == parameters.codec);
    known.map_or_else(|| "this codec".to_owned(), |(_, name)| (*name).to_owned())
}

/// Returns the name of a format without a built-in decoder, by the first bytes of a file.
pub(super) fn format(head: &[u8]) -> Option<&'static str> {
    let is_at = |at: usize, magic: &[u8]| head.get(at..).is_some_and(|rest| rest.starts_with(magic));
    if is_at(0, b"\x0b\x77") {
        // The sixth byte begins with the version of the bit stream, above 10 in E-AC-3.
        return Some(if head.get(5).is_some_and(|byte| byte >> 3 > 10) { "E-AC-3" } else { "AC-3" });
    }
    if is_at(0, b"\x47") && is_at(TRANSPORT_PACKET, b"\x47") {
        return Some("MPEG transport stream");
    }
    FORMATS.iter().find(|(at, magic, _)| is_at(*at, magic)).map(|&(_, _, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_recognized_by_their_first_bytes() {
        assert_eq!(format(b"\x0b\x77\0\0\0\x40"), Some("AC-3"));
        assert_eq!(format(b"\x0b\x77\0\0\0\x80"), Some("E-AC-3"));
        assert_eq!(format(b"RIFF....AVI LIST"), Some("AVI"));
        let mut transport = [0; FORMAT_HEAD];
        transport[0] = 0x47;
        assert_eq!(format(&transport), None);
        transport[TRANSPORT_PACKET] = 0x47;
        assert_eq!(format(&transport), Some("MPEG transport stream"));
        for other in [&b""[..], b"RIFF....WAVE", b"fLaC", b"ID3\x04"] {
            assert_eq!(format(other), None);
        }
    }
}
