//! Decoding of the bytes of a description to text, in the encodings that editors write.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// The text of a description, and what was assumed about its encoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DescriptionText {
    pub(crate) text: String,
    /// A sentence for the user, if the encoding was assumed.
    pub(crate) assumed: Option<String>,
}

/// Decodes a text: with a byte order mark in the encoding of that mark, else as UTF-8, UTF-16 (if every other byte is 0) or
/// Windows-1252, which contains Latin-1.
pub(crate) fn decode(bytes: &[u8]) -> DescriptionText {
    let (encoding, assumed) = match Encoding::for_bom(bytes) {
        Some((encoding, _)) => (encoding, None),
        None if looks_like_utf_16(bytes, 1) => (UTF_16LE, None),
        None if looks_like_utf_16(bytes, 0) => (UTF_16BE, None),
        None if std::str::from_utf8(bytes).is_ok() => (UTF_8, None),
        None => {
            let note = "the metadata file is not UTF-8, and was read as Windows-1252 (Latin-1): check its names, or save it as UTF-8";
            (WINDOWS_1252, Some(note.to_owned()))
        }
    };
    let text = encoding.decode_with_bom_removal(bytes).0.into_owned();
    DescriptionText { text, assumed }
}

/// Whether the bytes at this offset of the first characters are 0, and the others are not.
fn looks_like_utf_16(bytes: &[u8], zero: usize) -> bool {
    let start = &bytes[..bytes.len().min(16) & !1];
    start.len() >= 4 && start.chunks(2).all(|pair| pair[zero] == 0 && pair[1 - zero] != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_common_encoding_is_decoded() {
        let text = "{\"name\": \"Größe\"}";
        let utf_16 = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
        let latin: Vec<u8> = text.chars().map(|c| c as u8).collect();
        let cases = [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            [vec![0xff, 0xfe], utf_16(u16::to_le_bytes)].concat(),
            [vec![0xfe, 0xff], utf_16(u16::to_be_bytes)].concat(),
            utf_16(u16::to_le_bytes),
            utf_16(u16::to_be_bytes),
            latin.clone(),
        ];
        for bytes in cases {
            let decoded = decode(&bytes);
            assert_eq!(decoded.text, text);
            assert_eq!(decoded.assumed.is_some(), bytes == latin);
        }
        assert_eq!(decode(b"").text, "");
    }
}
